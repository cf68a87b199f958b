/** Writes trunks. Reading them is `load-configuration.ts`'s: what calls and the API see is the configuration's snapshot. */
import { randomUUID } from 'node:crypto';
import type { TrunkInput, TrunkPatch } from '../contract/trunk.ts';
import type { Database } from './database.ts';
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
    const { password, username, authId, codecs, ...rest } = input;
    const trunkId = randomUUID();
    const data = {
      ...rest,
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
      ...(password === undefined || password === ''
        ? {}
        : { passwordEncrypted: this.#secrets.encrypt(password, trunkId) }),
    };
    await this.#database.run((prisma) =>
      written('trunk', prisma.trunk.update({ where: this.#its(trunkId), data })),
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

const blankToNull = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text;
