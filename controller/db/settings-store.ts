/** Writes the settings of a workspace. Reading them is `load-configuration.ts`'s. */
import type { SettingsPatch } from '../contract/settings.ts';
import type { Database } from './database.ts';
import { given } from './given.ts';
import { written } from './violation.ts';

export class SettingsStore {
  readonly #database: Database;
  readonly #workspaceId: string;

  constructor(options: { database: Database; workspaceId: string }) {
    this.#database = options.database;
    this.#workspaceId = options.workspaceId;
  }

  async change(patch: SettingsPatch): Promise<void> {
    const where = { id: this.#workspaceId };
    const data = given(patch);
    await this.#database.run((prisma) => written('workspace', prisma.workspace.update({ where, data })));
  }
}
