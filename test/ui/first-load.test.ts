/** What a browser has to load before the first screen: held small, so that the UI is there at once over any link. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { repositoryPath } from '../../controller/paths.ts';
import { ensureUi } from '../../tools/ui-build.mjs';

const mostBytes = 250_000;

const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().default(false),
    imports: z.array(z.string()).default([]),
  }),
);

beforeAll(async () => {
  await ensureUi({ log: console.log });
});

test('the first load of JavaScript is under 250 kB, compressed with gzip', async () => {
  const folder = repositoryPath('dist/ui');
  const manifest = Manifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const needed = new Set<string>();
  const need = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined || needed.has(chunk.file)) return;
    needed.add(chunk.file);
    chunk.imports.forEach(need);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) need(key);
  const sizes = await Promise.all(
    [...needed].map(async (file) => (await stat(join(folder, `${file}.gz`))).size),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(mostBytes);
});
