/** Recording policy: how long the workspace keeps recordings, and what room they take. */
import { Anchor, NumberInput, Paper, Progress, Radio, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { RecordingRoom } from '../../../../controller/contract/recording.ts';
import type { Settings } from '../../../../controller/contract/settings.ts';
import { settingsQuery } from '../../api/queries.ts';
import { recordingRoomQuery } from '../../api/settings-queries.ts';
import type { Stored } from '../../api/stored.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { dateAndTime, durationOf } from '../../components/time.ts';
import { answeredErrors, type FieldErrors } from '../../forms/field-errors.ts';
import { StoredForm } from '../../forms/stored-form.tsx';
import { useStoredForm } from '../../forms/use-stored-form.ts';
import { t } from '../../texts/texts.ts';

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
      <Loaded query={settings}>{(found) => <Keep stored={found} />}</Loaded>
      <Loaded query={room}>{(found) => <Room room={found} />}</Loaded>
    </Page>
  );
};

type KeepValues = { keep: 'always' | 'days'; days: number | string };
const shape = {
  valuesOf: ({ recordingDays }: Settings): KeepValues => ({
    keep: recordingDays === null ? 'always' : 'days',
    days: recordingDays ?? 30,
  }),
  bodyOf: ({ keep, days }: KeepValues) => ({
    recordingDays: keep === 'always' ? null : days === '' ? 0 : days,
  }),
  answered: (error: unknown): FieldErrors => {
    const { recordingDays } = answeredErrors(error, ['recordingDays']);
    return recordingDays === undefined ? {} : { days: recordingDays };
  },
};

const Keep = ({ stored }: { stored: Stored<Settings> }) => {
  const queries = useQueryClient();
  const edit = useStoredForm({
    stored,
    shape,
    path: '/settings',
    said: words.saved,
    onSaved: (changed) => {
      queries.setQueryData(settingsQuery.queryKey, changed);
      void queries.invalidateQueries({ queryKey: settingsQuery.queryKey });
    },
  });
  const { form } = edit;
  return (
    <StoredForm edit={edit} gap="md">
      <Title order={2}>{words.keep}</Title>
      <Radio.Group aria-label={words.keep} {...form.getInputProps('keep')}>
        <Stack gap="sm">
          <Radio value="always" label={words.always} description={words.alwaysText} />
          <Radio value="days" label={words.days} description={words.daysText} />
        </Stack>
      </Radio.Group>
      {form.values.keep === 'days' && (
        <NumberInput
          label={words.number}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          maw={180}
          {...form.getInputProps('days')}
        />
      )}
    </StoredForm>
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
