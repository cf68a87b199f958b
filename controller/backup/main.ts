/** `npm run backup [-- FILE]` and `npm run restore -- FILE`: the process edge of both. */
import { resolve } from 'node:path';
import { ConfigError, loadConfig } from '../config.ts';
import { messageOf } from '../errors.ts';
import { makeBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const usualName = (): string =>
  `offhook-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.tar.gz`;

const [command, given, ...rest] = process.argv.slice(2);
try {
  const { DATA_DIR, DATABASE_URL, OFFHOOK_SECRET_KEY } = loadConfig(process.env);
  const where = { dataDir: DATA_DIR, databaseUrl: DATABASE_URL, say };
  if (command === 'backup' && rest.length === 0) {
    const file = resolve(given ?? usualName());
    say(`Backing up ${DATA_DIR}`);
    await makeBackup({ ...where, file });
    process.stdout.write(`${file}\n`);
    say(
      OFFHOOK_SECRET_KEY === undefined
        ? 'It holds passwords and the key to them: keep it where nobody else can read it.'
        : 'Its passwords are encrypted with OFFHOOK_SECRET_KEY, which is not in it: keep that key too.',
    );
  } else if (command === 'restore' && given !== undefined && rest.length === 0) {
    say(`Restoring into ${DATA_DIR}`);
    const { madeAt } = await restoreBackup({ ...where, file: resolve(given) });
    say(`Restored the backup of ${madeAt}. Start with: npm start`);
  } else {
    say('usage: npm run backup [-- FILE]   or   npm run restore -- FILE');
    process.exitCode = 2;
  }
} catch (error) {
  say(error instanceof ConfigError ? error.message : `The ${command} failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
