/**
 * The configuration as calls and registrations see it: a snapshot in memory, so that calls go on while the database is
 * away. Written through the stores; whoever writes then refreshes what he wrote. Knows neither calls nor the API.
 */

import { defaultWorkspaceId } from './db/database.ts';
import {
  byExt,
  type ConfigurationSnapshot,
  type ConfiguredExtension,
  type LoadOptions,
  loadAgent,
  loadConfiguration,
  loadExtension,
  loadNumber,
  loadTrunk,
  loadWorkspace,
} from './db/load-configuration.ts';
import { AppError } from './errors.ts';
import { Turns } from './turns.ts';
import { type WorkspaceView, WorkspaceViews } from './workspace-view.ts';

/** What is new: one trunk (its directory and numbers included), or anything. */
export type ConfigurationChange = { snapshot: ConfigurationSnapshot; trunkId: string | null };

export class Configuration {
  readonly #source: LoadOptions;
  readonly #listeners = new Set<(change: ConfigurationChange) => void>();
  /** deleted since the start: trunk → workspace */
  readonly #formerTrunks = new Map<string, string>();
  readonly #views = new WorkspaceViews();
  #snapshot: ConfigurationSnapshot | null = null;
  /** the last read is never older than one before it */
  readonly #turns = new Turns();

  constructor(options: LoadOptions) {
    this.#source = options;
  }

  /** False until the first `refresh` has succeeded: the database has not been reached since the start. */
  get loaded(): boolean {
    return this.#snapshot !== null;
  }

  /** Never changes: a refresh makes a new one. Throws `database-down` before the first. */
  get current(): ConfigurationSnapshot {
    if (this.#snapshot === null) {
      throw new AppError(
        'database-down',
        'the configuration has not been read yet: the database is not reachable',
      );
    }
    return this.#snapshot;
  }

  /** The part of it that belongs to one workspace. Throws `not-found` when there is no such workspace. */
  of(workspaceId: string): WorkspaceView {
    return this.#views.of(this.current, workspaceId);
  }

  /** Whose trunk it is, or was: also of one that was deleted under its call. Calls on no trunk of ours are the default's. */
  workspaceOfTrunk(trunkId: string): string {
    const trunk = this.#snapshot?.trunks.get(trunkId) ?? this.#snapshot?.unreadableTrunks.get(trunkId);
    return trunk?.workspaceId ?? this.#formerTrunks.get(trunkId) ?? defaultWorkspaceId;
  }

  /** Whose call it is: its own word where it came by no trunk. */
  workspaceOfCall(call: { workspaceId?: string | null; record: { trunkId: string } }): string {
    return call.workspaceId ?? this.workspaceOfTrunk(call.record.trunkId);
  }

  /** The listener must not throw. Returns how to stop listening. */
  onChange(listener: (change: ConfigurationChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads everything: at the start, and whenever the database is back. */
  refresh(): Promise<void> {
    return this.#turns.take(async () => {
      this.#replace(await loadConfiguration(this.#source), null);
    });
  }

  refreshTrunk(trunkId: string): Promise<void> {
    return this.#turns.take(async () => {
      const trunk = await loadTrunk(this.#source, trunkId);
      const before = this.current;
      const trunks = new Map(before.trunks);
      const unreadableTrunks = new Map(before.unreadableTrunks);
      trunks.delete(trunkId);
      unreadableTrunks.delete(trunkId);
      if (trunk !== null && 'problem' in trunk) unreadableTrunks.set(trunkId, trunk);
      else if (trunk !== null) trunks.set(trunkId, trunk);
      // the database has deleted a deleted trunk's numbers
      const numbers =
        trunk === null
          ? new Map([...before.numbers].filter(([, number]) => number.trunkId !== trunkId))
          : before.numbers;
      this.#replace({ ...before, trunks, unreadableTrunks, numbers }, trunkId);
    });
  }

  refreshExtension(trunkId: string, extensionId: string): Promise<void> {
    return this.#turns.take(async () => {
      const extension = await loadExtension(this.#source, extensionId);
      const before = this.current;
      const withEntry = <T extends { directory: readonly ConfiguredExtension[] }>(trunk: T): T => ({
        ...trunk,
        directory: [
          ...trunk.directory.filter(({ id }) => id !== extensionId),
          ...(extension === null ? [] : [extension]),
        ].sort(byExt),
      });
      this.#replace(
        {
          ...before,
          trunks: changed(before.trunks, trunkId, withEntry),
          unreadableTrunks: changed(before.unreadableTrunks, trunkId, withEntry),
        },
        trunkId,
      );
    });
  }

  refreshAgent(agentId: string): Promise<void> {
    return this.#turns.take(async () => {
      const loaded = await loadAgent(this.#source, agentId);
      const before = this.current;
      const agents = new Map(before.agents);
      const agentSecrets = new Map(before.agentSecrets);
      agents.delete(agentId);
      agentSecrets.delete(agentId);
      if (loaded !== null) agents.set(agentId, loaded.agent);
      if (loaded?.secrets) agentSecrets.set(agentId, loaded.secrets);
      this.#replace({ ...before, agents, agentSecrets }, null);
    });
  }

  refreshNumber(numberId: string): Promise<void> {
    return this.#turns.take(async () => {
      const number = await loadNumber(this.#source, numberId);
      const before = this.current;
      const numbers = new Map(before.numbers);
      if (number === null) numbers.delete(numberId);
      else numbers.set(numberId, number);
      this.#replace({ ...before, numbers }, number?.trunkId ?? null);
    });
  }

  refreshWorkspace(workspaceId: string): Promise<void> {
    return this.#turns.take(async () => {
      const workspace = await loadWorkspace(this.#source, workspaceId);
      const before = this.current;
      const workspaces = new Map(before.workspaces);
      if (workspace === null) workspaces.delete(workspaceId);
      else workspaces.set(workspaceId, workspace);
      this.#replace({ ...before, workspaces }, null);
    });
  }

  #replace(snapshot: ConfigurationSnapshot, trunkId: string | null): void {
    for (const [id, { workspaceId }] of this.#snapshot?.trunks ?? []) {
      if (!snapshot.trunks.has(id)) this.#formerTrunks.set(id, workspaceId);
    }
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener({ snapshot, trunkId });
  }
}

function changed<T>(
  map: ReadonlyMap<string, T>,
  key: string,
  change: (value: T) => T,
): ReadonlyMap<string, T> {
  const value = map.get(key);
  return value === undefined ? map : new Map(map).set(key, change(value));
}
