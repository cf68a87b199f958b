/**
 * `npm run bench -- <name> [--json]`: measures, mostly on real SIP calls through the real switch. With `--json` the last line of
 * stdout is one JSON object.
 */
import { parseArgs } from 'node:util';
import { chooseSwitchKind } from '../../controller/choose-switch.ts';
import { benchApi } from './api.ts';
import { benchCall } from './call.ts';
import { benchConfig } from './config.ts';
import { benchDirectory } from './directory.ts';
import { benchMedia } from './media.ts';
import { benchResample } from './resample.ts';
import { benchResolver } from './resolver.ts';
import { benchSetup } from './setup.ts';
import { benchSoak } from './soak.ts';
import type { BenchOptions } from './stage.ts';
import { benchUi } from './ui.ts';

const benches: Record<string, (options: BenchOptions) => Promise<object>> = {
  api: benchApi,
  call: benchCall,
  config: benchConfig,
  directory: benchDirectory,
  resolver: benchResolver,
  resample: benchResample,
  media: benchMedia,
  setup: benchSetup,
  soak: benchSoak,
  ui: benchUi,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    calls: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    rate: { type: 'string' },
    profile: { type: 'string' },
    /** freeswitch or asterisk; else what SWITCH in the environment says */
    switch: { type: 'string' },
  },
});
const bench = benches[positionals[0] ?? ''];
if (!bench) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(benches).join('|')} [--switch asterisk] [--json]\n`,
  );
  process.exit(2);
}
const tell = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const number: BenchOptions['number'] = (name, ordinary) => {
  const given = values[name];
  if (given === undefined) return ordinary;
  const value = Number(given);
  if (!(value > 0)) {
    process.stderr.write(`--${name} is a number above 0\n`);
    process.exit(2);
  }
  return value;
};
const result = await bench({
  kind: chooseSwitchKind(values.switch ?? process.env['SWITCH']),
  tell,
  number,
  ...(values.profile === undefined ? {} : { profile: values.profile }),
});
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit();
