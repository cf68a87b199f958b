/**
 * The secrets of an agent's connection: taken out of what was entered, stored encrypted, read again for calls. What is
 * stored and answered beside them says of each only whether it is set.
 */
import { z } from 'zod';
import { type AgentConnection, AgentConnectionView, secretOf } from '../contract/agent-connection.ts';
import { AppError } from '../errors.ts';
import { SecretError, type Secrets } from './secrets.ts';

const Stored = z.strictObject({ secret: z.string(), headers: z.record(z.string(), z.string()) });

/** `secret` is blank when there is none. `problem`: they are stored and cannot be read, so the bot cannot be reached. */
export type AgentSecrets = z.infer<typeof Stored> | { problem: string };

export type SecretsRow = { id: string; secretsEncrypted: string | null };

export const readAgentSecrets = (row: SecretsRow, secrets: Secrets): AgentSecrets => {
  if (row.secretsEncrypted === null) return { secret: '', headers: {} };
  try {
    return Stored.parse(JSON.parse(secrets.decrypt(row.secretsEncrypted, row.id)));
  } catch (thrown) {
    if (!(thrown instanceof SecretError)) throw thrown;
    return { problem: thrown.message };
  }
};

/** Parts an entered connection; what it leaves out or gives as `set` comes from `before`, if that was of the same kind. */
export const partConnection = (
  entered: AgentConnection,
  before: { kind: AgentConnection['kind']; secrets: AgentSecrets } | null,
): { connection: AgentConnectionView; secrets: z.infer<typeof Stored> } => {
  const key = secretOf[entered.kind];
  const { headers, ...rest } = entered;
  const secret = (rest as Record<string, unknown>)[key];
  const stored = before?.kind === entered.kind ? before.secrets : { secret: '', headers: {} };
  const kept = (path: string): z.infer<typeof Stored> => {
    if (!('problem' in stored)) return stored;
    throw needed(`connection.${path}`, 'the stored one cannot be read: enter it again');
  };
  const secrets: z.infer<typeof Stored> = {
    secret:
      typeof secret === 'string' && secret !== 'set' && secret !== 'not set' ? secret : kept(key).secret,
    headers: headers === undefined ? kept('headers').headers : {},
  };
  for (const [name, value] of Object.entries(headers ?? {})) {
    const known = value === 'set' ? kept('headers').headers[name] : value;
    if (known === undefined) throw needed('connection.headers', `nothing is stored for ${name}: enter it`);
    secrets.headers = { ...secrets.headers, [name]: known };
  }
  if (entered.kind === 'twilio' && entered.signed && secrets.secret === '') {
    throw needed('connection.authToken', 'is needed to sign with');
  }
  const connection = AgentConnectionView.parse({
    ...rest,
    headers: Object.fromEntries(Object.keys(secrets.headers).map((name) => [name, 'set'])),
    [key]: secrets.secret === '' ? 'not set' : 'set',
  });
  return { connection, secrets };
};

export const writeAgentSecrets = (
  { secret, headers }: z.infer<typeof Stored>,
  agentId: string,
  secrets: Secrets,
): string | null =>
  secret === '' && Object.keys(headers).length === 0
    ? null
    : secrets.encrypt(JSON.stringify({ secret, headers }), agentId);

const needed = (field: string, text: string): AppError =>
  new AppError('invalid-input', `${field}: ${text}`, { fields: { [field]: text } });
