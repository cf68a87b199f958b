import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, Environment, loadConfig } from './config.ts';
import { repositoryPath } from './paths.ts';

test('an empty environment gives a configuration that starts by itself', () => {
  const config = loadConfig({});
  expect(config.DATABASE_URL).toBeUndefined();
  expect(config.HTTP_PORT).toBe(8080);
  expect(config.SIP_ADDRESS).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});

test('every fault is named at once', () => {
  expect.assertions(5);
  try {
    loadConfig({
      HTTP_PORT: '99999',
      SWITCH: 'kamailio',
      DATABASE_URL: 'mysql://x',
      HTTP_TRUSTED_PROXIES: 'all',
    });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    for (const name of ['HTTP_PORT', 'SWITCH', 'DATABASE_URL', 'HTTP_TRUSTED_PROXIES'])
      expect(String(error)).toContain(name);
  }
});

test('a secret comes from a file without its line break, and a missing file is named', () => {
  const dir = mkdtempSync(join(tmpdir(), 'offhook-config-'));
  writeFileSync(join(dir, 'url'), 'postgresql://db/app\n');
  expect(loadConfig({ DATABASE_URL_FILE: join(dir, 'url') }).DATABASE_URL).toBe('postgresql://db/app');
  expect(() => loadConfig({ DATABASE_URL_FILE: join(dir, 'none') })).toThrow(/DATABASE_URL_FILE/);
  rmSync(dir, { recursive: true });
});

test('an empty variable is an unset one', () => {
  expect(loadConfig({ SWITCH: '', HTTP_PORT: '', DATABASE_URL: '' }).SWITCH).toBeUndefined();
});

test('.env.example names every variable and no other', () => {
  const named = [...readFileSync(repositoryPath('.env.example'), 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)].map(
    (match) => match[1],
  );
  expect(new Set(named)).toEqual(new Set(Object.keys(Environment.shape)));
});
