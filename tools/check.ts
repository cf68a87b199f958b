/** `npm run check`: types, lint, format, migrations, unit tests. Needs no switch. */
import { runChecks, runVitest, sum } from './steps.ts';

const score = sum([await runChecks(), await runVitest('unit', process.argv.slice(2))]);
console.log(`${score.passed} passed, ${score.failed} failed, ${score.skipped} skipped`);
process.exitCode = score.failed === 0 ? 0 : 1;
