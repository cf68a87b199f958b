/**
 * Dashboards: what became of the calls of a time, and how many trunks were registered in it. Asked for when it is opened or
 * come back to, and a little after a call has ended; the time is in the address, so that a view can be sent to somebody.
 */
import '@mantine/charts/styles.css';
import { Group, Paper, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useSearchParams } from 'react-router';
import type { Statistics } from '../../../../controller/contract/statistics.ts';
import { statisticsQuery } from '../../api/call-queries.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { durationOf } from '../../components/time.ts';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';
import {
  AgentsChart,
  HoursChart,
  OutcomesChart,
  PeriodsChart,
  TransfersChart,
  TrunksChart,
} from './charts.tsx';
import { percent } from './figures.ts';

const words = t.dashboards;
const ranges = ['1', '7', '30', '365'] as const;
/** a busy system ends calls all the time: they are counted again when it has been quiet so long, at most so seldom */
const settleMs = 3000;

export const DashboardsScreen = () => {
  const [address, setAddress] = useSearchParams();
  const days = ranges.find((range) => range === address.get('days')) ?? '7';
  const statistics = useQuery({ ...statisticsQuery(Number(days)), placeholderData: keepPreviousData });
  const newest = useLive((state) => state.ended[0]?.id);
  const { refetch } = statistics;
  const again = useDebouncedCallback(() => void refetch(), settleMs);
  const seen = useRef(newest);
  useEffect(() => {
    if (seen.current === newest) return;
    seen.current = newest;
    again();
  }, [newest, again]);
  return (
    <Page
      title={words.title}
      text={words.text}
      actions={
        <SegmentedControl
          aria-label={words.time}
          value={days}
          onChange={(next) => setAddress(next === '7' ? {} : { days: next }, { replace: true })}
          data={ranges.map((value) => ({ value, label: words.ranges[value] }))}
        />
      }
    >
      <Loaded query={statistics}>{(found) => <Figures found={found} />}</Loaded>
    </Page>
  );
};

const Figures = ({ found }: { found: Statistics }) => {
  const { calls, transfers } = found;
  const tried = transfers.reduce((sum, { transfers: count }) => sum + count, 0);
  const done = transfers.find(({ result }) => result === 'transferred')?.transfers ?? 0;
  const knowsTrunks = found.periods.some(({ trunks }) => trunks !== null);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <Figure name={words.calls} value={calls.all.toLocaleString()} />
        <Figure name={words.answered} value={percent(calls.answered, calls.all)} />
        <Figure name={words.transferSuccess} value={percent(done, tried)} note={words.ofTried(done, tried)} />
        <Figure
          name={words.averageLength}
          value={calls.averageSeconds === null ? '–' : durationOf(1000 * calls.averageSeconds)}
        />
      </SimpleGrid>
      {calls.all === 0 && (
        <Paper>
          <Empty icon={ChartColumn} title={words.empty} text={words.emptyText} />
        </Paper>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {calls.all > 0 && (
          <>
            <PeriodsChart found={found} />
            <OutcomesChart found={found} />
            <AgentsChart found={found} />
            <HoursChart found={found} />
            <TransfersChart found={found} />
          </>
        )}
        {knowsTrunks && <TrunksChart found={found} />}
      </SimpleGrid>
    </Stack>
  );
};

const Figure = ({ name, value, note }: { name: string; value: string; note?: string }) => (
  <Paper p="md">
    <Text fz="sm" c="dimmed">
      {name}
    </Text>
    <Group gap="xs" align="baseline">
      <Title order={2} fz="1.5rem">
        {value}
      </Title>
      {note !== undefined && (
        <Text fz="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Group>
  </Paper>
);
