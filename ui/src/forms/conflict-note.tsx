/** Somebody else has changed meanwhile what is to be saved: nothing is lost, and one chooses. It takes the focus. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { t } from '../texts/texts.ts';
import type { StoredEdit } from './use-stored-form.ts';

const words = t.forms.conflict;

export const ConflictNote = ({
  conflict,
  isSaving,
}: {
  /** null shows nothing */
  conflict: StoredEdit<unknown>['conflict'];
  isSaving: boolean;
}) => {
  const note = useRef<HTMLDivElement>(null);
  const isShown = conflict !== null;
  useEffect(() => {
    if (isShown) note.current?.focus();
  }, [isShown]);
  return conflict === null ? null : (
    <Alert
      ref={note}
      tabIndex={-1}
      role="alert"
      color="yellow"
      variant="light"
      icon={<GitCompareArrows size={18} />}
      title={words.title}
    >
      <Stack gap="sm">
        <Text fz="sm">{words.text}</Text>
        <Group gap="sm">
          <Button size="compact-sm" variant="default" disabled={isSaving} onClick={conflict.load}>
            {words.load}
          </Button>
          <Button size="compact-sm" variant="default" loading={isSaving} onClick={conflict.saveOver}>
            {words.saveOver}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
};
