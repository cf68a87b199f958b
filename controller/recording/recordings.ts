/**
 * The recordings of this node: begins and ends them, keeps them within their age and their room, and says when it cannot.
 * A recording is a file named after its call; its row in the database follows the file, so that neither a database that is
 * away nor a killed process loses one. It never throws into a call.
 */
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../contract/texts/sentence.ts';
import { recordingTrouble } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CallRecorder } from './call-recorder.ts';
import { RecordingFile } from './recording-file.ts';
import { bytesPerSecond, headerBytes, type RecordingRate, rateOfHeader } from './wav.ts';

export type RecordingFacts = {
  callId: string;
  file: string;
  bytes: number;
  seconds: number;
  createdAt: Date;
};

/** Where the rows are. */
export type RecordingRows = {
  /** whose call it is; null: the call has no row yet, or not any more */
  put(facts: RecordingFacts): Promise<string | null>;
  remove(callIds: readonly string[]): Promise<void>;
  callIds(): Promise<string[]>;
  /** those that their workspace does not want any longer */
  expired(now: Date): Promise<string[]>;
};

export type RecordingsOptions = {
  folder: string;
  rows: RecordingRows;
  /** 0 keeps them for ever */
  days: number;
  bytes: number;
  /** this much of the disk is the database's and the history's */
  keepFreeBytes: number;
  /** a recording is complete and can be fetched */
  onReady: (facts: RecordingFacts & { workspaceId: string }) => void;
  log: Logger;
};

/** A call's file, and how much audio is in it. */
export type FoundRecording = { path: string; audioBytes: number; rate: RecordingRate; live: boolean };

/** What a call holds while it is recorded. */
export type LiveRecording = { recorder: CallRecorder; stop: () => Promise<void> };

const suffix = '.wav';
const callIdPattern = /^[0-9a-z-]{1,64}$/i;
const tidyEveryMs = 60_000;

