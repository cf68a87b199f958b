/** The rows of recordings: which call has one, how long and how large. The files are `recording/recordings.ts`'s. */
import type { RecordingFacts, RecordingRows } from '../recording/recordings.ts';
import type { Database } from './database.ts';

export class RecordingStore implements RecordingRows {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  async put({ callId, file, bytes, seconds, createdAt }: RecordingFacts): Promise<string | null> {
    return this.#database.run(async (prisma) => {
      const call = await prisma.call.findUnique({ where: { id: callId }, select: { workspaceId: true } });
      if (call === null) return null;
      const row = { file, bytes: BigInt(bytes), seconds, createdAt };
      await prisma.recording.upsert({ where: { callId }, create: { callId, ...row }, update: row });
      return call.workspaceId;
    });
  }

  async remove(callIds: readonly string[]): Promise<void> {
    await this.#database.run((prisma) =>
      prisma.recording.deleteMany({ where: { callId: { in: [...callIds] } } }),
    );
  }

  async callIds(): Promise<string[]> {
    const rows = await this.#database.run((prisma) =>
      prisma.recording.findMany({ select: { callId: true } }),
    );
    return rows.map(({ callId }) => callId);
  }

  async expired(now: Date): Promise<string[]> {
    const rows = await this.#database.run(
      (prisma) => prisma.$queryRaw<{ call_id: string }[]>`
        SELECT recording.call_id FROM workspace
        JOIN call ON call.workspace_id = workspace.id JOIN recording ON recording.call_id = call.id
        WHERE recording.created_at < ${now}::timestamptz - make_interval(days => workspace.recording_days)`,
    );
    return rows.map(({ call_id }) => call_id);
  }
}
