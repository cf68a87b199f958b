/** The SIP messages of a trunk's registrations, as a ladder. */
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { MessagesSquare, RefreshCw } from 'lucide-react';
import { useEffect } from 'react';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { trunkMessagesQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Ladder } from '../../ladder/ladder.tsx';
import { t } from '../../texts/texts.ts';
import { useTrunkStatus } from './trunk-status.tsx';

const words = t.diagnostics.messages;

export const TrunkMessages = ({ trunk }: { trunk: Trunk }) => {
  const messages = useQuery(trunkMessagesQuery(trunk.id));
  const { since, nextAttemptAt } = useTrunkStatus(trunk);
  const { refetch } = messages;
  // whatever changes the status was said in messages
  useEffect(() => void refetch(), [since, nextAttemptAt, refetch]);
  return (
    <Stack gap="md" maw={900}>
      <Group justify="space-between" gap="sm">
        <Text fz="sm" c="dimmed" flex="1 1 260px">
          {words.text}
        </Text>
        <Button
          variant="default"
          leftSection={<RefreshCw size={15} aria-hidden />}
          loading={messages.isFetching}
          onClick={() => void refetch()}
        >
          {t.diagnostics.again}
        </Button>
      </Group>
      <Loaded query={messages}>
        {({ messages: items, truncated }) => (
          <Paper p="md">
            {items.length === 0 ? (
              <Empty icon={MessagesSquare} title={words.none} text={words.noneText} />
            ) : (
              <Ladder messages={items} />
            )}
            {truncated && (
              <Text fz="xs" c="dimmed" mt="sm">
                {words.cut}
              </Text>
            )}
          </Paper>
        )}
      </Loaded>
    </Stack>
  );
};
