/** Whether calls of an agent are recorded, and what callers are told before. */
import { Anchor, Stack, Switch, Text, Textarea, Title } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Link } from 'react-router';
import { t } from '../../texts/texts.ts';
import type { AgentValues } from './agent-values.ts';

const { recording: words } = t.agents;

export const RecordingFields = ({ form }: { form: UseFormReturnType<AgentValues> }) => {
  const { kind, settings } = form.values;
  const { enabled, notice, noticeText } = settings.recording;
  const isOurs = kind === 'receptionist' || kind === 'echo';
  const needsWords = noticeText === '' && !isOurs && !/^en(-|$)/i.test(settings.language);
  return (
    <Stack gap="md" component="section" aria-label={words.title}>
      <Title order={2}>{words.title}</Title>
      <Switch
        label={words.enabled}
        description={words.enabledText}
        {...form.getInputProps('settings.recording.enabled', { type: 'checkbox' })}
      />
      {enabled && (
        <>
          <Switch
            label={words.notice}
            description={notice ? words.noticeText : words.noNotice}
            {...form.getInputProps('settings.recording.notice', { type: 'checkbox' })}
          />
          {notice && (
            <Textarea
              label={words.say}
              description={needsWords ? words.noticeMissing : undefined}
              placeholder={words.usual}
              autosize
              minRows={1}
              maxRows={4}
              {...form.getInputProps('settings.recording.noticeText')}
            />
          )}
          <Text fz="sm" c="dimmed">
            {words.format}{' '}
            <Anchor component={Link} to="/settings/recording" fz="sm">
              {words.policy}
            </Anchor>
          </Text>
        </>
      )}
    </Stack>
  );
};
