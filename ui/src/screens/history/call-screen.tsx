/** One call: how it ended, what was said and done, its SIP messages. Follows a call that still runs. */
import {
  Anchor,
  Badge,
  Box,
  Grid,
  Group,
  Paper,
  Stack,
  Table,
  Tabs,
  Text,
  VisuallyHidden,
} from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Waypoints } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useParams } from 'react-router';
import type { PastCallWithTimeline, TimelineEntry } from '../../../../controller/contract/call.ts';
import { callQuery, callSipQuery } from '../../api/call-queries.ts';
import { CallLength } from '../../calls/call-length.tsx';
import { callerOf, toneOfFault } from '../../calls/call-words.ts';
import { Timeline } from '../../calls/timeline.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { StatusPill } from '../../components/status-pill.tsx';
import { dateAndTime } from '../../components/time.ts';
import { Ladder } from '../../ladder/ladder.tsx';
import { useLive } from '../../live/use-live.ts';
import { RecordingPlayer } from '../../recording/recording-player.tsx';
import { said, t } from '../../texts/texts.ts';

const words = t.calls.one;

export const CallScreen = () => {
  const { callId = '' } = useParams();
  const call = useQuery(callQuery(callId));
  const queries = useQueryClient();
  const isLive = useLive((state) => state.calls.has(callId));
  // what the history has of it is whole once it has ended
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['calls', 'one', callId] });
  }, [isLive, callId, queries]);
  return <Loaded query={call}>{(data) => <Call call={data} isLive={isLive} />}</Loaded>;
};

const Call = ({ call, isLive }: { call: PastCallWithTimeline; isLive: boolean }) => {
  const live = useLive((state) => state.calls.get(call.id));
  return (
    <Page
      title={words.title(callerOf(call))}
      parent={{ to: '/history', label: t.calls.history.title }}
      beside={
        <Group gap={6}>
          <StatusPill tone={isLive ? 'good' : toneOfFault(call.fault)}>
            {call.outcome === null ? words.stillRunning : said(call.outcome)}
          </StatusPill>
          {call.isTest && (
            <Badge variant="light" color="gray">
              {t.calls.test}
            </Badge>
          )}
        </Group>
      }
      actions={
        isLive && (
          <Anchor component={Link} to={`/live?call=${call.id}`} fz="sm">
            {words.follow}
          </Anchor>
        )
      }
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Facts call={call} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Tabs defaultValue="timeline" keepMounted={false}>
            <Tabs.List mb="md">
              <Tabs.Tab value="timeline">{words.timeline}</Tabs.Tab>
              <Tabs.Tab value="sip">{words.sip}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="timeline">
              {!isLive && call.answeredAt !== null && (
                <Box mb="lg">
                  <RecordingPlayer callId={call.id} />
                </Box>
              )}
              <Timeline
                entries={live === undefined ? call.timeline : continued(call.timeline, live.timeline)}
              />
            </Tabs.Panel>
            <Tabs.Panel value="sip">
              <SipMessages callId={call.id} />
            </Tabs.Panel>
          </Tabs>
        </Grid.Col>
      </Grid>
    </Page>
  );
};

/** What was asked for once, and what has come since. */
const continued = (asked: readonly TimelineEntry[], live: readonly TimelineEntry[]): TimelineEntry[] => {
  const last = asked.at(-1);
  if (last === undefined) return [...live];
  const at = live.findLastIndex(
    ({ at, kind, text }) => at === last.at && kind === last.kind && text === last.text,
  );
  return [...asked, ...(at === -1 ? live.filter((entry) => entry.at > last.at) : live.slice(at + 1))];
};

const Facts = ({ call }: { call: PastCallWithTimeline }) => {
  const rows: [string, React.ReactNode][] = [
    [words.from, callerOf(call)],
    [words.to, call.calledNumber],
    [t.calls.columns.trunk, call.trunkName],
    [t.calls.columns.agent, call.agentName ?? t.calls.noAgent],
    [words.offered, dateAndTime(call.offeredAt)],
    [words.answered, call.answeredAt === null ? words.neverAnswered : dateAndTime(call.answeredAt)],
    [words.ended, call.endedAt === null ? words.stillRunning : dateAndTime(call.endedAt)],
    [t.calls.columns.duration, <CallLength key="length" call={call} />],
    ...(call.transferredTo === null
      ? []
      : ([[words.transferredTo, call.transferredTo]] as [string, string][])),
    ...(call.fault === null || call.fault === 'none'
      ? []
      : ([[t.calls.columns.fault, t.calls.faults[call.fault]]] as [string, string][])),
    ...(call.advice === null ? [] : ([[words.whatToDo, said(call.advice.check)]] as [string, string][])),
    [
      words.callId,
      <Text key="id" ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }}>
        {call.sipCallId}
      </Text>,
    ],
  ];
  return (
    <Paper p="md">
      <Table
        variant="vertical"
        layout="fixed"
        withRowBorders={false}
        highlightOnHover={false}
        verticalSpacing={4}
      >
        <VisuallyHidden component="caption">{words.facts}</VisuallyHidden>
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={120} fw={500} c="dimmed" bg="transparent" scope="row">
                {name}
              </Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
};

const SipMessages = ({ callId }: { callId: string }) => {
  const trace = useQuery(callSipQuery(callId));
  return (
    <Loaded query={trace}>
      {({ messages, truncated }) =>
        messages.length === 0 ? (
          <Empty icon={Waypoints} title={words.sipEmpty} text={words.sipEmptyText} />
        ) : (
          <Stack gap="sm">
            <Text fz="sm" c="dimmed">
              {words.sipText}
            </Text>
            <Ladder messages={messages} />
            {truncated && <Text fz="sm">{words.sipTruncated}</Text>}
          </Stack>
        )
      }
    </Loaded>
  );
};
