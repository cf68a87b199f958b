import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from './file-lock.mjs';

let folder = '';
let lock = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oh-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const never = (): boolean => false;

describe('a lock', () => {
  it('is held by one at a time, and the others are told that they wait', async () => {
    const order: string[] = [];
    const first = await takeLock(lock, never, () => order.push('first waits'));
    const second = takeLock(lock, never, () => order.push('second waits')).then(async (release) => {
      order.push('second');
      await release?.();
    });
    await expect.poll(() => order).toEqual(['second waits']);
    order.push('first done');
    await first?.();
    await second;
    expect(order).toEqual(['second waits', 'first done', 'second']);
    expect(existsSync(lock)).toBe(false);
  });

  it('is not needed once the work is done', async () => {
    await writeFile(lock, '');
    let isDone = false;
    const waiting = takeLock(
      lock,
      () => isDone,
      () => {
        isDone = true;
      },
    );
    expect(await waiting).toBeNull();
    expect(existsSync(lock)).toBe(true);
  });

  it('of a process that has gone, or that has not been fresh for long, is taken', async () => {
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 - 3, host: hostname() }));
    await (await takeLock(lock, never, () => expect.unreachable()))?.();
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: 'another' }));
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await (await takeLock(lock, never, () => expect.unreachable()))?.();
  });
});
