/** An agent as its form has it: every kind's fields at once, so that changing the kind and back loses nothing. Pure. */
import {
  type Agent,
  AgentInput,
  type AgentKind,
  type AgentSettings,
} from '../../../../controller/contract/agent.ts';
import { type ConnectionKind, secretOf } from '../../../../controller/contract/agent-connection.ts';
import type { FieldErrors } from '../../forms/field-errors.ts';

export type AgentValues = {
  name: string;
  kind: AgentKind;
  firstMessage: string;
  settings: AgentSettings;
  connection: {
    url: string;
    /** of the kind's own: auth token, API key, password or token; blank keeps what is stored */
    secret: string;
    headers: string;
    parameters: string;
    accountSid: string;
    signed: boolean;
    model: string;
    voice: string;
    instructions: string;
    audio: string;
    turnDetection: string;
    transcriptionModel: string;
    mode: string;
    sampleRate: string;
    passDtmf: boolean;
    username: string;
  };
};

export const newAgent = (): AgentValues => ({
  name: '',
  kind: 'receptionist',
  firstMessage: '',
  settings: AgentInput.parse({ name: 'x' }).settings,
  connection: {
    url: '',
    secret: '',
    headers: '',
    parameters: '',
    accountSid: '',
    signed: false,
    model: 'gpt-realtime',
    voice: 'marin',
    instructions: '',
    audio: '',
    turnDetection: 'server_vad',
    transcriptionModel: 'gpt-4o-mini-transcribe',
    mode: 'streaming',
    sampleRate: '',
    passDtmf: true,
    username: '',
  },
});

const linesOf = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** `Name: value` lines; a line without a colon is a name without a value. */
const recordOf = (lines: string): Record<string, string> =>
  Object.fromEntries(
    lines
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.indexOf(':');
        return at === -1 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
  );

export const valuesOf = (agent: Agent): AgentValues => {
  const blank = newAgent();
  const { connection } = agent;
  if (connection === null) {
    return {
      ...blank,
      name: agent.name,
      kind: agent.kind,
      firstMessage: agent.firstMessage,
      settings: agent.settings,
    };
  }
  const text = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const read: Record<string, unknown> = { ...connection };
  const known = Object.fromEntries(
    Object.entries(blank.connection).map(([name, usual]) => {
      const value = read[name];
      if (value === undefined || name === 'secret' || name === 'headers') return [name, usual];
      if (name === 'parameters') return [name, linesOf(value as Record<string, string>)];
      return [name, typeof usual === 'boolean' ? value === true : text(value)];
    }),
  ) as AgentValues['connection'];
  return {
    name: agent.name,
    kind: agent.kind,
    firstMessage: agent.firstMessage,
    settings: agent.settings,
    connection: known,
  };
};

export const isBot = (kind: AgentKind): kind is ConnectionKind => kind !== 'receptionist' && kind !== 'echo';

/** What each kind sends of the form's connection fields. */
const fieldsOf: Record<ConnectionKind, readonly (keyof AgentValues['connection'])[]> = {
  twilio: ['accountSid', 'signed'],
  'openai-realtime': ['model', 'voice', 'instructions', 'audio', 'turnDetection', 'transcriptionModel'],
  jambonz: ['mode', 'sampleRate', 'passDtmf', 'username'],
  offhook: ['audio', 'sampleRate'],
};

/** Left blank they are chosen by Offhook; any other field that is left blank says so: "the server's own", "nobody", "none". */
const chosenByOffhook: readonly (keyof AgentValues['connection'])[] = ['audio', 'sampleRate'];

const connectionOf = ({ kind, connection }: AgentValues): unknown => {
  if (!isBot(kind)) return null;
  const own = Object.fromEntries(
    fieldsOf[kind]
      .filter((name) => connection[name] !== '' || !chosenByOffhook.includes(name))
      .map((name) => [name, name === 'sampleRate' ? Number(connection[name]) : connection[name]]),
  );
  return {
    kind,
    ...(connection.url === '' && kind === 'openai-realtime' ? {} : { url: connection.url }),
    ...own,
    ...(kind === 'openai-realtime' ? {} : { parameters: recordOf(connection.parameters) }),
    ...(connection.headers.trim() === '' ? {} : { headers: recordOf(connection.headers) }),
    ...(connection.secret === '' ? {} : { [secretOf[kind]]: connection.secret }),
  };
};

/** What is sent, for a new agent and for a change alike. */
export const inputOf = (values: AgentValues) => ({
  name: values.name,
  kind: values.kind,
  firstMessage: values.firstMessage,
  settings: values.settings,
  connection: connectionOf(values),
});

/** What is wrong, by the form's own field names. */
export const valuesErrors = (values: AgentValues): FieldErrors => {
  const parsed = AgentInput.safeParse(inputOf(values));
  if (parsed.success) return {};
  const errors: FieldErrors = {};
  for (const { path, message } of parsed.error.issues) errors[fieldOf(path, values)] ??= message;
  return errors;
};

/** The form's field of a path in the contract or in the controller's answer. */
export const fieldOf = (path: readonly PropertyKey[], { kind }: Pick<AgentValues, 'kind'>): string => {
  const [first, second] = path.map(String);
  // a list's entries have no fields of their own
  if (first !== 'connection')
    return path.filter((part) => typeof part === 'string' && !/^\d+$/.test(part)).join('.');
  if (second === undefined) return 'connection.url';
  return `connection.${isBot(kind) && second === secretOf[kind] ? 'secret' : second}`;
};
