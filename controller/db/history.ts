/**
 * Writes the call history behind the calls' backs: noting something costs a call no wait, also when the database is
 * away. One queue keeps the order: memory first, then files (`history-spill.ts`). Knows nothing of live calls.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TimelineEntry } from '../contract/call.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { toTimelineEntry } from './call-store.ts';
import type { Database } from './database.ts';
import { isRefusedValue } from './failure.ts';
import { type CallChange, callIdOf, type HistoryEntry, type NewCall, storable } from './history-entry.ts';
import { HistorySpill } from './history-spill.ts';
import { type Written, writeHistory } from './history-writer.ts';
import type { Announcement } from './webhook-outbox.ts';

export type { CallChange, NewCall } from './history-entry.ts';

const entriesPerBatch = 500;
/** What the calls of a busy second note goes in twenty transactions, not in one for each: they cost the thread that paces audio. */
const betweenBatchesMs = 50;
/** what an agent that goes on with a call after a restart may know of it */
const linesOfOpenCall = 200;
/** what waits for a slow or full disk at most */
const overflowEntries = 50_000;

type Options = {
  database: Database;
  /** of calls on a trunk that is not known */
  workspaceId: string;
  /** whose trunk it is */
  workspaceOf?: (trunkId: string) => string | undefined;
  dataDir: string;
  log: Logger;
  /** so many entries stay in memory, what is more goes to files */
  memoryEntries?: number;
};

