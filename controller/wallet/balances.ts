/**
 * Which workspaces have spent their credit, in memory, because a call must not wait for the database. What it does not
 * know it takes for filled: nobody is refused on a guess.
 */
import type { WalletStore } from '../db/wallet-store.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

export class WalletBalances {
  readonly #store: Pick<WalletStore, 'emptyWorkspaces'>;
  readonly #log: Logger;
  #empty: ReadonlySet<string> = new Set();

  constructor(options: { store: Pick<WalletStore, 'emptyWorkspaces'>; log: Logger }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  isEmpty(workspaceId: string): boolean {
    return this.#empty.has(workspaceId);
  }

  /** Reads anew: at the start, when calls were charged, when somebody paid in. */
  async refresh(): Promise<void> {
    try {
      const empty = await this.#store.emptyWorkspaces();
      for (const workspaceId of empty) {
        if (!this.#empty.has(workspaceId)) this.#log.warn({ workspaceId }, 'wallet empty: calls are refused');
      }
      this.#empty = empty;
    } catch (thrown) {
      this.#log.warn({ reason: messageOf(thrown) }, 'the wallets could not be read; what was known goes on');
    }
  }
}
