import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DetachedError, findDetached, isAlive, startDetached, stopDetached } from './detached.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-detached-'));
});
afterEach(async () => {
  await stopDetached(join(dir, 'pid'), 1000);
  await rm(dir, { recursive: true, force: true });
});

const program = (script: string, timeoutMs = 10_000) => ({
  command: process.execPath,
  args: ['-e', script],
  cwd: dir,
  logFile: join(dir, 'log'),
  pidFile: join(dir, 'pid'),
  isReady: () => Promise.resolve(existsSync(join(dir, 'ready'))),
  timeoutMs,
});
const ready = "require('fs').writeFileSync('ready','');setInterval(()=>0,1e6);";

describe('a detached program', () => {
  it('is found again by its file and ended', async () => {
    const mark = await startDetached(program(ready));
    expect(await findDetached(join(dir, 'pid'))).toEqual(mark);
    await stopDetached(join(dir, 'pid'), 5000);
    expect(await isAlive(mark)).toBe(false);
    expect(existsSync(join(dir, 'pid'))).toBe(false);
  });

  it('is killed when it does not listen', async () => {
    const mark = await startDetached(program(`process.on('SIGTERM',()=>0);${ready}`));
    await stopDetached(join(dir, 'pid'), 100);
    expect(await isAlive(mark)).toBe(false);
  });

  it('that ends while starting is an error with its last words', async () => {
    const failure = await startDetached(program("console.error('no such option');process.exit(3)")).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(DetachedError);
    expect(String(failure)).toMatch(/ended with 3[\s\S]*no such option/);
    expect(existsSync(join(dir, 'pid'))).toBe(false);
  });

  it('that never gets ready is ended', async () => {
    await expect(
      startDetached(
        program("require('fs').writeFileSync('me',String(process.pid));setInterval(()=>0,1e6)", 1500),
      ),
    ).rejects.toThrow(/not ready/);
    const pid = Number(await readFile(join(dir, 'me'), 'utf8'));
    // killed, it keeps its number until this process has taken note of its end
    await vi.waitFor(async () => expect(await isAlive({ pid, startTicks: '' })).toBe(false));
  });

  it('that does not exist is an error', async () => {
    await expect(startDetached({ ...program(''), command: join(dir, 'nothing') })).rejects.toThrow(/ENOENT/);
  });

  it('is not mistaken for another process with its number', async () => {
    await writeFile(join(dir, 'other'), `${process.pid} 1\n`);
    expect(await findDetached(join(dir, 'other'))).toBeNull();
    for (const text of ['', '-1 5\n', '0 0\n', '1 1\n', 'abc\n', `${process.pid}`]) {
      await writeFile(join(dir, 'other'), text);
      expect(await findDetached(join(dir, 'other'))).toBeNull();
    }
  });
});