export class CallHistory {
  /** called when something was written that webhooks are to be told */
  onTold: () => void = () => undefined;
  /** called when calls were charged to a wallet */
  onCharged: () => void = () => undefined;
  readonly #workspaceOf: (trunkId: string) => string | undefined;
  readonly #target: { database: Database; workspaceId: string };
  readonly #log: Logger;
  readonly #spill: HistorySpill;
  readonly #memoryEntries: number;
  readonly #closing = new AbortController();
  /** The queue is: `#memory`, then the files while `#onDisk`, then `#overflow` on its way into a file. */
  #memory: HistoryEntry[] = [];
  #overflow: HistoryEntry[] = [];
  #onDisk = true; // until the folder was looked at
  #appending: Promise<void> | null = null;
  /** the file that `#memory` was read from; removed when that is written */
  #file: string | null = null;
  #spilled = 0;
  #dropped = 0;
  #lastSerial = 0;
  #wake: () => void = () => {};
  #waiting: { serial: number; settle: () => void }[] = [];
  #replayed: () => void = () => {};
  readonly #replay = new Promise<void>((settle) => {
    this.#replayed = settle;
  });
  #life: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#target = { database: options.database, workspaceId: options.workspaceId };
    this.#workspaceOf = options.workspaceOf ?? (() => undefined);
    this.#log = options.log;
    this.#memoryEntries = options.memoryEntries ?? 50_000;
    this.#spill = new HistorySpill({ folder: join(options.dataDir, 'history') });
  }

  /** Begins to write, first what an earlier process left in files. */
  start(): void {
    this.#life = this.#live();
  }

  begin(call: NewCall): void {
    // now: the trunk may be gone when it is written
    const workspaceId = call.workspaceId ?? this.#workspaceOf(call.trunkId);
    const owned = { ...call, ...(workspaceId === undefined ? {} : { workspaceId }) };
    this.#note({ serial: this.#nextSerial(), kind: 'begin', call: storable(owned) });
  }

  event(callId: string, entry: TimelineEntry): void {
    this.#note({ serial: this.#nextSerial(), kind: 'event', callId, entry: storable(entry) });
  }

  change(callId: string, change: CallChange): void {
    this.#note({ serial: this.#nextSerial(), kind: 'change', callId, change: storable(change) });
  }

  /** Tells webhooks of something that is no call's. Goes the same safe way. */
  announce(announcement: Announcement): void {
    this.#note({ serial: this.#nextSerial(), kind: 'announcement', announcement: storable(announcement) });
  }

  /** Entries that are not in the database yet; what an earlier process left in files counts when it is read. */
  get pending(): number {
    return this.#memory.length + this.#overflow.length + this.#spilled;
  }

  /** Entries that were given up: the database refuses their values, or neither disk nor memory had room. Each is logged. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Calls that the history believes to stand, all that was noted before taken in. Waits for the database. */
  async openCalls(): Promise<OpenCall[]> {
    await this.#replay;
    await this.flush();
    const where = { endedAt: null };
    const rows = await this.#target.database.run((prisma) =>
      prisma.call.findMany({
        where,
        orderBy: { offeredAt: 'asc' },
        select: {
          id: true,
          channelId: true,
          offeredAt: true,
          answeredAt: true,
          agentId: true,
          agentName: true,
          isTest: true,
          events: { orderBy: { seq: 'desc' }, take: linesOfOpenCall },
        },
      }),
    );
    return rows.map(({ offeredAt, answeredAt, events, ...row }) => ({
      ...row,
      timeline: events.reverse().map(toTimelineEntry),
      offeredAt: offeredAt.toISOString(),
      answeredAt: answeredAt?.toISOString() ?? null,
    }));
  }

  /** Resolves when everything noted before is in the database, or after `timeoutMs`; says which. */
  async flush(timeoutMs?: number): Promise<boolean> {
    if (this.pending === 0 && !this.#onDisk) return true;
    const serial = this.#lastSerial;
    const written = new Promise<true>((settle) => {
      this.#waiting.push({ serial, settle: () => settle(true) });
    });
    if (timeoutMs === undefined) return await written;
    return await Promise.race([written, delay(timeoutMs, false as const, { ref: false })]);
  }

  /** Writes what can be written in that time and leaves the rest in files for the next process. */
  async close(timeoutMs = 5000): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (this.#target.database.readiness().ready) await this.flush(timeoutMs);
    this.#closing.abort();
    this.#wake();
    await Promise.race([this.#life, delay(1000, undefined, { ref: false })]);
    await this.#appending;
    const left = this.pending;
    // what was read from a file is still in it
    if (this.#file === null) this.#spill.putBack(this.#memory);
    await this.#spill.append(this.#overflow);
    if (left > 0) this.#log.warn({ entries: left }, 'call history left in files for the next start');
  }

  #nextSerial(): number {
    this.#lastSerial = Math.max(Date.now() * 1000, this.#lastSerial + 1);
    return this.#lastSerial;
  }

  #note(entry: HistoryEntry): void {
    if (this.#closing.signal.aborted) return this.#drop(entry, 'the history is closed');
    const straight = !this.#onDisk && this.#appending === null && this.#overflow.length === 0;
    if (straight && this.#memory.length < this.#memoryEntries) {
      this.#memory.push(entry);
      this.#wake();
      return;
    }
    if (this.#overflow.length >= overflowEntries)
      return this.#drop(entry, 'neither disk nor memory has room');
    this.#overflow.push(entry);
    this.#appending ??= this.#appendOverflow();
  }

  #drop(entry: HistoryEntry, reason: string, err?: unknown): void {
    this.#dropped += 1;
    // a full disk must not be filled with words about it
    if (err === undefined && this.#dropped % 1000 !== 1) return;
    this.#log.error({ callId: callIdOf(entry), kind: entry.kind, reason, err }, 'call history entry lost');
  }

  async #appendOverflow(): Promise<void> {
    this.#onDisk = true;
    await Promise.resolve(); // everything noted in this turn goes in one write
    while (this.#overflow.length > 0) {
      const entries = this.#overflow;
      this.#overflow = [];
      this.#spilled += entries.length;
      try {
        await this.#spill.append(entries);
      } catch (thrown) {
        this.#spilled -= entries.length;
        this.#overflow = [...entries, ...this.#overflow];
        this.#log.error({ err: thrown }, 'call history cannot be written to its files');
        break; // tried again with the next entry
      }
    }
    this.#appending = null;
    this.#wake();
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing;
    const closed = new Promise<void>((settle) => {
      signal.addEventListener('abort', () => settle(), { once: true });
    });
    let retryMs = 0;
    while (!signal.aborted) {
      try {
        if (this.#memory.length === 0) await this.#refill();
        else {
          const { database } = this.#target;
          // only when it is away: each race leaves a reaction with `closed` for as long as the process runs
          if (!database.readiness().ready) await Promise.race([database.whenReady(), closed]);
          if (!signal.aborted) await this.#writeFront();
          const isBehind = this.#memory.length >= entriesPerBatch || this.#waiting.length > 0;
          if (!isBehind) await delay(betweenBatchesMs, undefined, { signal }).catch(() => {});
        }
        retryMs = 0;
      } catch (thrown) {
        const isDown = thrown instanceof AppError && thrown.code === 'database-down';
        this.#log[isDown ? 'debug' : 'error'](
          { err: thrown },
          'call history not written, will be tried again',
        );
        retryMs = Math.min(Math.max(100, retryMs * 2), 10_000);
        await delay(retryMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Memory is empty: takes up the oldest file, or waits for something to do. */
  async #refill(): Promise<void> {
    if (this.#file !== null) {
      await this.#spill.remove(this.#file);
      this.#file = null;
    }
    if (this.#onDisk) {
      const oldest = await this.#spill.oldest();
      if (oldest !== null) {
        this.#file = oldest.name;
        this.#memory = oldest.entries;
        this.#spilled = Math.max(0, this.#spilled - oldest.entries.length);
        if (oldest.broken > 0) this.#log.warn({ lines: oldest.broken }, 'call history file had broken lines');
      } else if (this.#appending !== null) {
        await this.#appending;
      } else {
        this.#onDisk = false;
        this.#spilled = 0;
        this.#memory = this.#overflow.splice(0);
        this.#replayed();
      }
      return;
    }
    this.#settle(Number.POSITIVE_INFINITY);
    await new Promise<void>((settle) => {
      this.#wake = settle;
    });
  }

  async #writeFront(): Promise<void> {
    const batch = this.#memory.slice(0, entriesPerBatch);
    try {
      this.#wrote(await writeHistory(this.#target, batch));
    } catch (thrown) {
      if (!isRefusedValue(thrown)) throw thrown;
      await this.#writeOneByOne(batch);
    }
    this.#memory.splice(0, batch.length);
    this.#settle(batch.at(-1)?.serial ?? 0);
  }

  /** One value that the database refuses must not hold up all the others. */
  async #writeOneByOne(batch: readonly HistoryEntry[]): Promise<void> {
    const refused: { entry: HistoryEntry; thrown: unknown }[] = [];
    for (const entry of batch) {
      try {
        this.#wrote(await writeHistory(this.#target, [entry]));
      } catch (thrown) {
        if (!isRefusedValue(thrown)) throw thrown;
        refused.push({ entry, thrown });
      }
    }
    for (const { entry, thrown } of refused) this.#drop(entry, messageOf(thrown), thrown);
  }

  #wrote({ told, charged }: Written): void {
    if (told > 0) this.onTold();
    if (charged > 0) this.onCharged();
  }

  #settle(writtenSerial: number): void {
    const done = this.#waiting.filter(({ serial }) => serial <= writtenSerial);
    this.#waiting = this.#waiting.filter(({ serial }) => serial > writtenSerial);
    for (const { settle } of done) settle();
  }
}

export type OpenCall = Pick<
  NewCall,
  'id' | 'channelId' | 'offeredAt' | 'answeredAt' | 'agentId' | 'agentName' | 'isTest'
> & { timeline: TimelineEntry[] };
