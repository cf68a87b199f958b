/** What one wants to know of a trunk first: does it work, how is it connected, what the PBX turned out to support. */
import { Anchor, Grid, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { TransferFinding, Trunk } from '../../../../controller/contract/trunk.ts';
import { agentsQuery, directoryQuery, numbersQuery } from '../../api/queries.ts';
import { StatusPill } from '../../components/status-pill.tsx';
import { t } from '../../texts/texts.ts';
import { TrunkDetails } from './trunk-details.tsx';
import { TrunkStatusPanel } from './trunk-status.tsx';

const words = t.trunks.overview;

export const TrunkOverview = ({ trunk }: { trunk: Trunk }) => {
  const agents = useQuery(agentsQuery);
  const numbers = useQuery(numbersQuery);
  const directory = useQuery(directoryQuery(trunk.id));
  const own = numbers.data?.filter(({ trunkId }) => trunkId === trunk.id) ?? [];
  const agent = agents.data?.find(({ id }) => id === trunk.agentId)?.name;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap="md">
          <Paper p="md">
            <Stack gap="sm">
              <Title order={2}>{t.trunks.status.title}</Title>
              <TrunkStatusPanel trunk={trunk} />
            </Stack>
          </Paper>
          <Paper p="md">
            <Stack gap={6}>
              <Fact label={t.trunks.columns.agent} value={agent ?? t.trunks.noAgent} />
              <Group justify="space-between" gap="sm" wrap="nowrap">
                <Text fz="sm" c="dimmed">
                  {t.trunks.columns.directory}
                </Text>
                <Anchor component={Link} to="directory" fz="sm">
                  {words.people(directory.data?.length ?? 0)}
                </Anchor>
              </Group>
              <Fact
                label={words.numbers}
                value={own.length === 0 ? words.noNumbers : own.map(({ number }) => `+${number}`).join(', ')}
              />
            </Stack>
          </Paper>
          <Paper p="md">
            <Stack gap={8}>
              <Title order={2}>{words.transfers}</Title>
              <Finding label={words.refer} finding={trunk.transferSupport.refer} />
              <Finding label={words.replaces} finding={trunk.transferSupport.replaces} />
            </Stack>
          </Paper>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Paper p="md">
          <Title order={2} mb="sm">
            {words.details}
          </Title>
          <TrunkDetails trunk={trunk} />
        </Paper>
      </Grid.Col>
    </Grid>
  );
};

const Fact = ({ label, value }: { label: string; value: string }) => (
  <Group justify="space-between" gap="sm" wrap="nowrap">
    <Text fz="sm" c="dimmed">
      {label}
    </Text>
    <Text fz="sm" ta="right">
      {value}
    </Text>
  </Group>
);

const Finding = ({ label, finding }: { label: string; finding: TransferFinding | null }) => (
  <Group justify="space-between" gap={4}>
    <Text fz="sm">{label}</Text>
    <StatusPill tone={finding === null ? 'idle' : finding.supported ? 'good' : 'bad'}>
      {finding === null
        ? words.untried
        : finding.supported
          ? words.works
          : words.refused(finding.sipStatus ?? 0)}
    </StatusPill>
  </Group>
);
