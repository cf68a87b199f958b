/**
 * History entries on disk, for a database that stays away longer than memory lasts. Files are named after their first
 * serial, so that their names sort as their entries do. Knows no database.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Turns } from '../turns.ts';
import type { HistoryEntry } from './history-entry.ts';

const entriesPerFile = 2000;
const nameOf = (serial: number): string => `${String(serial).padStart(17, '0')}.jsonl`;
const lines = (entries: readonly HistoryEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

export class HistorySpill {
  readonly #folder: string;
  /** so that nothing is added to a file while it is read for the last time */
  readonly #turns = new Turns();
  #open: { name: string; entries: number } | null = null;

  constructor(options: { folder: string }) {
    this.#folder = options.folder;
  }

  /** The oldest file's entries; null when there is none. Lines that a crash cut off are counted and left out. */
  oldest(): Promise<{ name: string; entries: HistoryEntry[]; broken: number } | null> {
    return this.#turns.take(() => this.#read());
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }

  /** Behind everything that is there. */
  append(entries: readonly HistoryEntry[]): Promise<void> {
    return this.#turns.take(() => this.#append(entries));
  }

  async #read() {
    const name = (await this.#names())[0];
    if (name === undefined) return null;
    if (this.#open?.name === name) this.#open = null; // what comes later goes to a new file
    const entries: HistoryEntry[] = [];
    let broken = 0;
    for (const line of (await readFile(join(this.#folder, name), 'utf8')).split('\n')) {
      if (line === '') continue;
      try {
        entries.push(JSON.parse(line) as HistoryEntry);
      } catch {
        broken += 1;
      }
    }
    return { name, entries, broken };
  }

  async #append(entries: readonly HistoryEntry[]): Promise<void> {
    const first = entries[0];
    if (first === undefined) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const open = this.#open ?? { name: nameOf(first.serial), entries: 0 };
    // the empty line: a write that failed half-way must not spoil the next one's first entry
    await appendFile(join(this.#folder, open.name), `\n${lines(entries)}`, { mode: 0o600 });
    open.entries += entries.length;
    this.#open = open.entries < entriesPerFile ? open : null;
  }

  /** At the end of the process: entries that are older than all that is there. Waits for the disk. */
  putBack(entries: readonly HistoryEntry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, nameOf(first.serial)), lines(entries), { mode: 0o600, flush: true });
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => name.endsWith('.jsonl')).sort();
  }
}
