/** The way from an empty Offhook to the first answered call: live ticks, the next step always in sight. */
import { Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { type ReactNode, useEffect, useMemo } from 'react';
import { Link } from 'react-router';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { firstCallsQuery, firstEntryQuery, numbersQuery, trunksQuery } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { useLive } from '../../live/use-live.ts';
import { t } from '../../texts/texts.ts';
import { TrunkStatusPanel } from '../trunks/trunk-status.tsx';
import { DemoCall, DemoPbx } from './demo-pbx.tsx';
import { doneSteps, type StepName, stepNames } from './progress.ts';
import classes from './start.module.css';
import { rememberFinished } from './start-memory.ts';

const words = t.start;

export const StartScreen = () => {
  const trunks = useQuery(trunksQuery);
  return (
    <Page title={words.title} text={words.text} isNarrow>
      <Loaded query={trunks}>{(items) => <Steps trunks={items} />}</Loaded>
    </Page>
  );
};

const Steps = ({ trunks }: { trunks: readonly Trunk[] }) => {
  const liveTrunks = useLive((state) => state.trunks);
  const liveCalls = useLive((state) => state.calls);
  const ended = useLive((state) => state.ended);
  const numbers = useQuery(numbersQuery).data ?? [];
  const first = trunks[0];
  const entry = useQuery({ ...firstEntryQuery(first?.id ?? ''), enabled: first !== undefined });
  const past = useQuery(firstCallsQuery);
  const withStatus = useMemo(
    () => trunks.map((trunk) => ({ ...trunk, status: liveTrunks.get(trunk.id)?.status ?? trunk.status })),
    [trunks, liveTrunks],
  );
  const done = doneSteps({
    trunks: withStatus,
    hasNumberWithAgent: numbers.some(({ agentId }) => agentId !== null),
    hasDirectory: entry.data ?? false,
    calls: [...(past.data ?? []), ...liveCalls.values(), ...ended],
  });
  const next = stepNames.find((name) => !done.has(name)) ?? null;
  const isFinished = next === null;
  useEffect(() => {
    if (isFinished) rememberFinished();
  }, [isFinished]);
  const trunkPath = first === undefined ? '/settings/pbx' : `/settings/pbx/${first.id}`;
  const ext = first?.connectionType === 'extension' ? first.extension : null;
  const details: Record<StepName, { to: string; text: string; more?: ReactNode }> = {
    connect: {
      to: '/numbers/connect-carrier/sip-trunk',
      text: words.steps.connect.text,
      more: first === undefined ? <DemoPbx /> : null,
    },
    registered: {
      to: trunkPath,
      text: words.steps.registered.text,
      more: first === undefined ? null : <TrunkStatusPanel trunk={first} />,
    },
    agent: { to: `${trunkPath}/settings`, text: words.steps.agent.text },
    directory: { to: `${trunkPath}/directory`, text: words.steps.directory.text },
    call: {
      to: '/live',
      text: ext === null ? words.steps.call.text : words.steps.call.dial(ext),
      more: <DemoCall />,
    },
    transfer: { to: '/live', text: words.steps.transfer.text, more: <DemoCall /> },
  };
  return (
    <Stack gap="md">
      {isFinished && (
        <Paper p="lg" className={classes['finished']}>
          <Group justify="space-between" gap="md">
            <div>
              <Title order={2}>{words.finished}</Title>
              <Text fz="sm">{words.finishedText}</Text>
            </div>
            <Group gap="xs">
              <Button component={Link} to={`${trunkPath}/validate`} variant="default">
                {t.validation.title}
              </Button>
              <Button component={Link} to="/numbers" variant="default">
                {t.numbers.title}
              </Button>
              <Button component={Link} to="/live">
                {words.toLive}
              </Button>
            </Group>
          </Group>
        </Paper>
      )}
      <Paper>
        <Group px="lg" pt="md" pb="sm" justify="space-between" gap="md" wrap="nowrap">
          <Progress
            value={(100 * done.size) / stepNames.length}
            flex={1}
            size="sm"
            aria-label={words.progress(done.size, stepNames.length)}
          />
          <Text fz="xs" c="dimmed" className="tabular" role="status">
            {words.progress(done.size, stepNames.length)}
          </Text>
        </Group>
        <ol className={classes['steps']}>
          {stepNames.map((name, index) => {
            const state = done.has(name) ? 'done' : name === next ? 'next' : 'later';
            const { to, text, more } = details[name];
            return (
              <li
                key={name}
                className={classes['step']}
                data-state={state}
                {...(state === 'next' ? { 'aria-current': 'step' } : {})}
              >
                <span className={classes['mark']}>
                  {state === 'done' ? (
                    <Check size={15} strokeWidth={2.6} role="img" aria-label={words.stateDone} />
                  ) : (
                    index + 1
                  )}
                </span>
                <div className={classes['body']}>
                  <Title order={3}>{words.steps[name].title}</Title>
                  {state !== 'done' && (
                    <Text fz="sm" c="dimmed">
                      {text}
                    </Text>
                  )}
                  {state === 'next' && more}
                </div>
                {state === 'next' && (
                  <Button component={Link} to={to}>
                    {words.steps[name].action}
                  </Button>
                )}
              </li>
            );
          })}
        </ol>
      </Paper>
    </Stack>
  );
};
