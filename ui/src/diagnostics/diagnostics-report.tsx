/** Diagnostics of a trunk or of a number: live health, the last calls, the last errors, and what to do about each. */
import { Anchor, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import type { DiagnosedCall, DiagnosedError, Diagnostics } from '../../../controller/contract/diagnostics.ts';
import type { TrunkStatus } from '../../../controller/contract/trunk.ts';
import { diagnosticsQuery } from '../api/queries.ts';
import { Loaded } from '../components/loaded.tsx';
import type { Tone } from '../components/status-dot.tsx';
import { StatusPill } from '../components/status-pill.tsx';
import { ago, dateAndTime, withLocalTimes } from '../components/time.ts';
import { useNow } from '../components/use-now.ts';
import { useLive, useLiveTrunk } from '../live/use-live.ts';
import { said, t } from '../texts/texts.ts';
import classes from './diagnostics.module.css';

const words = t.diagnostics;

export const DiagnosticsReport = (props: { of: 'trunks' | 'numbers'; id: string; trunkId: string }) => {
  const { of, id, trunkId } = props;
  const report = useQuery(diagnosticsQuery(of, id));
  const { refetch } = report;
  const ended = useLive((state) => state.ended);
  const since = useLiveTrunk(trunkId)?.status.since;
  // a call that ended, or another status, changes what is here
  useEffect(() => void refetch(), [ended, since, refetch]);
  return (
    <Loaded query={report}>
      {(found) => (
        <Stack gap="lg">
          <Group justify="space-between">
            <Title order={3}>{words.health}</Title>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<RefreshCw size={14} aria-hidden />}
              loading={report.isFetching}
              onClick={() => void refetch()}
            >
              {words.again}
            </Button>
          </Group>
          <Health report={found} />
          <Calls calls={found.calls} />
          <Errors errors={found.errors} />
        </Stack>
      )}
    </Loaded>
  );
};

const tones: Readonly<Record<TrunkStatus['state'], Tone>> = {
  connecting: 'wait',
  waiting: 'wait',
  registered: 'good',
  active: 'good',
  failed: 'bad',
  inactive: 'idle',
};
const credentialTones = { yes: 'good', no: 'bad', unknown: 'idle' } as const;

const Health = ({ report: { health, trunkId } }: { report: Diagnostics }) => {
  const { assignment, credentialsValid, lastCall } = health;
  const now = useNow();
  const registration = useLiveTrunk(trunkId)?.status ?? health.registration;
  return (
    <Paper>
      <Fact label={words.assignment} check={assignment.check}>
        <StatusPill tone={assignment.ok ? 'good' : 'bad'}>{said(assignment.text)}</StatusPill>
      </Fact>
      <Fact label={words.registration} check={registration.check}>
        <StatusPill tone={tones[registration.state]}>{said(registration.text)}</StatusPill>
      </Fact>
      <Fact label={words.credentials} check={credentialsValid.why}>
        <StatusPill tone={credentialTones[credentialsValid.value]}>
          {words.credentialValues[credentialsValid.value]}
        </StatusPill>
      </Fact>
      <Fact label={words.lastCall} check="">
        <Text fz="sm">
          {lastCall === null ? words.noCall : `${said(lastCall.outcome)} · ${ago(lastCall.at, now)}`}
        </Text>
      </Fact>
    </Paper>
  );
};

const Fact = ({ label, check, children }: { label: string; check: string; children: ReactNode }) => (
  <div className={classes['fact']}>
    <Text fz="sm" c="dimmed">
      {label}
    </Text>
    <div>
      {children}
      {check !== '' && (
        <Text fz="sm" mt={4}>
          {withLocalTimes(said(check))}
        </Text>
      )}
    </div>
  </div>
);

const Calls = ({ calls }: { calls: readonly DiagnosedCall[] }) => (
  <Stack gap="xs">
    <Title order={3}>{words.calls}</Title>
    {calls.length === 0 ? (
      <Text fz="sm" c="dimmed">
        {words.noCalls}
      </Text>
    ) : (
      <Paper>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.columns.at}</Table.Th>
              <Table.Th>{words.columns.caller}</Table.Th>
              <Table.Th>{words.columns.outcome}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {calls.map(({ callId, at, callerNumber, outcome, isTest, advice }) => (
              <Table.Tr key={callId} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  <Anchor component={Link} to={`/history/${callId}`} fz="sm">
                    {dateAndTime(at)}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  {callerNumber}
                  {isTest && (
                    <Text fz="xs" c="dimmed">
                      {words.test}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <Text fz="sm">{said(outcome)}</Text>
                  {advice !== null && <Todo check={advice.check} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
    )}
  </Stack>
);

const Errors = ({ errors }: { errors: readonly DiagnosedError[] }) => (
  <Stack gap="xs">
    <Title order={3}>{words.errors}</Title>
    {errors.length === 0 ? (
      <Text fz="sm" c="dimmed">
        {words.noErrors}
      </Text>
    ) : (
      <Paper>
        {errors.map(({ at, source, text, cause, check }) => (
          <div key={`${at} ${text}`} className={classes['fact']}>
            <Text fz="xs" c="dimmed" className="tabular">
              {words.sources[source]}
              <br />
              {dateAndTime(at)}
            </Text>
            <div>
              <Text fz="sm" fw={550}>
                {said(text)}
              </Text>
              {cause !== text && <Text fz="sm">{said(cause)}</Text>}
              <Todo check={check} />
            </div>
          </div>
        ))}
      </Paper>
    )}
  </Stack>
);

const Todo = ({ check }: { check: string }) =>
  check === '' ? null : (
    <Text fz="xs" c="dimmed">
      <Text span fw={600} fz="xs">
        {words.check}
      </Text>{' '}
      {said(check)}
    </Text>
  );
