/** `npm run stop`: ends the switch that this data folder's controller started, with its calls and registrations. */
import { stopAsterisk } from './asterisk/launch.ts';
import { ConfigError, loadConfig } from './config.ts';
import { messageOf } from './errors.ts';
import { stopFreeswitch } from './freeswitch/launch.ts';
import { switchFolder } from './own-switch.ts';

try {
  const { DATA_DIR } = loadConfig(process.env);
  await stopFreeswitch(switchFolder(DATA_DIR, 'freeswitch'));
  await stopAsterisk(switchFolder(DATA_DIR, 'asterisk'));
  process.stdout.write(`The switch of ${DATA_DIR} is stopped.\n`);
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `The switch could not be stopped: ${messageOf(error)}`}\n`,
  );
  process.exitCode = 1;
}
