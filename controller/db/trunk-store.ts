/** Writes trunks. Reading them is `load-configuration.ts`'s: what calls and the API see is the configuration's snapshot. */
import { randomInt, randomUUID } from 'node:crypto';
import { overlapOf } from '../contract/allowed-address.ts';
import { defaultPort } from '../contract/encryption.ts';
import { transferModeFault } from '../contract/pbx-calls.ts';
import type {
  Authentication,
  ExtensionTrunkInput,
  ExtensionTrunkPatch,
  PasswordRotation,
  PbxType,
  SipTrunkInput,
  SipTrunkPatch,
  TransferMode,
  TransferSupport,
} from '../contract/trunk.ts';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { given } from './given.ts';
import type { Secrets } from './secrets.ts';
import { written } from './violation.ts';

/** A new SIP trunk; `password` is one that was generated and has to be shown now or never. */
export type CreatedSipTrunk = { trunkId: string; password: string | null };

type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export class TrunkStore {
  readonly #database: Database;
  readonly #secrets: Secrets;
  readonly #workspaceId: string;

  constructor(options: { database: Database; secrets: Secrets; workspaceId: string }) {
    this.#database = options.database;
    this.#secrets = options.secrets;
    this.#workspaceId = options.workspaceId;
  }

  /** The new trunk's id. */
  async create(input: ExtensionTrunkInput): Promise<string> {
    const { password, username, authId, codecs, port, ...rest } = input;
    const trunkId = randomUUID();
    const data = {
      ...rest,
      port: port ?? defaultPort(rest.transport),
      id: trunkId,
      workspaceId: this.#workspaceId,
      username: blankToNull(username),
      authId: blankToNull(authId),
      codecs: codecs ?? [],
      passwordEncrypted: this.#secrets.encrypt(password, trunkId),
    };
    await this.#database.run((prisma) => written('trunk', prisma.trunk.create({ data })));
    return trunkId;
  }

  async createSipTrunk(input: SipTrunkInput): Promise<CreatedSipTrunk> {
    const { password: typed, username, codecs, port, ...rest } = input;
    checkTransferMode(rest);
    const trunkId = randomUUID();
    const password = blankToNull(typed) ?? newPassword();
    const data = {
      ...rest,
      port: port ?? defaultPort(rest.transport),
      id: trunkId,
      workspaceId: this.#workspaceId,
      registrarUsername: blankToNull(username) ?? newUsername(),
      codecs: codecs ?? [],
      passwordEncrypted: this.#secrets.encrypt(password, trunkId),
      passwordChangedAt: new Date(),
    };
    await this.#database.run((prisma) =>
      prisma.$transaction(async (transaction) => {
        await checkAddresses(transaction, trunkId, rest);
        await written('trunk', transaction.trunk.create({ data }));
      }),
    );
    const isShown = blankToNull(typed) === null && input.authentication !== 'ip-allowlist';
    return { trunkId, password: isShown ? password : null };
  }

  async change(trunkId: string, patch: ExtensionTrunkPatch): Promise<void> {
    const { password, username, authId, codecs, ...rest } = patch;
    const data = {
      ...given(rest),
      ...(username === undefined ? {} : { username: blankToNull(username) }),
      ...(authId === undefined ? {} : { authId: blankToNull(authId) }),
      ...(codecs === undefined ? {} : { codecs: codecs ?? [] }),
      ...forgottenSupport(patch),
      ...(password === undefined || password === ''
        ? {}
        : { passwordEncrypted: this.#secrets.encrypt(password, trunkId) }),
    };
    await this.#database.run((prisma) =>
      written('trunk', prisma.trunk.update({ where: this.#its(trunkId), data })),
    );
  }

  async changeSipTrunk(trunkId: string, patch: SipTrunkPatch): Promise<void> {
    const { username, codecs, ...rest } = patch;
    const data = {
      ...given(rest),
      ...(username === undefined || username === '' ? {} : { registrarUsername: username }),
      ...(codecs === undefined ? {} : { codecs: codecs ?? [] }),
      ...forgottenSupport(patch),
    };
    await this.#database.run((prisma) =>
      prisma.$transaction(async (transaction) => {
        const before = await written(
          'trunk',
          transaction.trunk.findUniqueOrThrow({ where: this.#its(trunkId) }),
        );
        if (patch.transferMode !== undefined || patch.pbxType !== undefined)
          checkTransferMode({
            pbxType: patch.pbxType ?? (before.pbxType as PbxType),
            transferMode: patch.transferMode ?? (before.transferMode as TransferMode),
          });
        await checkAddresses(transaction, trunkId, {
          authentication: patch.authentication ?? (before.authentication as Authentication),
          allowedAddresses: patch.allowedAddresses ?? before.allowedAddresses,
        });
        await written('trunk', transaction.trunk.update({ where: this.#its(trunkId), data }));
      }),
    );
  }

  /**
   * The new password of a SIP trunk, null when it was given. The one that was right until now stays right for the
   * overlap, and the one before that does not: at most two are.
   */
  async rotatePassword(trunkId: string, rotation: PasswordRotation): Promise<string | null> {
    const password = blankToNull(rotation.password) ?? newPassword();
    const encrypted = this.#secrets.encrypt(password, trunkId);
    const now = new Date();
    const until = new Date(now.getTime() + rotation.overlapSeconds * 1000);
    const isOverlapping = rotation.overlapSeconds > 0;
    // in one statement, so that of two rotations at once neither loses the other's password
    const changed = await this.#database.run(
      (prisma) => prisma.$executeRaw`
        UPDATE "trunk" SET
          "old_password_encrypted" = CASE WHEN ${isOverlapping} THEN "password_encrypted" END,
          "old_password_until" = CASE WHEN ${isOverlapping} THEN ${until}::timestamptz END,
          "password_encrypted" = ${encrypted},
          "password_changed_at" = ${now}::timestamptz
        WHERE "id" = ${trunkId}::uuid AND "workspace_id" = ${this.#workspaceId}::uuid
          AND "connection_type" = 'sip-trunk'`,
    );
    if (changed === 0) throw new AppError('not-found', 'there is no such SIP trunk');
    return blankToNull(rotation.password) === null ? password : null;
  }

  /** Remembers what the PBX turned out to do with transfers. A trunk that is gone is no error. */
  async noteTransferSupport(trunkId: string, transferSupport: TransferSupport): Promise<void> {
    await this.#database.run((prisma) =>
      prisma.trunk.updateMany({ where: this.#its(trunkId), data: { transferSupport } }),
    );
  }

  /** Its directory and numbers go with it; its calls stay, with its name. */
  async remove(trunkId: string): Promise<void> {
    await this.#database.run((prisma) =>
      written('trunk', prisma.trunk.delete({ where: this.#its(trunkId) })),
    );
  }

  #its(trunkId: string) {
    return { id: trunkId, workspaceId: this.#workspaceId };
  }
}

const forgetting = ['pbxType', 'domain', 'port', 'extension', 'transferMode'] as const;
/** Another PBX, or an admin who changed something on it: what it does has to be found out again. */
const forgottenSupport = (patch: Partial<Record<(typeof forgetting)[number], unknown>>) =>
  forgetting.every((key) => patch[key] === undefined) ? {} : { transferSupport: Prisma.DbNull };

const blankToNull = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text;

/** Letters and digits that nobody takes for another when he types them in. */
const clearSigns = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const generated = (length: number, signs: string): string =>
  Array.from({ length }, () => signs[randomInt(signs.length)]).join('');

/** 24 signs of 57: about 140 bits. */
const newPassword = (): string => generated(24, clearSigns);
const newUsername = (): string => `offhook-${generated(10, 'abcdefghijkmnpqrstuvwxyz23456789')}`;

/** Of a SIP trunk. */
const checkTransferMode = (trunk: { pbxType: PbxType; transferMode: TransferMode }): void => {
  const fault = transferModeFault({ connectionType: 'sip-trunk', ...trunk });
  if (fault !== null)
    throw new AppError('invalid-input', `transferMode: ${fault}`, { fields: { transferMode: fault } });
};

/** any number; the same for everybody who writes allowed addresses */
const addressLock = 7_340_112;

/**
 * An address belongs to one trunk, unless credentials tell its calls apart: the lists of two trunks may share one only
 * when both ask for a password too. Writers go one after the other, since none of them sees what another has not yet
 * committed.
 */
const checkAddresses = async (
  transaction: Transaction,
  trunkId: string,
  { authentication, allowedAddresses }: { authentication: Authentication; allowedAddresses: string[] },
): Promise<void> => {
  if (authentication === 'credentials') return;
  if (allowedAddresses.length === 0) {
    const words = 'the addresses that the PBX calls from, unless it has credentials only';
    throw new AppError('invalid-input', `allowedAddresses: ${words}`, {
      fields: { allowedAddresses: words },
    });
  }
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${addressLock})`;
  const others = await transaction.trunk.findMany({
    where: { id: { not: trunkId }, authentication: { in: ['ip-allowlist', 'both'] } },
    select: { name: true, authentication: true, allowedAddresses: true },
  });
  for (const other of others) {
    if (authentication === 'both' && other.authentication === 'both') continue;
    const overlap = overlapOf(allowedAddresses, other.allowedAddresses);
    if (overlap === null) continue;
    const words = `${overlap.one} is allowed on trunk ${other.name} (${overlap.other}) too: its calls could belong to either`;
    throw new AppError('conflict', words, { fields: { allowedAddresses: words } });
  }
};
