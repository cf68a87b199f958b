/** The demo as its users run it, on each switch: one JSON line at the end that says who reached whom. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../controller/paths.ts';
import { switchesUnderTest } from './kit/switches.ts';

const runDemo = (kind: string, args: string[]): Promise<{ code: number; lines: string[]; story: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['tools/run.mjs', 'demo', '--once', '--json', ...args],
      { cwd: repositoryRoot, env: { ...process.env, SWITCH: kind }, maxBuffer: 10_000_000 },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, lines: stdout.trim().split('\n'), story: stderr });
      },
    );
  });

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run

  test(`${kind}: a spoken request reaches the right phone`, { timeout: 180_000 }, async () => {
    const { code, lines, story } = await runDemo(kind, []);
    const result: unknown = JSON.parse(lines.at(-1) ?? '');
    expect(result, story).toMatchObject({
      switch: kind,
      registered: true,
      answered: true,
      heard: expect.stringContaining('billing'),
      transfer: { to: '215', result: 'transferred' },
      callerHeardTarget: true,
      targetHeardCaller: true,
    });
    expect(code).toBe(0);
  });
}

test('a request that leads to somebody else ends with the reason and exit code 1', {
  timeout: 180_000,
}, async () => {
  const { code, lines } = await runDemo('asterisk', ['--say', 'reception please']);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ reason: 'the caller reached 100, and not 215' });
  expect(code).toBe(1);
});
