/**
 * `npm run screenshots`: runs the browser stories and leaves pictures of every screen, light, dark and as a phone shows
 * it; the last line is where they are. Filters as with `npm test`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../controller/paths.ts';
import { runVitest } from './steps.ts';

const folder = join(repositoryRoot, 'test-output', 'screenshots');
const filters = process.argv.slice(2);
if (filters.length === 0) rmSync(folder, { recursive: true, force: true });
process.env['SCREENSHOTS'] = '1';
const { failed } = await runVitest('stories', filters.length === 0 ? ['test/ui'] : filters);
console.log(folder);
process.exitCode = failed === 0 ? 0 : 1;
