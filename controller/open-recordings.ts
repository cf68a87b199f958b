/** Builds what keeps the recordings: within the limits of the installation, and told to webhooks. Starts nothing. */
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { CallHistory } from './db/history.ts';
import { RecordingStore } from './db/recording-store.ts';
import type { Logger } from './log.ts';
import { Recordings } from './recording/recordings.ts';

export const openRecordings = (options: {
  config: Config;
  dataDir: string;
  database: Database;
  history: Pick<CallHistory, 'announce'>;
  log: Logger;
}): Recordings => {
  const { config, dataDir, database, history, log } = options;
  return new Recordings({
    folder: join(dataDir, 'recordings'),
    rows: new RecordingStore({ database }),
    days: config.RECORDING_DAYS,
    bytes: config.RECORDING_MEGABYTES * 1_000_000,
    keepFreeBytes: config.RECORDING_KEEP_FREE_MEGABYTES * 1_000_000,
    onReady: ({ workspaceId, callId, seconds, bytes, createdAt }) =>
      history.announce({
        id: `recording.ready:${callId}`,
        workspaceId,
        type: 'recording.ready',
        at: new Date().toISOString(),
        callId,
        data: { recording: { callId, seconds, bytes, createdAt: createdAt.toISOString() } },
      }),
    log,
  });
};
