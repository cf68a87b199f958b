/**
 * `npm run bench -- <name> [--json]`: measures, mostly on real SIP calls through the real switch. With `--json` the last line of
 * stdout is one JSON object.
 */
import { parseArgs } from 'node:util';
import { chooseSwitchKind } from '../../controller/choose-switch.ts';
import { benchCall } from './call.ts';
import { benchResample } from './resample.ts';
import { benchResolver } from './resolver.ts';

const benches: Record<
  string,
  (options: { kind: 'freeswitch' | 'asterisk'; tell: (line: string) => void }) => Promise<object>
> = {
  call: benchCall,
  resolver: benchResolver,
  resample: benchResample,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const bench = benches[positionals[0] ?? ''];
if (!bench) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')} [--json]\n`);
  process.exit(2);
}
const tell = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const result = await bench({ kind: chooseSwitchKind(process.env['SWITCH']), tell });
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
