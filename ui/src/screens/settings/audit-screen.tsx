/** The audit log, the latest first; each entry opens to what changed. */
import { Accordion, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import type { AuditEntry } from '../../../../controller/contract/audit.ts';
import { auditQuery } from '../../api/settings-queries.ts';
import { Empty } from '../../components/empty.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loading } from '../../components/loading.tsx';
import { Page } from '../../components/page.tsx';
import { whenOf } from '../../components/time.ts';
import { t } from '../../texts/texts.ts';

const words = t.settings.audit;

export const AuditScreen = () => {
  const audit = useInfiniteQuery(auditQuery);
  const entries = audit.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Page title={words.title} text={words.text}>
      <FailureNote error={audit.error} onRetry={() => void audit.refetch()} />
      {audit.data === undefined && audit.error === null && <Loading />}
      {audit.data !== undefined && entries.length === 0 && <Empty icon={ScrollText} title={words.none} />}
      {entries.length > 0 && (
        <Accordion variant="contained" multiple>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </Accordion>
      )}
      {audit.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={audit.isFetchingNextPage}
            onClick={() => void audit.fetchNextPage()}
          >
            {words.more}
          </Button>
        </Group>
      )}
    </Page>
  );
};

/** `createTrunk` → `Create trunk` */
const wordsOf = (action: string): string => {
  const text = action.replace(/([A-Z])/g, ' $1').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const nameOf = ({ before, after }: AuditEntry): string => {
  const name = after?.['name'] ?? before?.['name'];
  return typeof name === 'string' ? name : '';
};

const Entry = ({ entry }: { entry: AuditEntry }) => (
  <Accordion.Item value={entry.id}>
    <Accordion.Control>
      <Group gap="md" justify="space-between" pe="md">
        <Text fz="sm" fw={600}>
          {wordsOf(entry.action)} {nameOf(entry)}
        </Text>
        <Text fz="sm" c="dimmed">
          {entry.actor.name} · {entry.address} · {whenOf(entry.at)}
        </Text>
      </Group>
    </Accordion.Control>
    <Accordion.Panel>
      <Group align="flex-start">
        {(['before', 'after'] as const).map((side) => (
          <Stack key={side} gap={4} miw={0} flex="1 1 260px">
            <Text fz="xs" c="dimmed">
              {words[side]}
            </Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {entry[side] === null ? '–' : JSON.stringify(entry[side], null, 2)}
            </Code>
          </Stack>
        ))}
      </Group>
    </Accordion.Panel>
  </Accordion.Item>
);
