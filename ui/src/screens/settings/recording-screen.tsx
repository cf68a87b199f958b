/** Recording policy: how long the workspace keeps recordings, and what room they take. */
import {
  Anchor,
  Button,
  Group,
  NumberInput,
  Paper,
  Progress,
  Radio,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { RecordingRoom } from '../../../../controller/contract/recording.ts';
import type { Settings } from '../../../../controller/contract/settings.ts';
import { settingsQuery } from '../../api/queries.ts';
import { recordingRoomQuery } from '../../api/settings-queries.ts';
import { FailureNote } from '../../components/failure-note.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { dateAndTime, durationOf } from '../../components/time.ts';
import { answeredErrors } from '../../forms/field-errors.ts';
import { useMay } from '../../session/use-session.ts';
import { t } from '../../texts/texts.ts';
import { useChange } from './use-change.ts';

const words = t.settings.recording;

export const RecordingScreen = () => {
  const settings = useQuery(settingsQuery);
  const room = useQuery(recordingRoomQuery);
  return (
    <Page
      title={words.title}
      text={
        <>
          {words.text}{' '}
          <Anchor component={Link} to="/agents" fz="sm">
            {words.agents}
          </Anchor>
        </>
      }
      isNarrow
    >
      <Loaded query={settings}>{(found) => <Keep settings={found} />}</Loaded>
      <Loaded query={room}>{(found) => <Room room={found} />}</Loaded>
    </Page>
  );
};

const Keep = ({ settings }: { settings: Settings }) => {
  const isAllowed = useMay('admin');
  const queries = useQueryClient();
  const form = useForm<{ keep: 'always' | 'days'; days: number | string }>({
    initialValues: {
      keep: settings.recordingDays === null ? 'always' : 'days',
      days: settings.recordingDays ?? 30,
    },
  });
  const change = useChange<Settings>({ said: () => words.saved, isQuiet: true });
  return (
    <Paper p="lg">
      <form
        noValidate
        onSubmit={form.onSubmit(({ keep, days }) =>
          change.mutate(
            {
              method: 'PATCH',
              path: '/settings',
              body: { recordingDays: keep === 'always' ? null : days === '' ? 0 : days },
            },
            {
              onSuccess: () => {
                form.resetDirty();
                void queries.invalidateQueries({ queryKey: settingsQuery.queryKey });
              },
              onError: (error) =>
                form.setErrors({ days: answeredErrors(error, ['recordingDays'])['recordingDays'] }),
            },
          ),
        )}
      >
        <Stack gap="md">
          <Title order={2}>{words.keep}</Title>
          <Radio.Group aria-label={words.keep} {...form.getInputProps('keep')}>
            <Stack gap="sm">
              <Radio
                value="always"
                label={words.always}
                description={words.alwaysText}
                disabled={!isAllowed}
              />
              <Radio value="days" label={words.days} description={words.daysText} disabled={!isAllowed} />
            </Stack>
          </Radio.Group>
          {form.values.keep === 'days' && (
            <NumberInput
              label={words.number}
              allowDecimal={false}
              allowNegative={false}
              clampBehavior="none"
              maw={180}
              disabled={!isAllowed}
              {...form.getInputProps('days')}
            />
          )}
          <FailureNote error={change.error} />
          {isAllowed && (
            <Group justify="flex-end">
              <Button type="submit" disabled={!form.isDirty()} loading={change.isPending}>
                {t.common.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Paper>
  );
};

const megabytes = (bytes: number): string =>
  bytes < 1e9
    ? `${(bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`
    : `${(bytes / 1e9).toLocaleString(undefined, { maximumFractionDigits: 1 })} GB`;

const Room = ({ room }: { room: RecordingRoom }) => {
  const { recordings, bytes, seconds, oldestAt, installation, problem } = room;
  const used =
    installation.bytes === 0 ? 100 : Math.min(100, (100 * installation.usedBytes) / installation.bytes);
  return (
    <Paper p="lg" component="section" aria-label={words.room}>
      <Stack gap="md">
        <Title order={2}>{words.room}</Title>
        {problem !== null && (
          <Text role="alert" fz="sm" c="var(--offhook-bad)">
            {problem}
          </Text>
        )}
        <Text fz="sm">
          {recordings === 0
            ? words.none
            : words.count(recordings, megabytes(bytes), durationOf(1000 * seconds))}
          {oldestAt !== null && ` ${words.oldest(dateAndTime(oldestAt))}`}
        </Text>
        <Progress value={used} size="md" aria-label={words.used} />
        <Text fz="sm" c="dimmed">
          {words.limit(megabytes(installation.usedBytes), megabytes(installation.bytes))}{' '}
          {installation.days === null ? words.noDays : words.installationDays(installation.days)}{' '}
          {words.operator}
        </Text>
      </Stack>
    </Paper>
  );
};
