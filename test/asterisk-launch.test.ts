/** Our own Asterisk as a process: started once, found again, started anew when it has to be, and ended. */

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AsteriskSwitch } from '../controller/asterisk/asterisk-switch.ts';
import { type AsteriskLaunch, startAsterisk, stopAsterisk } from '../controller/asterisk/launch.ts';
import { silentLog } from '../controller/log.ts';
import { ensureDebianTree } from '../tools/debian-packages.mjs';
import { freePort } from './kit/ports.ts';
import { SwitchEvents } from './kit/switch-events.ts';

let dir = '';
let options: AsteriskLaunch;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-launch-'));
  options = { dir, tree: await ensureDebianTree(), log: silentLog() };
});
afterAll(async () => {
  await stopAsterisk(dir);
  await rm(dir, { recursive: true, force: true });
});

test('an instance is started, found again as it is, and keeps its ports and passwords over a restart', async () => {
  const first = await startAsterisk(options);
  expect(first.found).toBe(false);
  expect(await readFile(join(dir, 'log/messages'), 'utf8')).not.toMatch(/ERROR|WARNING/);
  const again = await startAsterisk(options);
  expect(again).toEqual({ ...first, found: true });
  for (const name of ['secrets.json', 'instance.json', 'etc/ari.conf', 'etc/manager.conf'])
    expect((await stat(join(dir, name))).mode & 0o077).toBe(0);
  await stopAsterisk(dir);
  const next = await startAsterisk(options);
  expect(next).toEqual({ ...first, pid: next.pid });
  expect(next.pid).not.toBe(first.pid);
});

test('one with another configuration is started anew, since it has no calls', async () => {
  const before = await startAsterisk(options);
  const after = await startAsterisk({ ...options, externalAddress: '203.0.113.7' });
  expect(after.found).toBe(false);
  expect(after.pid).not.toBe(before.pid);
  expect(await readFile(join(dir, 'etc/pjsip.conf'), 'utf8')).toContain(
    'external_media_address = 203.0.113.7',
  );
});

test('files that were damaged do not stand in the way', async () => {
  await stopAsterisk(dir);
  await writeFile(join(dir, 'instance.json'), '{"ports":');
  await writeFile(join(dir, 'pid'), 'not a number');
  expect((await startAsterisk(options)).found).toBe(false);
});

test('a SIP port that somebody has is said', async () => {
  await stopAsterisk(dir);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const sipPort = typeof address === 'object' && address ? address.port : 0;
  await expect(startAsterisk({ ...options, sipPort })).rejects.toThrow(
    `port ${sipPort} at 127.0.0.1 is taken`,
  );
  await new Promise((resolve) => server.close(resolve));
});

test('a controller that cannot get in says why, keeps trying, and gets in when it can', async () => {
  const { found: _found, pid: _pid, ...connection } = await startAsterisk(options);
  const cases = [
    [
      { ...connection, ari: { ...connection.ari, password: 'wrong' } },
      /ARI .* refused the user name or the password/,
    ],
    [{ ...connection, ami: { ...connection.ami, password: 'wrong' } }, /AMI refused the login/],
    [
      { ...connection, ari: { ...connection.ari, url: `http://127.0.0.1:${await freePort()}` } },
      /ECONNREFUSED/,
    ],
  ] as const;
  for (const [wrong, reason] of cases) {
    const locked = new AsteriskSwitch({ ...wrong, log: silentLog() });
    const events = new SwitchEvents(locked);
    locked.start();
    await expect.poll(() => events.of('link-down')[0]?.reason ?? '', { timeout: 5000 }).toMatch(reason);
    expect(locked.linked).toBe(false);
    await expect(locked.hangUp('1')).rejects.toMatchObject({ name: 'SwitchError', code: 'disconnected' });
    await locked.stop();
  }
  const first = new AsteriskSwitch({ ...connection, log: silentLog() });
  const firstEvents = new SwitchEvents(first);
  first.start();
  await firstEvents.linkUp();
  const second = new AsteriskSwitch({ ...connection, log: silentLog() });
  const secondEvents = new SwitchEvents(second);
  second.start();
  await expect.poll(() => secondEvents.of('link-down')[0]?.reason ?? '').toMatch(/another program has it/);
  await first.stop();
  await secondEvents.linkUp();
  await second.stop();
});
