/** The charts of the dashboards. What each shows is in `ChartCard`'s table too. */
import { BarChart } from '@mantine/charts';
import type { Statistics } from '../../../../controller/contract/statistics.ts';
import { said, t } from '../../texts/texts.ts';
import { ChartCard } from './chart-card.tsx';
import { withRest } from './figures.ts';

const words = t.dashboards;
type Props = { found: Statistics };

/** Told apart by lightness too, for eyes that see few colours. */
const colours = {
  plain: 'var(--offhook-chart)',
  good: 'var(--offhook-chart-good)',
  bad: 'var(--offhook-chart-bad)',
  wait: 'var(--offhook-chart-wait)',
};
const usual = {
  h: 240,
  gridAxis: 'none',
  tickLine: 'none',
  barChartProps: { accessibilityLayer: false },
  barProps: { isAnimationActive: false, radius: 2 },
  maxBarWidth: 42,
  yAxisProps: { allowDecimals: false, width: 40 },
  valueFormatter: (value: number) => value.toLocaleString(undefined, { maximumFractionDigits: 1 }),
} as const;
const lying = {
  ...usual,
  orientation: 'vertical',
  yAxisProps: { width: 150 },
  xAxisProps: { allowDecimals: false },
  maxBarWidth: 22,
} as const;

const mostBars = 8;
/** high enough for its bars */
const heightOf = (rows: readonly unknown[]): number => 50 + 32 * Math.max(2, rows.length);

const periodName = ({ step, timeZone }: Statistics, at: string): string =>
  new Intl.DateTimeFormat(undefined, {
    timeZone,
    ...(step === 'hour' ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' }),
  }).format(new Date(at));

type Figure<Name> = { name: Name; label: string };

/** An hour or a day each: bars on top of each other, and in the table its columns. */
const OverTime = <Name extends string>(props: {
  found: Statistics;
  title: string;
  rows: ({ name: string } & Record<Name, number>)[];
  columns: readonly Figure<Name>[];
  bars: readonly (Figure<Name> & { color: string })[];
}) => {
  const { found, title, rows, columns, bars } = props;
  return (
    <ChartCard
      title={title}
      columns={[found.step === 'hour' ? words.hour : words.day, ...columns.map(({ label }) => label)]}
      rows={rows.map((row) => [row.name, ...columns.map(({ name }) => row[name])])}
    >
      <BarChart {...usual} type="stacked" withLegend data={rows} dataKey="name" series={[...bars]} />
    </ChartCard>
  );
};

export const PeriodsChart = ({ found }: Props) => (
  <OverTime
    found={found}
    title={words.overTime}
    rows={found.periods.map(({ at, calls, answered, failed }) => ({
      name: periodName(found, at),
      calls,
      answered,
      failed,
      rest: Math.max(0, calls - failed),
    }))}
    columns={[
      { name: 'calls', label: words.calls },
      { name: 'answered', label: words.answered },
      { name: 'failed', label: words.failed },
    ]}
    bars={[
      { name: 'rest', label: words.wentWell, color: colours.good },
      { name: 'failed', label: words.failed, color: colours.bad },
    ]}
  />
);

export const OutcomesChart = ({ found }: Props) => {
  const rows = withRest(
    found.outcomes.map(({ outcome, calls }) => ({ name: said(outcome), value: calls })),
    mostBars,
    words.others,
  );
  return (
    <ChartCard
      title={words.byOutcome}
      columns={[t.calls.columns.outcome, t.calls.columns.fault, words.calls]}
      rows={found.outcomes.map(({ outcome, fault, calls }) => [
        said(outcome),
        fault === null ? '' : t.calls.faults[fault],
        calls,
      ])}
    >
      <BarChart
        {...lying}
        h={heightOf(rows)}
        data={rows}
        dataKey="name"
        series={[{ name: 'value', label: words.calls, color: colours.plain }]}
      />
    </ChartCard>
  );
};

export const AgentsChart = ({ found }: Props) => {
  const rows = found.agents.map(({ name, calls, answered, transferred }) => ({
    name: name ?? t.calls.noAgent,
    value: calls,
    answered,
    transferred,
  }));
  const shown = withRest(rows, mostBars, words.others);
  return (
    <ChartCard
      title={words.byAgent}
      columns={[t.calls.columns.agent, words.calls, words.answered, words.transferred]}
      rows={rows.map(({ name, value, answered, transferred }) => [name, value, answered, transferred])}
    >
      <BarChart
        {...lying}
        h={heightOf(shown)}
        data={shown}
        dataKey="name"
        series={[{ name: 'value', label: words.calls, color: colours.plain }]}
      />
    </ChartCard>
  );
};

export const HoursChart = ({ found }: Props) => {
  const rows = found.hours.map(({ hour, calls }) => ({ name: `${hour}:00`, calls }));
  return (
    <ChartCard
      title={words.byHour}
      columns={[words.hour, words.calls]}
      rows={rows.map(({ name, calls }) => [name, calls])}
    >
      <BarChart
        {...usual}
        data={rows}
        dataKey="name"
        // every sixth hour is named, on any width
        xAxisProps={{ interval: 5 }}
        series={[{ name: 'calls', label: words.calls, color: colours.plain }]}
      />
    </ChartCard>
  );
};

export const TransfersChart = ({ found }: Props) => {
  const rows = found.transfers.map(({ result, transfers }) => ({
    name: result === null ? words.notCarriedOut : result.charAt(0).toUpperCase() + result.slice(1),
    good: result === 'transferred' ? transfers : 0,
    bad: result === 'transferred' ? 0 : transfers,
  }));
  return (
    <ChartCard
      title={words.byResult}
      columns={[words.result, words.transfers]}
      rows={rows.map(({ name, good, bad }) => [name, good + bad])}
    >
      <BarChart
        {...lying}
        h={heightOf(rows)}
        type="stacked"
        data={rows}
        dataKey="name"
        series={[
          { name: 'good', label: words.transfers, color: colours.good },
          { name: 'bad', label: words.transfers, color: colours.bad },
        ]}
      />
    </ChartCard>
  );
};

export const TrunksChart = ({ found }: Props) => {
  const bars = [
    { name: 'registered', label: words.registered, color: colours.good },
    { name: 'failed', label: words.notRegistered, color: colours.bad },
    { name: 'waiting', label: words.waiting, color: colours.wait },
  ] as const;
  return (
    <OverTime
      found={found}
      title={words.registrations}
      rows={found.periods.flatMap(({ at, trunks }) =>
        trunks === null ? [] : [{ name: periodName(found, at), ...trunks }],
      )}
      columns={bars}
      bars={bars}
    />
  );
};
