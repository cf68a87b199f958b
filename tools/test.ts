/**
 * `npm test`: everything that `check` does, then the tests on real switches, phones, databases and browsers. The last
 * line says which switches ran; a missing FreeSWITCH is said there, never passed over.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreeswitch } from '../controller/freeswitch/find.ts';
import { repositoryRoot } from '../controller/paths.ts';
import { runChecks, runVitest, sum } from './steps.ts';

const filters = process.argv.slice(2);
const score = sum([
  ...(filters.length === 0 ? [await runChecks()] : []),
  ...(filters.length === 0 ? [await runVitest('unit')] : []),
  // both wait most of the time: beside each other they use a fraction of two cores, and half an hour is enough for all
  ...(await Promise.all([runVitest('system', filters), runVitest('stories', filters)])),
]);
if (score.passed + score.failed + score.skipped === 0) {
  console.error(`no test fits ${filters.join(' ')}`);
  score.failed = 1;
}
const line = `${score.passed} passed, ${score.failed} failed, ${score.skipped} skipped`;
mkdirSync(join(repositoryRoot, 'test-output'), { recursive: true });
writeFileSync(join(repositoryRoot, 'test-output', 'summary.txt'), `${line}\n`);
console.log(line);
const freeswitch = findFreeswitch();
console.log(
  freeswitch
    ? `Switches that ran: Asterisk and FreeSWITCH (${freeswitch.program})`
    : 'Switches that ran: Asterisk only. FreeSWITCH is NOT INSTALLED here (not on PATH, FREESWITCH_HOME not set): nothing about it was tested.',
);
process.exitCode = score.failed === 0 ? 0 : 1;
