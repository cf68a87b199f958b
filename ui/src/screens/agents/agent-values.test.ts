/** What an agent's form sends, and what it shows of what is stored. */
import { expect, test } from 'vitest';
import { AgentInput } from '../../../../controller/contract/agent.ts';
import type { ConnectionKind } from '../../../../controller/contract/agent-connection.ts';
import { type AgentValues, inputOf, newAgent, valuesErrors } from './agent-values.ts';

const filled = (kind: ConnectionKind, connection: Partial<AgentValues['connection']>): AgentValues => {
  const blank = newAgent();
  return {
    ...blank,
    name: 'Bot',
    kind,
    connection: { ...blank.connection, url: 'wss://bot.example.com/', ...connection },
  };
};
const stored = (values: AgentValues) => AgentInput.parse(inputOf(values)).connection;

test('a blank model, voice and transcription model stay blank', () => {
  expect(stored(filled('openai-realtime', { model: '', voice: '', transcriptionModel: '' }))).toMatchObject({
    model: '',
    voice: '',
    transcriptionModel: '',
  });
  expect(stored(filled('openai-realtime', {}))).toMatchObject({
    model: 'gpt-realtime',
    voice: 'marin',
    transcriptionModel: 'gpt-4o-mini-transcribe',
  });
});

test('a blank audio format, rate or address of OpenAI is Offhook’s choice; a blank secret is not sent', () => {
  const openAi = stored(filled('openai-realtime', { url: '', audio: '' }));
  expect(openAi).toMatchObject({ url: 'wss://api.openai.com/v1/realtime', audio: 'call' });
  expect(openAi).not.toHaveProperty('apiKey');
  expect(stored(filled('offhook', { audio: '', sampleRate: '' }))).toMatchObject({
    audio: 'pcm',
    sampleRate: 16_000,
  });
  expect(stored(filled('jambonz', { sampleRate: '24000', secret: 'horse' }))).toMatchObject({
    sampleRate: 24_000,
    username: '',
    password: 'horse',
  });
});

test('a form just opened is without fault but for the name and the address', () => {
  for (const kind of ['twilio', 'openai-realtime', 'jambonz', 'offhook'] as const)
    expect(valuesErrors(filled(kind, {})), kind).toEqual({});
  expect(Object.keys(valuesErrors({ ...filled('jambonz', { url: '' }), name: '' })).toSorted()).toEqual([
    'connection.url',
    'name',
  ]);
});
