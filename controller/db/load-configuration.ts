/**
 * Reads what calls and the API need: trunks with their passwords in the clear, directories, agents, numbers. In pages,
 * because rows become objects on the main thread and a big directory must not hold up the audio of a call.
 */
import { type Agent, AgentKind, AgentSettings } from '../contract/agent.ts';
import { AgentConnectionView } from '../contract/agent-connection.ts';
import { MediaEncryption, Transport } from '../contract/encryption.ts';
import type { Extension } from '../contract/extension.ts';
import type { PhoneNumberBinding } from '../contract/number.ts';
import type { Settings } from '../contract/settings.ts';
import {
  Authentication,
  CodecOrder,
  ConnectionType,
  defaultCodecs,
  type ExtensionTrunk,
  PbxType,
  type SipTrunk,
  TransferMode,
} from '../contract/trunk.ts';
import { type AgentSecrets, readAgentSecrets } from './agent-secrets.ts';
import type { Database } from './database.ts';
import type { PrismaClient } from './generated/client.ts';
import type {
  AgentModel,
  ExtensionModel,
  NumberModel,
  TrunkModel,
  WorkspaceModel,
} from './generated/models.ts';
import { SecretError, type Secrets } from './secrets.ts';
import { toTransferSupport } from './transfer-support.ts';

/** Whose it is, and how often it was changed. */
export type Owned = { workspaceId: string; version: number };
export type ConfiguredExtension = Extension & { version: number };
export type ConfiguredAgent = Agent & Owned;
export type ConfiguredNumber = PhoneNumberBinding & Owned;
export type ConfiguredWorkspace = { name: string; settings: Settings; version: number };

/** A trunk with everything that a registration and a call need. */
export type ConfiguredExtensionTrunk = Omit<ExtensionTrunk, 'status'> &
  Owned & {
    password: string;
    /** sorted by `ext`; disabled entries too */
    directory: readonly ConfiguredExtension[];
  };
export type ConfiguredSipTrunk = Omit<
  SipTrunk,
  'status' | 'registrar' | 'registration' | 'oldPasswordUntil'
> &
  Owned & {
    password: string;
    /** the one before, right until then (ISO 8601), which may be over */
    oldPassword: { password: string; until: string } | null;
    directory: readonly ConfiguredExtension[];
  };
export type ConfiguredTrunk = ConfiguredExtensionTrunk | ConfiguredSipTrunk;
/** A trunk whose stored password cannot be read: it stays out of service until somebody enters it again. */
export type UnreadableTrunk = (
  | Omit<ConfiguredExtensionTrunk, 'password'>
  | Omit<ConfiguredSipTrunk, 'password' | 'oldPassword'>
) & { problem: string };

/** All workspaces: every one's trunks are in service. What a request may see of it is `workspace-view.ts`'s. */
export type ConfigurationSnapshot = {
  readonly trunks: ReadonlyMap<string, ConfiguredTrunk>;
  readonly unreadableTrunks: ReadonlyMap<string, UnreadableTrunk>;
  readonly agents: ReadonlyMap<string, ConfiguredAgent>;
  /** of those agents that have a connection */
  readonly agentSecrets: ReadonlyMap<string, AgentSecrets>;
  readonly numbers: ReadonlyMap<string, ConfiguredNumber>;
  readonly workspaces: ReadonlyMap<string, ConfiguredWorkspace>;
};

type Reader = Pick<PrismaClient, 'workspace' | 'trunk' | 'extension' | 'agent' | 'number'>;
export type LoadOptions = { database: Database; secrets: Secrets };

