/** What Offhook needs in order to work, each part in words, as the live link tells it. */
import { Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { SystemVersions } from '../../../../controller/contract/system.ts';
import { versionsQuery } from '../../api/settings-queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Loading } from '../../components/loading.tsx';
import { Page } from '../../components/page.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';

const words = t.settings.system;
const parts = ['switch', 'database', 'speech', 'disk', 'agents', 'certificate'] as const;

export const SystemScreen = () => {
  const system = useLive((state) => state.system);
  const versions = useQuery(versionsQuery);
  return (
    <Page title={words.title} text={words.text} isNarrow>
      {system === null ? (
        <Loading />
      ) : (
        <Stack gap="sm">
          {parts
            .flatMap((part) => {
              const found = system[part];
              return found === undefined ? [] : [{ part, found }];
            })
            .map(({ part, found }) => (
              <Paper key={part} p="md">
                <Group justify="space-between" align="flex-start">
                  <Stack gap={2} flex="1 1 240px">
                    <Title order={2}>{t.shell.system.parts[part]}</Title>
                    <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                      {found.text}
                    </Text>
                  </Stack>
                  <StatusPill tone={found.ready ? 'good' : 'bad'}>
                    {found.ready ? words.ready : words.notReady}
                  </StatusPill>
                </Group>
              </Paper>
            ))}
        </Stack>
      )}
      <Loaded query={versions}>{(found) => <Versions found={found} />}</Loaded>
    </Page>
  );
};

const Versions = ({ found }: { found: SystemVersions }) => {
  const rows: [string, string | null][] = [
    [t.common.product, found.offhook],
    [words.kinds[found.switch?.kind ?? 'none'], found.switch?.version ?? null],
    ['PostgreSQL', found.database],
    ['Node.js', found.node],
  ];
  return (
    <Paper p="md" component="section" aria-label={words.versions}>
      <Title order={2} mb="xs">
        {words.versions}
      </Title>
      <Table variant="vertical" withRowBorders={false} highlightOnHover={false} verticalSpacing={4}>
        <Table.Tbody>
          {rows.map(([name, version]) => (
            <Table.Tr key={name}>
              <Table.Th w={140} fw={500} c="dimmed" bg="transparent" scope="row">
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{version ?? words.away}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
};
