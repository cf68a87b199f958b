/** How an agent behaves: talking, limits, and what happens when its bot fails. */
import { Checkbox, Group, NumberInput, Select, Stack, Textarea, TextInput, Title } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { AgentTool } from '../../../../controller/contract/agent.ts';
import { t } from '../../texts/texts.ts';
import { type AgentValues, isBot } from './agent-values.ts';
import { RecordingFields } from './recording-fields.tsx';

const { fields: words, groups } = t.agents;

export const BehaviourFields = ({ form }: { form: UseFormReturnType<AgentValues> }) => {
  const { kind, settings } = form.values;
  // what is built in speaks English; another language there, set by a program, is shown so that it can be mended
  const hasLanguage = isBot(kind) || !/^en(-|$)/i.test(settings.language);
  const field = (name: keyof AgentValues['settings']) => form.getInputProps(`settings.${name}`);
  const check = (name: 'bargeIn') => form.getInputProps(`settings.${name}`, { type: 'checkbox' });
  const seconds = (name: keyof AgentValues['settings'], label: string, description?: string) => (
    <NumberInput
      label={label}
      {...(description === undefined ? {} : { description })}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      maw={420}
      {...field(name)}
    />
  );
  const sentence = (name: 'closingMessage' | 'silencePrompt' | 'fallbackMessage', label: string) => (
    <Textarea
      label={label}
      description={isBot(kind) ? words.builtInVoice : words.builtInVoiceOfReceptionist}
      placeholder={words.usual}
      autosize
      minRows={1}
      maxRows={5}
      {...field(name)}
    />
  );
  return (
    <Stack gap="xl">
      {kind !== 'echo' && (
        <Stack gap="md" component="section" aria-label={groups.talking}>
          <Title order={2}>{groups.talking}</Title>
          {hasLanguage && (
            <TextInput
              label={words.language}
              description={words.languageText}
              maw={420}
              {...field('language')}
            />
          )}
          {kind === 'receptionist' && (
            <>
              <Select
                label={words.confirm}
                data={Object.entries(words.confirms).map(([value, label]) => ({ value, label }))}
                maw={260}
                {...field('confirm')}
              />
              {seconds('silenceSeconds', words.silence)}
            </>
          )}
          {isBot(kind) && (
            <>
              <Checkbox label={words.bargeIn} {...check('bargeIn')} />
              <Checkbox.Group label={words.tools} {...field('tools')}>
                <Stack gap={8} mt={8}>
                  {AgentTool.options.map((tool) => (
                    <Checkbox key={tool} value={tool} label={words.toolNames[tool]} />
                  ))}
                </Stack>
              </Checkbox.Group>
            </>
          )}
        </Stack>
      )}
      <Stack gap="md" component="section" aria-label={groups.limits}>
        <Title order={2}>{groups.limits}</Title>
        {seconds('maxDurationSeconds', words.maxDuration, words.maxDurationText)}
        {sentence('closingMessage', words.closingMessage)}
        {isBot(kind) && (
          <>
            {seconds('silenceTimeoutSeconds', words.silenceTimeout, words.silenceTimeoutText)}
            {sentence('silencePrompt', words.silencePrompt)}
          </>
        )}
      </Stack>
      <RecordingFields form={form} />
      <Stack gap="md" component="section" aria-label={groups.fallback}>
        <Title order={2}>{groups.fallback}</Title>
        <Group gap="md" align="flex-start">
          <TextInput
            label={words.fallbackExtension}
            description={words.fallbackExtensionText}
            inputMode="numeric"
            maw={420}
            value={form.values.settings.fallbackExtension ?? ''}
            onChange={({ currentTarget: { value } }) =>
              form.setFieldValue('settings.fallbackExtension', value.trim() === '' ? null : value.trim())
            }
            error={form.errors['settings.fallbackExtension']}
          />
        </Group>
        {sentence('fallbackMessage', words.fallbackMessage)}
        {isBot(kind) && seconds('firstWordSeconds', words.firstWord, words.firstWordText)}
      </Stack>
    </Stack>
  );
};
