/** The process edge: environment in, signals in, exit code out. Everything else is in `app.ts`. */
import { startApp } from './app.ts';
import { refuseUnfinishedRestore } from './backup/unfinished.ts';
import { ConfigError, loadConfig } from './config.ts';
import { messageOf } from './errors.ts';
import { createLog } from './log.ts';

/** How long an orderly end may take before the process ends anyway. */
const hardStopMs = 10_000;

const run = async (): Promise<void> => {
  const config = loadConfig(process.env);
  refuseUnfinishedRestore(config.DATA_DIR);
  const log = createLog({
    level: config.LOG_LEVEL,
    pretty: process.stdout.isTTY,
    hidePersonalData: config.LOG_HIDE_PERSONAL_DATA,
  });
  // an unknown error is a bug: better a restart, with every call and registration standing in the switch, than half a process
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  process.on('unhandledRejection', (reason) => {
    log.fatal({ err: reason }, 'unhandled rejection');
    process.exit(1);
  });

  const starting = new AbortController();
  let stopping = false;
  let stop: (() => Promise<void>) | null = null;
  const end = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping; calls and registrations stay in the switch');
    starting.abort();
    setTimeout(() => {
      log.error('the orderly stop took too long');
      process.exit(1);
    }, hardStopMs).unref();
    void (stop?.() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the orderly stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);

  const app = await startApp({ config, log });
  stop = app.stop;
  if (starting.signal.aborted) await app.stop();
};

run().catch((error: unknown) => {
  process.stderr.write(
    error instanceof ConfigError ? `${error.message}\n` : `Offhook could not start: ${messageOf(error)}\n`,
  );
  process.exit(1);
});