/** Everything, as it was at one moment. */
export async function loadConfiguration(options: LoadOptions): Promise<ConfigurationSnapshot> {
  const { database, secrets } = options;
  const load = async (reader: Reader): Promise<ConfigurationSnapshot> => {
    const directories = new Map<string, ConfiguredExtension[]>();
    for await (const row of paged((page) => reader.extension.findMany(page))) {
      const directory = directories.get(row.trunkId) ?? [];
      directory.push(toExtension(row));
      directories.set(row.trunkId, directory);
    }
    const trunks = new Map<string, ConfiguredTrunk>();
    const unreadableTrunks = new Map<string, UnreadableTrunk>();
    for await (const row of paged((page) => reader.trunk.findMany(page))) {
      const trunk = toTrunk(row, (directories.get(row.id) ?? []).sort(byExt), secrets);
      if ('problem' in trunk) unreadableTrunks.set(row.id, trunk);
      else trunks.set(row.id, trunk);
    }
    const agents = new Map<string, ConfiguredAgent>();
    const agentSecrets = new Map<string, AgentSecrets>();
    for await (const row of paged((page) => reader.agent.findMany(page))) {
      agents.set(row.id, toAgent(row));
      if (row.connection !== null) agentSecrets.set(row.id, readAgentSecrets(row, secrets));
    }
    const numbers = new Map<string, ConfiguredNumber>();
    for await (const row of paged((page) => reader.number.findMany(page))) {
      numbers.set(row.id, toNumber(row));
    }
    const workspaces = new Map<string, ConfiguredWorkspace>();
    for await (const row of paged((page) => reader.workspace.findMany(page))) {
      workspaces.set(row.id, toWorkspace(row));
    }
    return { trunks, unreadableTrunks, agents, agentSecrets, numbers, workspaces };
  };
  const limits = { isolationLevel: 'RepeatableRead', maxWait: 10_000, timeout: 120_000 } as const;
  return await database.run((prisma) => prisma.$transaction(load, limits));
}

/** One trunk with its directory; null when it is gone. */
export async function loadTrunk(
  options: LoadOptions,
  trunkId: string,
): Promise<ConfiguredTrunk | UnreadableTrunk | null> {
  const where = { id: trunkId };
  const row = await options.database.run((prisma) => prisma.trunk.findUnique({ where }));
  if (row === null) return null;
  // by extension: by id the database would walk through every trunk's entries for those of this one
  const directory: ConfiguredExtension[] = [];
  for (let after = ''; ; ) {
    const page = { where: { trunkId, ext: { gt: after } }, orderBy: { ext: 'asc' }, take: pageRows } as const;
    const entries = await options.database.run((prisma) => prisma.extension.findMany(page));
    directory.push(...entries.map(toExtension));
    const last = entries.at(-1);
    if (last === undefined || entries.length < pageRows) break;
    after = last.ext;
  }
  return toTrunk(row, directory.sort(byExt), options.secrets);
}

export async function loadExtension(
  options: LoadOptions,
  extensionId: string,
): Promise<ConfiguredExtension | null> {
  const where = { id: extensionId };
  const row = await options.database.run((prisma) => prisma.extension.findUnique({ where }));
  return row === null ? null : toExtension(row);
}

export async function loadAgent(
  options: LoadOptions,
  agentId: string,
): Promise<{ agent: ConfiguredAgent; secrets: AgentSecrets | null } | null> {
  const where = { id: agentId };
  const row = await options.database.run((prisma) => prisma.agent.findUnique({ where }));
  if (row === null) return null;
  const secrets = row.connection === null ? null : readAgentSecrets(row, options.secrets);
  return { agent: toAgent(row), secrets };
}

export async function loadNumber(options: LoadOptions, numberId: string): Promise<ConfiguredNumber | null> {
  const where = { id: numberId };
  const row = await options.database.run((prisma) => prisma.number.findUnique({ where }));
  return row === null ? null : toNumber(row);
}

export async function loadWorkspace(
  options: LoadOptions,
  workspaceId: string,
): Promise<ConfiguredWorkspace | null> {
  const where = { id: workspaceId };
  const row = await options.database.run((prisma) => prisma.workspace.findUnique({ where }));
  return row === null ? null : toWorkspace(row);
}

const toWorkspace = (row: WorkspaceModel): ConfiguredWorkspace => ({
  name: row.name,
  settings: { defaultCountry: row.defaultCountry, recordingDays: row.recordingDays },
  version: row.version,
});

const pageRows = 500;
type Page = { where: { id?: { gt: string } }; orderBy: { id: 'asc' }; take: number };

async function* paged<Row extends { id: string }>(find: (page: Page) => Promise<Row[]>): AsyncGenerator<Row> {
  let where: Page['where'] = {};
  for (;;) {
    const rows = await find({ where, orderBy: { id: 'asc' }, take: pageRows });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    where = { id: { gt: last.id } };
  }
}

