/** Writes the directory entries of trunks. Reading them is `load-configuration.ts`'s. */
import { randomUUID } from 'node:crypto';
import type { DirectoryImport } from '../contract/directory-import.ts';
import type { ExtensionInput, ExtensionPatch } from '../contract/extension.ts';
import type { CsvRow } from '../directory/csv.ts';
import type { Database } from './database.ts';
import { importDirectory } from './directory-import.ts';
import { given } from './given.ts';
import { written } from './violation.ts';

export class ExtensionStore {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** The new entry's id. */
  async create(trunkId: string, input: ExtensionInput): Promise<string> {
    const extensionId = randomUUID();
    const data = { ...input, id: extensionId, trunkId };
    await this.#database.run((prisma) => written('extension', prisma.extension.create({ data })));
    return extensionId;
  }

  async change(trunkId: string, extensionId: string, patch: ExtensionPatch): Promise<void> {
    const where = { id: extensionId, trunkId };
    await this.#database.run((prisma) =>
      written('extension', prisma.extension.update({ where, data: given(patch) })),
    );
  }

  async remove(trunkId: string, extensionId: string): Promise<void> {
    const where = { id: extensionId, trunkId };
    await this.#database.run((prisma) => written('extension', prisma.extension.delete({ where })));
  }

  /** All rows or none; `dryRun` only says what it would do. */
  importRows(trunkId: string, rows: readonly CsvRow[], dryRun: boolean): Promise<DirectoryImport> {
    return importDirectory(this.#database, { trunkId, rows, dryRun });
  }
}
