/** How a bot is reached: what its protocol needs, and nothing of the others. */
import { Accordion, Checkbox, Group, PasswordInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactNode } from 'react';
import type {
  AgentConnectionView,
  ConnectionKind,
} from '../../../../controller/contract/agent-connection.ts';
import { secretOf } from '../../../../controller/contract/agent-connection.ts';
import { t } from '../../texts/texts.ts';
import type { AgentValues } from './agent-values.ts';

const words = t.agents.fields;
type Form = UseFormReturnType<AgentValues>;

const placeholders: Record<ConnectionKind, string> = {
  twilio: 'wss://bot.example.com/media-stream',
  'openai-realtime': 'wss://api.openai.com/v1/realtime',
  jambonz: 'wss://bot.example.com/audio',
  offhook: 'wss://bot.example.com/offhook',
};

const rates = ['8000', '16000', '24000', '48000'].map((rate) => ({ value: rate, label: rate }));

/** The protocol's words with their names in the texts, in this order. */
const named = <Word extends string>(names: Readonly<Record<Word, string>>, ...words: NoInfer<Word>[]) =>
  words.map((word) => ({ value: word, label: names[word] }));

export const ConnectionFields = (props: {
  form: Form;
  kind: ConnectionKind;
  stored: AgentConnectionView | null;
}) => {
  const { form, kind, stored } = props;
  const own = stored?.kind === kind ? stored : null;
  const read: Record<string, unknown> = { ...own };
  const isSecretSet = read[secretOf[kind]] === 'set';
  const headersSet = Object.keys(own?.headers ?? {});
  const field = (name: keyof AgentValues['connection']) => form.getInputProps(`connection.${name}`);
  const check = (name: 'signed' | 'passDtmf') =>
    form.getInputProps(`connection.${name}`, { type: 'checkbox' });
  const choose = (
    name: 'audio' | 'mode' | 'turnDetection' | 'sampleRate',
    label: string,
    data: { value: string; label: string }[],
  ) => (
    <Select
      label={label}
      data={data}
      placeholder={data[0]?.label ?? ''}
      w={{ base: '100%', xs: 220 }}
      {...field(name)}
    />
  );
  const secret = (label: string, description?: string) => (
    <PasswordInput
      label={label}
      autoComplete="off"
      {...(description === undefined ? {} : { description })}
      {...(isSecretSet ? { placeholder: words.secretSet } : {})}
      {...field('secret')}
    />
  );
  const usual: Record<ConnectionKind, ReactNode> = {
    twilio: secret(words.authToken, words.authTokenText),
    'openai-realtime': (
      <>
        {secret(words.apiKey)}
        <Group grow preventGrowOverflow={false} align="flex-start">
          <TextInput label={words.model} description={words.modelText} {...field('model')} />
          <TextInput label={words.voice} description={words.voiceText} {...field('voice')} />
        </Group>
        <Textarea
          label={words.instructions}
          description={words.instructionsText}
          autosize
          minRows={4}
          maxRows={16}
          {...field('instructions')}
        />
      </>
    ),
    jambonz: (
      <Group grow preventGrowOverflow={false} align="flex-start">
        <TextInput label={words.username} autoComplete="off" {...field('username')} />
        {secret(words.password)}
      </Group>
    ),
    offhook: secret(words.token),
  };
  const rare: Record<ConnectionKind, ReactNode> = {
    twilio: (
      <>
        <TextInput label={words.accountSid} description={words.accountSidText} {...field('accountSid')} />
        <Checkbox label={words.signed} {...check('signed')} />
      </>
    ),
    'openai-realtime': (
      <>
        <Group gap="md">
          {choose('audio', words.audio, named(words.audios, 'call', 'pcmu', 'pcma', 'pcm 24 kHz'))}
          {choose(
            'turnDetection',
            words.turnDetection,
            named(words.turnDetections, 'server_vad', 'semantic_vad'),
          )}
        </Group>
        <TextInput
          label={words.transcriptionModel}
          description={words.transcriptionModelText}
          {...field('transcriptionModel')}
        />
      </>
    ),
    jambonz: (
      <>
        <Group gap="md">
          {choose('mode', words.mode, named(words.modes, 'streaming', 'playAudio'))}
          {choose('sampleRate', words.sampleRate, rates)}
        </Group>
        <Checkbox label={words.passDtmf} {...check('passDtmf')} />
      </>
    ),
    offhook: (
      <Group gap="md">
        {choose('audio', words.audio, named(words.audios, 'pcm', 'call', 'pcmu', 'pcma'))}
        {choose('sampleRate', words.sampleRate, rates)}
      </Group>
    ),
  };
  return (
    <Stack gap="md">
      <TextInput
        label={words.url}
        description={words.urlText}
        placeholder={placeholders[kind]}
        required={kind !== 'openai-realtime'}
        {...field('url')}
      />
      {usual[kind]}
      <Accordion variant="contained">
        <Accordion.Item value="advanced">
          <Accordion.Control>{words.advanced}</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="md">
              {rare[kind]}
              {kind !== 'openai-realtime' && (
                <Textarea
                  label={words.parameters}
                  description={words.parametersText}
                  autosize
                  minRows={2}
                  {...field('parameters')}
                />
              )}
              <Textarea
                label={words.headers}
                description={
                  headersSet.length === 0 ? words.headersText : words.headersSet(headersSet.join(', '))
                }
                autosize
                minRows={2}
                {...field('headers')}
              />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
};
