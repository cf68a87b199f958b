import { afterEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../log.ts';
import { WorkerLink, WorkerLostError } from './worker-link.ts';

const links: WorkerLink<string, string>[] = [];
const link = (idleMs: number | null = null): WorkerLink<string, string> => {
  const module = new URL('./test-worker.ts', import.meta.url);
  const made = new WorkerLink<string, string>({ module, settings: 'given', idleMs, log: silentLog() });
  links.push(made);
  return made;
};
afterEach(async () => {
  for (const made of links.splice(0)) await made.stop();
});

test('requests are answered, each with its own answer, and settings arrive', async () => {
  const worker = link();
  expect(await Promise.all(['a', 'b', 'settings'].map((request) => worker.ask(request)))).toEqual([
    'a',
    'b',
    'given',
  ]);
});

test('a request that fails fails alone', async () => {
  const worker = link();
  const [failed, answered] = await Promise.allSettled([worker.ask('fail'), worker.ask('a')]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'as asked' } });
  expect(answered).toMatchObject({ status: 'fulfilled', value: 'a' });
});

test('a thread that ends takes what it was asked with it, and the next request has a new one', async () => {
  const worker = link();
  const first = await worker.ask('thread');
  const lost = await Promise.allSettled([worker.ask('end'), worker.ask('a')]);
  for (const one of lost)
    expect(one).toMatchObject({ status: 'rejected', reason: expect.any(WorkerLostError) });
  expect(await worker.ask('thread')).not.toBe(first);
});

test('a thread with nothing to do is let go', async () => {
  const worker = link(30);
  const first = await worker.ask('thread');
  await vi.waitFor(async () => {
    // asking puts the end off
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await worker.ask('thread')).not.toBe(first);
  });
});

test('after the stop nothing is asked', async () => {
  const worker = link();
  await worker.ask('a');
  const pending = worker.ask('b');
  await Promise.all([expect(pending).rejects.toBeInstanceOf(WorkerLostError), worker.stop()]);
  await expect(worker.ask('c')).rejects.toBeInstanceOf(WorkerLostError);
});