export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #live = new Map<string, CallRecorder>();
  #problem: string | null = null;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #tidying: Promise<void> = Promise.resolve();

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    void this.tidy();
    this.#timer = setInterval(() => void this.tidy(), tidyEveryMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    // the calls go on without us, and the next controller goes on in their files
    await Promise.all([...this.#live.values()].map((recorder) => recorder.stop()));
    await this.#tidying;
  }

  /** Why nothing is recorded at the moment; null when all is well. */
  get problem(): string | null {
    return this.#problem;
  }

  get live(): number {
    return this.#live.size;
  }

  /** what holds for all recordings of this node */
  get limits(): { days: number | null; bytes: number } {
    const { days, bytes } = this.#options;
    return { days: days === 0 ? null : days, bytes };
  }

  /** bytes of all recordings, as of the last look */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Begins to record a call, or goes on after a restart. `onFailed` is told once when it cannot begin, or cannot go on:
   * what was recorded until then stays.
   */
  begin(callId: string, onFailed: (reason: string) => void): LiveRecording | null {
    if (this.#problem !== null) {
      onFailed(this.#problem);
      return null;
    }
    const failed = (reason: string): void => {
      this.#problem = reason;
      this.#options.log.error({ callId, reason }, 'a recording could not go on');
      onFailed(reason);
    };
    const file = new RecordingFile({
      path: this.#path(callId),
      nowMs: Date.now(),
      onError: (error) => failed(say(recordingTrouble.notWritten, { said: error.message })),
    });
    const recorder = new CallRecorder({ file });
    this.#live.set(callId, recorder);
    return {
      recorder,
      stop: async () => {
        if (!this.#live.has(callId)) return;
        try {
          await recorder.stop();
          this.#live.delete(callId);
          await this.#finished(callId);
        } catch (error) {
          this.#live.delete(callId);
          this.#options.log.error({ callId, reason: messageOf(error) }, 'a recording could not be ended');
        }
      },
    };
  }

  /** Null when there is none. */
  async find(callId: string): Promise<FoundRecording | null> {
    if (!callIdPattern.test(callId)) return null;
    const path = this.#path(callId);
    const file = await open(path).catch(() => null);
    if (file === null) return null;
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size <= headerBytes) return null;
      const { buffer } = await file.read(new Uint8Array(headerBytes), 0, headerBytes, 0);
      const rate = rateOfHeader(buffer);
      return { path, audioBytes: found.size - headerBytes, rate, live: this.#live.has(callId) };
    } finally {
      await file.close();
    }
  }

  /** False when there was none. One that is being made cannot be removed. */
  async remove(callId: string): Promise<boolean> {
    if ((await this.find(callId)) === null || this.#live.has(callId)) return false;
    await rm(this.#path(callId), { force: true });
    await this.#options.rows.remove([callId]);
    return true;
  }

  /** Removes what is too old or too much, looks whether there is room, and lets the rows follow the files. */
  tidy(): Promise<void> {
    this.#tidying = this.#tidying.then(() =>
      this.#tidy().catch((error: unknown) =>
        this.#options.log.warn({ reason: messageOf(error) }, 'the recordings could not be tidied'),
      ),
    );
    return this.#tidying;
  }

  async #tidy(): Promise<void> {
    const { folder, days, bytes, keepFreeBytes, rows, log } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let files = (await this.#files()).sort((a, b) => a.endedAtMs - b.endedAtMs);
    const tooOldMs = days === 0 ? 0 : Date.now() - days * 86_400_000;
    // without the database nobody knows what a workspace wants: at the next look, then
    const expired = new Set(await rows.expired(new Date()).catch(() => []));
    let total = files.reduce((sum, file) => sum + file.size, 0);
    const gone = new Set<string>();
    for (const file of files) {
      if (this.#live.has(file.callId)) continue;
      if (file.endedAtMs >= tooOldMs && total <= bytes && !expired.has(file.callId)) continue;
      await rm(this.#path(file.callId), { force: true });
      gone.add(file.callId);
      total -= file.size;
    }
    if (gone.size > 0) log.info({ recordings: gone.size }, 'old recordings removed');
    files = files.filter(({ callId }) => !gone.has(callId));
    this.#bytes = total;
    const { bavail, bsize } = await statfs(folder);
    this.#problem =
      bavail * bsize <= keepFreeBytes
        ? 'calls are not recorded: the disk is full'
        : total > bytes
          ? 'calls are not recorded: the room for recordings is used up by calls that stand'
          : null;

    // the database says by itself that it is away, as it is while it starts: rows and files meet at the next look
    const inRows = await rows.callIds().catch((error: unknown) => {
      log.debug({ reason: messageOf(error) }, 'the recordings’ rows could not be read');
      return null;
    });
    if (inRows === null) return;
    const known = new Set(inRows);
    for (const file of files) {
      if (known.has(file.callId) || this.#live.has(file.callId)) continue;
      // of a controller that was killed, or while the database was away
      if (await this.#put(file.callId)) log.info({ callId: file.callId }, 'a recording was found again');
    }
    const there = new Set(files.map(({ callId }) => callId));
    const missing = [...known].filter((callId) => !there.has(callId));
    if (missing.length > 0) await rows.remove(missing);
  }

  async #finished(callId: string): Promise<void> {
    try {
      if (await this.#put(callId)) return;
    } catch (error) {
      this.#options.log.warn({ callId, reason: messageOf(error) }, 'the recording’s row is written later');
      return;
    }
    this.#options.log.info({ callId }, 'the recording’s row is written when its call has one');
  }

  async #put(callId: string): Promise<boolean> {
    const found = await this.find(callId);
    if (found === null) return false;
    const { birthtime } = await stat(found.path);
    const facts: RecordingFacts = {
      callId,
      file: `${callId}${suffix}`,
      bytes: found.audioBytes + headerBytes,
      seconds: found.audioBytes / bytesPerSecond(found.rate),
      createdAt: birthtime,
    };
    const workspaceId = await this.#options.rows.put(facts);
    if (workspaceId === null) return false;
    this.#options.onReady({ ...facts, workspaceId });
    return true;
  }

  async #files(): Promise<{ callId: string; size: number; endedAtMs: number }[]> {
    const names = (await readdir(this.#options.folder)).filter((name) => name.endsWith(suffix));
    const files = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(this.#options.folder, name)).catch(() => null);
        return found?.isFile()
          ? { callId: name.slice(0, -suffix.length), size: found.size, endedAtMs: found.mtimeMs }
          : null;
      }),
    );
    return files.filter((file) => file !== null);
  }

  #path(callId: string): string {
    return join(this.#options.folder, `${callId}${suffix}`);
  }
}
