import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LiveFiles } from './live-files.ts';

let dir: string;
let live: LiveFiles;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-live-'));
  live = new LiveFiles({ dir });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const files = (text: string) => new Map([['gateways.xml', text]]);
const text = (): Promise<string> => readFile(join(dir, 'live', 'gateways.xml'), 'utf8');

test('files are swapped in as a whole, and the ones before come back', async () => {
  expect(await live.read()).toBeNull();
  await live.swapIn(files('one'));
  const { back } = await live.swapIn(files('two'));
  expect(await text()).toBe('two');
  await back();
  expect(await text()).toBe('one');
  expect(await live.read()).toMatchObject({ faults: [], files: files('one') });
  const first = await mkdtemp(join(tmpdir(), 'oh-live-'));
  const undone = await new LiveFiles({ dir: first }).swapIn(files('one'));
  await undone.back();
  expect(await readdir(first)).toEqual([]);
  await rm(first, { recursive: true });
});

test('two folders stay: what is live, and what was before it', async () => {
  await writeFile(join(dir, 'trunk-of-an-older-version.xml'), '<gateway/>');
  for (let n = 0; n < 5; n += 1) await live.swapIn(files(String(n)));
  expect((await readdir(dir)).sort()).toEqual(['live', 'v-4', 'v-5']);
  expect(await readlink(join(dir, 'live'))).toBe('v-5');
  const later = new LiveFiles({ dir });
  await later.read();
  expect((await later.swapIn(files('x'))).version).toBe(6);
});

test.each<[string, (live: string) => Promise<unknown>, RegExp]>([
  ['edited', (live) => writeFile(join(live, 'gateways.xml'), 'edited'), /gateways\.xml was changed/],
  ['deleted', (live) => rm(join(live, 'gateways.xml')), /gateways\.xml is missing/],
  ['added', (live) => writeFile(join(live, 'more.xml'), ''), /more\.xml does not belong/],
  ['its manifest gone', (live) => rm(join(live, 'manifest.json')), /manifest\.json is missing/],
  [
    'its manifest broken',
    (live) => writeFile(join(live, 'manifest.json'), '{}'),
    /manifest\.json is missing/,
  ],
  ['its link gone', () => rm(join(dir, 'live')), /link `live` is missing/],
])('drift is told: a file %s', async (_name, change, words) => {
  await live.swapIn(files('one'));
  await change(join(dir, 'live'));
  const found = await new LiveFiles({ dir }).read();
  expect(found?.faults.join('; ')).toMatch(words);
});

test('a full disk is said in words, and the old files stay', async () => {
  await live.swapIn(files('one'));
  // the next folder is there already, with a file in it that is always full
  await mkdir(join(dir, 'v-2'));
  await symlink('/dev/full', join(dir, 'v-2', 'gateways.xml'));
  await expect(live.swapIn(files('two'))).rejects.toThrow('could not be written: the disk is full');
  expect(await text()).toBe('one');
  expect(await live.read()).toMatchObject({ faults: [] });
  await live.swapIn(files('three'));
  expect(await text()).toBe('three');
});