export const byExt = (one: Pick<Extension, 'ext'>, other: Pick<Extension, 'ext'>): number =>
  one.ext < other.ext ? -1 : one.ext > other.ext ? 1 : 0;

function toExtension({
  id,
  trunkId,
  ext,
  name,
  owner,
  department,
  aliases,
  enabled,
  version,
}: ExtensionModel): ConfiguredExtension {
  return { id, trunkId, ext, name, owner, department, aliases, enabled, version };
}

function toTrunk(
  row: TrunkModel,
  directory: readonly ConfiguredExtension[],
  secrets: Secrets,
): ConfiguredTrunk | UnreadableTrunk {
  const pbxType = PbxType.parse(row.pbxType);
  const common = {
    id: row.id,
    workspaceId: row.workspaceId,
    version: row.version,
    name: row.name,
    pbxType,
    domain: row.domain,
    port: row.port,
    transport: Transport.parse(row.transport),
    tlsVerify: row.tlsVerify,
    tlsCaPem: row.tlsCaPem,
    mediaEncryption: MediaEncryption.parse(row.mediaEncryption),
    codecs: row.codecs.length === 0 ? defaultCodecs(pbxType) : CodecOrder.parse(row.codecs),
    concurrentCallLimit: row.concurrentCallLimit,
    transferMode: TransferMode.parse(row.transferMode),
    briefTarget: row.briefTarget,
    allowAnyExtension: row.allowAnyExtension,
    allowOutsideTransfers: row.allowOutsideTransfers,
    transferSupport: toTransferSupport(row.transferSupport),
    agentId: row.agentId,
    active: row.active,
    createdAt: row.createdAt.toISOString(),
    directory,
  };
  const typed =
    ConnectionType.parse(row.connectionType) === 'extension'
      ? { ...common, ...extensionFields(row) }
      : { ...common, ...sipTrunkFields(row) };
  try {
    const password = secrets.decrypt(row.passwordEncrypted, row.id);
    if (typed.connectionType === 'extension') return { ...typed, password };
    return { ...typed, password, oldPassword: oldPasswordOf(row, secrets) };
  } catch (thrown) {
    if (!(thrown instanceof SecretError)) throw thrown;
    return { ...typed, problem: thrown.message };
  }
}

function extensionFields(row: TrunkModel) {
  const extension = row.extension ?? '';
  const username = row.username ?? extension;
  return {
    connectionType: 'extension' as const,
    extension,
    username,
    authId: row.authId ?? username,
    expirySeconds: row.expirySeconds,
  };
}

function sipTrunkFields(row: TrunkModel) {
  return {
    connectionType: 'sip-trunk' as const,
    authentication: Authentication.parse(row.authentication),
    allowedAddresses: row.allowedAddresses,
    username: row.registrarUsername ?? '',
    passwordChangedAt: (row.passwordChangedAt ?? row.createdAt).toISOString(),
  };
}

function oldPasswordOf(row: TrunkModel, secrets: Secrets): ConfiguredSipTrunk['oldPassword'] {
  if (row.oldPassword === null || row.oldPasswordUntil === null) return null;
  return {
    password: secrets.decrypt(row.oldPassword, row.id),
    until: row.oldPasswordUntil.toISOString(),
  };
}

function toAgent(row: AgentModel): ConfiguredAgent {
  return {
    workspaceId: row.workspaceId,
    version: row.version,
    id: row.id,
    name: row.name,
    kind: AgentKind.parse(row.kind),
    firstMessage: row.firstMessage,
    settings: AgentSettings.parse(row.settings),
    connection: row.connection === null ? null : AgentConnectionView.parse(row.connection),
    createdAt: row.createdAt.toISOString(),
  };
}

function toNumber(row: NumberModel): ConfiguredNumber {
  return {
    workspaceId: row.workspaceId,
    version: row.version,
    id: row.id,
    number: row.digits,
    label: row.label,
    trunkId: row.trunkId,
    agentId: row.agentId,
    createdAt: row.createdAt.toISOString(),
  };
}
