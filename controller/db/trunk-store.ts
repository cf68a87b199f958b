/** Writes trunks. Reading them is `load-configuration.ts`'s: what calls and the API see is the configuration's snapshot. */
import { randomUUID } from 'node:crypto';
import { defaultPort } from '../contract/encryption.ts';
import type { TransferSupport, TrunkInput, TrunkPatch } from '../contract/trunk.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import { given } from './given.ts';
import type { Secrets } from './secrets.ts';
import { written } from './violation.ts';

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
  async create(input: TrunkInput): Promise<string> {
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

  async change(trunkId: string, patch: TrunkPatch): Promise<void> {
    const { password, username, authId, codecs, ...rest } = patch;
    const data = {
      ...given(rest),
      ...(username === undefined ? {} : { username: blankToNull(username) }),
      ...(authId === undefined ? {} : { authId: blankToNull(authId) }),
      ...(codecs === undefined ? {} : { codecs: codecs ?? [] }),
      // another PBX, or an admin who changed something on it: what it does has to be found out again
      ...(forgetting.every((key) => patch[key] === undefined) ? {} : { transferSupport: Prisma.DbNull }),
      ...(password === undefined || password === ''
        ? {}
        : { passwordEncrypted: this.#secrets.encrypt(password, trunkId) }),
    };
    await this.#database.run((prisma) =>
      written('trunk', prisma.trunk.update({ where: this.#its(trunkId), data })),
    );
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

const blankToNull = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text;
