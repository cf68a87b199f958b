/** Validate: starts the nine checks of a trunk and shows each result as it comes. */
import {
  Alert,
  Anchor,
  Button,
  Group,
  Loader,
  Paper,
  SegmentedControl,
  Select,
  Stack,
  Text,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleMinus, CircleX, PhoneIncoming, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { callFault } from '../../../../controller/contract/pbx-calls.ts';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import type { Validation, ValidationPoint } from '../../../../controller/contract/validation.ts';
import { directoryQuery, validationQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { Empty } from '../../components/empty.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { withLocalTimes } from '../../components/time.ts';
import { useLive } from '../../live/use-live.ts';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import classes from './trunk-validate.module.css';

const words = t.validation;

export const TrunkValidate = ({ trunk }: { trunk: Trunk }) => {
  const queries = useQueryClient();
  const stored = useQuery(validationQuery(trunk.id));
  const live = useLive((state) => state.validations.get(trunk.id));
  const directory = useQuery(directoryQuery(trunk.id)).data ?? [];
  const mayDial = callFault(trunk) === null;
  const [mode, setMode] = useState<'dial' | 'call-in'>(
    trunk.connectionType === 'extension' ? 'dial' : 'call-in',
  );
  const [transferTo, setTransferTo] = useState<string>('none');
  const start = useMutation({
    mutationFn: () =>
      request<Validation>('POST', `/trunks/${trunk.id}/validate`, {
        body: { mode, ...(transferTo === 'none' ? {} : { transferTo }) },
      }),
    onSuccess: (validation) => queries.setQueryData(validationQuery(trunk.id).queryKey, validation),
  });
  const newest = newer(live, stored.data ?? undefined);
  const isRunning = newest !== undefined && newest.endedAt === null;
  return (
    <Stack gap="md" maw={860}>
      <Allowed role="operator">
        <Paper p="md">
          <Stack gap="sm">
            <Text fz="sm" c="dimmed">
              {words.text}
            </Text>
            <Group gap="md" align="flex-end">
              {mayDial && (
                <div>
                  <Text component="div" fz="sm" fw={500} mb={4} id="validate-mode">
                    {words.mode}
                  </Text>
                  <SegmentedControl
                    aria-labelledby="validate-mode"
                    value={mode}
                    onChange={setMode}
                    data={[
                      { value: 'dial', label: words.modes.dial },
                      { value: 'call-in', label: words.modes['call-in'] },
                    ]}
                  />
                </div>
              )}
              <Select
                label={words.transferTo}
                description={words.transferText}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                flex="1 1 240px"
                searchable
                limit={50}
                value={transferTo}
                onChange={(value) => setTransferTo(value ?? 'none')}
                data={[
                  { value: 'none', label: words.transferNone },
                  ...directory
                    .filter(({ enabled }) => enabled)
                    .map(({ ext, name }) => ({ value: ext, label: `${ext} ${name}` })),
                ]}
              />
            </Group>
            <Group justify="flex-end">
              <Button loading={start.isPending} disabled={isRunning} onClick={() => start.mutate()}>
                {isRunning ? words.running : newest === undefined ? words.start : words.again}
              </Button>
            </Group>
            <FailureNote error={start.error} />
          </Stack>
        </Paper>
      </Allowed>
      {newest === undefined ? (
        <Loaded query={stored}>
          {() => (
            <Paper>
              <Empty icon={ShieldCheck} title={words.title} text={words.never} />
            </Paper>
          )}
        </Loaded>
      ) : (
        <Results validation={newest} />
      )}
    </Stack>
  );
};

/** Of the same trunk: the one that began later, of the same one what the live link says. */
const newer = (live: Validation | undefined, stored: Validation | undefined): Validation | undefined => {
  if (live === undefined || stored === undefined) return live ?? stored;
  if (live.startedAt === stored.startedAt) return stored.endedAt === null ? live : stored;
  return live.startedAt > stored.startedAt ? live : stored;
};

const Results = ({ validation }: { validation: Validation }) => {
  const { points, instruction, endedAt, passed, callId } = validation;
  const failed = points.filter(({ result }) => result === 'failed').length;
  return (
    <Stack gap="sm">
      {instruction !== '' && (
        <Alert variant="light" color="yellow" icon={<PhoneIncoming size={18} />} p="sm" role="status">
          <Text fz="sm">{instruction}</Text>
        </Alert>
      )}
      {endedAt !== null && (
        <Alert variant="light" color={passed ? 'teal' : 'red'} p="sm" role="status">
          <Group justify="space-between" gap="sm">
            <Text fz="sm" fw={600}>
              {passed ? words.passed : words.failed(failed)}
            </Text>
            {callId !== null && (
              <Anchor component={Link} to={`/history/${callId}`} fz="sm" underline="always">
                {words.call}
              </Anchor>
            )}
          </Group>
        </Alert>
      )}
      <Paper>
        <ol className={classes['points']}>
          {points.map((point) => (
            <Point key={point.name} point={point} />
          ))}
        </ol>
      </Paper>
    </Stack>
  );
};

const Point = ({ point: { name, result, text, check } }: { point: ValidationPoint }) => (
  <li className={classes['point']} data-result={result}>
    <span className={classes['mark']}>
      <Mark result={result} />
    </span>
    <div>
      <Text fz="sm" fw={600}>
        {words.points[name]}
      </Text>
      {text !== '' && <Text fz="sm">{withLocalTimes(text)}</Text>}
      {check !== '' && (
        <Text fz="xs" c="dimmed">
          <Text span fw={600} fz="xs">
            {t.diagnostics.check}
          </Text>{' '}
          {withLocalTimes(check)}
        </Text>
      )}
    </div>
    <Text fz="xs" fw={550} className={classes['result']}>
      {words.results[result]}
    </Text>
  </li>
);

const Mark = ({ result }: { result: ValidationPoint['result'] }) => {
  switch (result) {
    case 'passed':
      return <CircleCheck size={19} aria-hidden />;
    case 'failed':
      return <CircleX size={19} aria-hidden />;
    case 'skipped':
      return <CircleMinus size={19} aria-hidden />;
    case 'running':
      return <Loader size={17} color="currentColor" />;
    case 'waiting':
      return <CircleDashed size={19} aria-hidden />;
  }
};
