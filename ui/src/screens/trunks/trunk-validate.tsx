/** Validate: starts the nine checks of a trunk and shows each result as it comes. */
import { Alert, Anchor, Group, Loader, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleMinus, CircleX, PhoneIncoming, ShieldCheck } from 'lucide-react';
import { Link } from 'react-router';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import type { Validation, ValidationPoint } from '../../../../controller/contract/validation.ts';
import { validationQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { dateAndTime, withLocalTimes } from '../../components/time.ts';
import { useLive } from '../../live/use-live.ts';
import { Allowed } from '../../session/allowed.tsx';
import { said, t } from '../../texts/texts.ts';
import classes from './trunk-validate.module.css';
import { ValidateForm } from './validate-form.tsx';

const words = t.validation;

export const TrunkValidate = ({ trunk }: { trunk: Trunk }) => {
  const stored = useQuery(validationQuery(trunk.id));
  const live = useLive((state) => state.validations.get(trunk.id));
  const newest = newer(live, stored.data ?? undefined);
  const isRunning = newest !== undefined && newest.endedAt === null;
  return (
    <Stack gap="md" maw={860}>
      <Allowed role="operator">
        <Paper p="md">
          <ValidateForm trunk={trunk} isRunning={isRunning} isFirst={newest === undefined} />
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
  const { points, instruction, startedAt, endedAt, mode, passed, callId } = validation;
  const failed = points.filter(({ result }) => result === 'failed').length;
  return (
    <Stack gap="sm">
      {instruction !== '' && (
        <Alert variant="light" color="yellow" icon={<PhoneIncoming size={18} />} p="sm" role="status">
          <Text fz="sm">{said(instruction)}</Text>
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
      <Text fz="xs" c="dimmed">
        {words.ranAt(dateAndTime(startedAt), words.modes[mode])}
      </Text>
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
      {text !== '' && <Text fz="sm">{withLocalTimes(said(text))}</Text>}
      {check !== '' && (
        <Text fz="xs" c="dimmed">
          <Text span fw={600} fz="xs">
            {t.diagnostics.check}
          </Text>{' '}
          {withLocalTimes(said(check))}
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
