/** Writes phone numbers. Reading them is `load-configuration.ts`'s. */
import { randomUUID } from 'node:crypto';
import type { NumberInput, NumberPatch } from '../contract/number.ts';
import type { Database } from './database.ts';
import { given } from './given.ts';
import { written } from './violation.ts';

export class NumberStore {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  /** The new number's id. */
  async create(input: NumberInput): Promise<string> {
    const numberId = randomUUID();
    const { number: digits, ...rest } = input;
    const data = { ...rest, id: numberId, digits, workspaceId: this.#workspaceId };
    await this.#database.run((prisma) => written('number', prisma.number.create({ data })));
    return numberId;
  }

  async change(numberId: string, patch: NumberPatch): Promise<void> {
    const { number: digits, ...rest } = patch;
    const where = { id: numberId, workspaceId: this.#workspaceId };
    const data = given({ ...rest, digits });
    await this.#database.run((prisma) => written('number', prisma.number.update({ where, data })));
  }

  async remove(numberId: string): Promise<void> {
    const where = { id: numberId, workspaceId: this.#workspaceId };
    await this.#database.run((prisma) => written('number', prisma.number.delete({ where })));
  }
}
