/** What went wrong and what to do, where it went wrong. Never in place of what was there already. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { messageOf } from '../api/problem.ts';
import { t } from '../texts/texts.ts';

export const FailureNote = ({
  error,
  title = t.problems.title,
  onRetry,
}: {
  /** null shows nothing */
  error: unknown;
  title?: string;
  onRetry?: () => void;
}) =>
  error === null || error === undefined ? null : (
    <Alert role="alert" color="red" variant="light" icon={<TriangleAlert size={18} />} title={title}>
      <Group justify="space-between" gap="sm">
        <Text fz="sm" flex="1 1 240px">
          {messageOf(error)}
        </Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t.common.refresh}
          </Button>
        )}
      </Group>
    </Alert>
  );
