/**
 * The environment, read once: secrets, addresses, ports. What an operator changes while it runs lives in the database.
 * Every fault is reported together, each with its variable's name. `.env.example` is held equal to this by a test.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SipDomain } from './contract/trunk.ts';
import { repositoryPath } from './paths.ts';
import { isProxyList } from './trusted-proxies.ts';

const Port = z.coerce.number().int().min(1).max(65_535);
/** an empty variable is an unset one: compose files pass them so */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, value: z.input<T>) =>
  z.preprocess((given) => (given === '' || given === undefined ? value : given), schema);
const yesNo = z.enum(['yes', 'no']).transform((answer) => answer === 'yes');

export const Environment = z.object({
  /** where everything that is not in a database server lives */
  DATA_DIR: withDefault(z.string().min(1), repositoryPath('data')),
  /** a PostgreSQL server; without it an own one runs in DATA_DIR */
  DATABASE_URL: optional(z.string().regex(/^postgres(ql)?:\/\//, 'begins with postgresql://')),
  DATABASE_URL_FILE: optional(z.string()),
  /** which switch; without it a FreeSWITCH if there is one, else Asterisk */
  SWITCH: optional(z.enum(['freeswitch', 'asterisk'])),
  /** the address that the own switch does SIP and RTP on; without it this machine's first address */
  SIP_ADDRESS: optional(z.union([z.ipv4(), z.ipv6()])),
  /** what the PBX sees of us when we are behind NAT */
  EXTERNAL_ADDRESS: optional(z.union([z.ipv4(), z.ipv6()])),
  /** where PBXes register on our own switch; without it a free port, kept over restarts */
  SIP_TRUNK_PORT: optional(Port),
  /** and where they do over TLS; likewise */
  SIP_TRUNK_TLS_PORT: optional(Port),
  /** what guides tell PBXes to register on; without them EXTERNAL_ADDRESS or the switch's own, and its ports */
  PUBLIC_SIP_HOST: optional(SipDomain),
  PUBLIC_SIP_PORT: optional(Port),
  PUBLIC_SIP_TLS_PORT: optional(Port),
  HTTP_HOST: withDefault(z.string(), '127.0.0.1'),
  HTTP_PORT: withDefault(Port, 8080),
  /** proxies that are believed what they say of a client's address and TLS: addresses, CIDRs, or `loopback` */
  HTTP_TRUSTED_PROXIES: withDefault(
    z.string().refine(isProxyList, 'addresses, CIDRs or loopback, with commas between'),
    'loopback',
  ),
  /** how bots and browsers reach that HTTP; without it http://HTTP_HOST:HTTP_PORT */
  PUBLIC_URL: optional(
    z
      .string()
      .regex(/^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*)?$/, 'an address that begins with http:// or https://')
      .transform((url) => url.replace(/\/+$/, '')),
  ),
  /** encrypts SIP passwords: 32 bytes in base64; without it a file made at first run */
  OFFHOOK_SECRET_KEY: optional(z.string()),
  OFFHOOK_SECRET_KEY_FILE: optional(z.string()),
  /** keys before it, separated by commas: what they encrypted is encrypted anew at the start */
  OFFHOOK_SECRET_KEY_PREVIOUS: optional(z.string()),
  OFFHOOK_SECRET_KEY_PREVIOUS_FILE: optional(z.string()),
  /** yes: webhooks may be sent to addresses that are not public, such as a CRM in the same network */
  WEBHOOK_PRIVATE_ADDRESSES: withDefault(yesNo, 'no'),
  LOG_LEVEL: withDefault(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']), 'info'),
  /** yes: caller numbers and names are left out of the log */
  LOG_HIDE_PERSONAL_DATA: withDefault(yesNo, 'no'),
  /** where our audio socket is bound, as the switch reaches it; loopback or a private link only */
  MEDIA_ADDRESS: withDefault(z.union([z.ipv4(), z.ipv6()]), '127.0.0.1'),
  MEDIA_PORT: withDefault(Port, 16_000),
  /** a FreeSWITCH that runs already; without it an own one is started */
  FREESWITCH_ESL_HOST: optional(z.string()),
  FREESWITCH_ESL_PORT: withDefault(Port, 8021),
  FREESWITCH_ESL_PASSWORD: optional(z.string()),
  FREESWITCH_ESL_PASSWORD_FILE: optional(z.string()),
  /** the folder that its profile `offhook` includes gateways from */
  FREESWITCH_GATEWAY_DIR: optional(z.string()),
  /** its side of the audio, one port a call */
  FREESWITCH_MEDIA_ADDRESS: optional(z.union([z.ipv4(), z.ipv6()])),
  FREESWITCH_MEDIA_PORT_FROM: withDefault(Port, 17_000),
  FREESWITCH_MEDIA_PORT_TO: withDefault(Port, 18_999),
  /** where it listens for PBXes over TLS, one port for each whose certificate is checked; without them no TLS */
  FREESWITCH_TLS_PORT_FROM: optional(Port),
  FREESWITCH_TLS_PORT_TO: optional(Port),
  /** where that FreeSWITCH copies its SIP messages to us (its OFFHOOK_CAPTURE_SERVER); loopback or a private link only */
  HEP_ADDRESS: withDefault(z.union([z.ipv4(), z.ipv6()]), '127.0.0.1'),
  HEP_PORT: withDefault(Port, 9060),
  /** where that FreeSWITCH asks us about passwords that are being changed (its OFFHOOK_DIRECTORY_ADDRESS); loopback only */
  DIRECTORY_ADDRESS: withDefault(z.union([z.ipv4(), z.ipv6()]), '127.0.0.1'),
  DIRECTORY_PORT: withDefault(Port, 9061),
  /** SIP messages are kept so long, in so much room; 0 keeps none */
  SIP_TRACE_DAYS: withDefault(z.coerce.number().min(0).max(365), 7),
  SIP_TRACE_MEGABYTES: withDefault(z.coerce.number().min(0).max(100_000), 200),
  /** recordings of calls are kept so long (0 = for ever), in so much room of the disk; the oldest go first */
  RECORDING_DAYS: withDefault(z.coerce.number().min(0).max(36_500), 30),
  RECORDING_MEGABYTES: withDefault(z.coerce.number().min(0).max(100_000_000), 5000),
  /** and nothing is recorded while the disk has less free than this: the rest is the database's */
  RECORDING_KEEP_FREE_MEGABYTES: withDefault(z.coerce.number().min(0).max(100_000_000), 500),
});
export type Environment = z.infer<typeof Environment>;

export type Config = Omit<
  Environment,
  | 'DATA_DIR'
  | 'SIP_ADDRESS'
  | 'DATABASE_URL_FILE'
  | 'OFFHOOK_SECRET_KEY_FILE'
  | 'OFFHOOK_SECRET_KEY_PREVIOUS_FILE'
  | 'FREESWITCH_ESL_PASSWORD_FILE'
> & {
  DATA_DIR: string;
  SIP_ADDRESS: string;
};

/** The environment cannot be used; the message has one line a fault. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** This machine's first address that another machine can reach; loopback when it has none. */
const firstAddress = (): string => {
  for (const addresses of Object.values(networkInterfaces())) {
    const usable = addresses?.find((address) => address.family === 'IPv4' && !address.internal);
    if (usable) return usable.address;
  }
  return '127.0.0.1';
};

/** Parses `environment`; throws a `ConfigError` that names every faulty variable. */
export const loadConfig = (environment: NodeJS.ProcessEnv): Config => {
  const known = Object.fromEntries(Object.keys(Environment.shape).map((name) => [name, environment[name]]));
  const parsed = Environment.safeParse(known);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The environment is not usable:\n${faults.join('\n')}`);
  }
  const {
    DATABASE_URL_FILE,
    OFFHOOK_SECRET_KEY_FILE,
    OFFHOOK_SECRET_KEY_PREVIOUS_FILE,
    FREESWITCH_ESL_PASSWORD_FILE,
    ...rest
  } = parsed.data;
  return Object.freeze({
    ...rest,
    DATA_DIR: resolve(rest.DATA_DIR),
    SIP_ADDRESS: rest.SIP_ADDRESS ?? firstAddress(),
    DATABASE_URL: rest.DATABASE_URL ?? fromFile('DATABASE_URL_FILE', DATABASE_URL_FILE),
    OFFHOOK_SECRET_KEY:
      rest.OFFHOOK_SECRET_KEY ?? fromFile('OFFHOOK_SECRET_KEY_FILE', OFFHOOK_SECRET_KEY_FILE),
    OFFHOOK_SECRET_KEY_PREVIOUS:
      rest.OFFHOOK_SECRET_KEY_PREVIOUS ??
      fromFile('OFFHOOK_SECRET_KEY_PREVIOUS_FILE', OFFHOOK_SECRET_KEY_PREVIOUS_FILE),
    FREESWITCH_ESL_PASSWORD:
      rest.FREESWITCH_ESL_PASSWORD ?? fromFile('FREESWITCH_ESL_PASSWORD_FILE', FREESWITCH_ESL_PASSWORD_FILE),
  });
};

/** A secret from a file, as Docker and systemd hand it over; its last line break is not part of it. */
const fromFile = (variable: string, path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigError(`The environment is not usable:\n  ${variable}: ${String(error)}`);
  }
};
