/**
 * What an operator relies on, with real calls: webhooks that tell of a call, a wallet that never cuts one, a backup made
 * while one is talked, restored into an empty folder, also after the key was changed. On Asterisk alone: nothing here is the switch's.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PastCall } from '../controller/contract/call.ts';
import type { Trunk } from '../controller/contract/trunk.ts';
import type { Wallet } from '../controller/contract/wallet.ts';
import type { WebhookWithSecret } from '../controller/contract/webhook.ts';
import { repositoryRoot } from '../controller/paths.ts';
import { receiver } from '../controller/webhooks/test-receiver.ts';
import { Scene } from './journeys/scene.ts';
import { Offhook } from './kit/offhook.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

const run = promisify(execFile);
let folder: string;
let pbx: Pbx;
let scene: Scene;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-operations-'));
  await chmod(folder, 0o755);
  pbx = await startPbx();
  const environment = { WEBHOOK_PRIVATE_ADDRESSES: 'yes' };
  scene = await Scene.around(await Offhook.started({ switch: 'asterisk', environment }), pbx);
});
afterEach(async () => {
  await scene.clear();
  await scene.offhook.api('PATCH', '/wallet', { enabled: false });
});
afterAll(async () => {
  await scene?.close();
  await pbx?.remove();
  await rm(folder, { recursive: true, force: true });
});

test('a receiver is told of a trunk and of a call as it goes, also when the controller is killed in between', async () => {
  const program = await receiver();
  const { secret } = await scene.offhook.api<WebhookWithSecret>('POST', '/webhooks', {
    name: 'CRM',
    url: program.url,
    events: ['trunk.registered', 'call.started', 'call.answered', 'call.ended'],
  });
  const agent = await scene.agent({ kind: 'echo' });
  const trunk = await scene.peerTrunk({ extension: '2000', agentId: agent.id });
  const call = await scene.peer.call('2000');
  await call.answered();
  const told = () =>
    program.received.map(
      ({ headers, body }) =>
        new Verifier(secret).verify(body, headers as Record<string, string>) as {
          type: string;
          data: { call?: { outcome?: string; trunkId: string } };
        },
    );
  await until(() => told().some(({ type }) => type === 'call.answered'), { what: 'call.answered' });
  await scene.offhook.kill();
  await call.hangUp(); // nobody of ours sees it
  await scene.offhook.start();
  await until(() => told().some(({ type }) => type === 'call.ended'), {
    what: 'call.ended from the next controller',
    timeoutMs: 20_000,
  });
  const types = told().map(({ type }) => type);
  for (const type of ['trunk.registered', 'call.started', 'call.answered', 'call.ended'])
    expect(types).toContain(type);
  expect(told().find(({ type }) => type === 'call.ended')?.data.call).toMatchObject({
    trunkId: trunk.id,
    outcome: expect.any(String) as string,
  });
  await program.close();
});

test('an empty wallet refuses the next call by name and lets the running one talk on', async () => {
  const wallet = () => scene.offhook.api<Wallet>('GET', '/wallet');
  await scene.offhook.api('PATCH', '/wallet', { enabled: true, pricePerMinute: '60' });
  await scene.offhook.api('POST', '/wallet/top-ups', { amount: '0.5' });
  const agent = await scene.agent({ kind: 'echo' });
  const trunk = await scene.peerTrunk({ extension: '2001', agentId: agent.id, concurrentCallLimit: 5 });
  const [long, short] = [await scene.peer.call('2001'), await scene.peer.call('2001')];
  await Promise.all([long.answered(), short.answered()]);
  await short.hangUp(); // a begun second costs one, which is more than there was
  await until(async () => (await wallet()).state === 'empty', { what: 'the wallet to be empty' });
  const refused = await scene.peer.call('2001');
  expect((await refused.ended()).status).toBe(503);
  const refusal = await until(
    async () => {
      const { items } = await scene.offhook.api<{ items: PastCall[] }>('GET', `/calls?trunkId=${trunk.id}`);
      return items.find(({ outcome }) => outcome === 'Refused: the wallet is empty');
    },
    { what: 'the refusal in the history' },
  );
  expect(refusal.fault).toBe('configuration');
  void long.rtp.say(toneSource(700, long.rtp.codec));
  await long.rtp.ear.hears(700);
  await long.hangUp();
  await scene.offhook.api('PATCH', '/wallet', { enabled: false });
  const free = await scene.peer.call('2001');
  await free.answered();
  await free.hangUp();
});

test('a backup made in mid-call is a whole Offhook in an empty folder: passwords, history, token', async () => {
  const agent = await scene.agent({ kind: 'echo', name: 'Keeper' });
  const trunk = await scene.pbxTrunk({ name: 'Kept', extension: '1001', agentId: agent.id });
  await scene.status(trunk.id, 'Registered as ext 1001');
  const other = await scene.peerTrunk({ extension: '2002', agentId: agent.id });
  const call = await scene.peer.call('2002');
  await call.answered();
  const file = join(folder, 'backup.tar.gz');
  const command = (name: string, dataDir: string, given: string[] = [file]) =>
    run(process.execPath, ['tools/run.mjs', name, ...given], {
      cwd: repositoryRoot,
      env: { ...process.env, DATA_DIR: dataDir, HTTP_PORT: new URL(scene.offhook.url).port },
    });
  await command('backup', scene.offhook.dataDir);
  // the running one gets another key; the backup has its own
  const keyOf = (dataDir: string) => readFile(join(dataDir, 'secret-key'), 'utf8');
  const keyBefore = await keyOf(scene.offhook.dataDir);
  expect((await command('rotate-key', scene.offhook.dataDir, [])).stderr).toContain('Done');
  expect(await keyOf(scene.offhook.dataDir)).not.toContain(keyBefore.trim());
  void call.rtp.say(toneSource(500, call.rtp.codec));
  await call.rtp.ear.hears(500);
  await call.hangUp();
  await scene.outcome(other.id);
  await scene.offhook.api('DELETE', `/trunks/${trunk.id}`);
  await pbx.unregistered('1001');

  const dataDir = join(folder, 'restored');
  await command('restore', dataDir);
  expect(await readdir(dataDir)).not.toContain('restore-unfinished');
  expect(await keyOf(dataDir)).toBe(keyBefore);
  const restored = await Offhook.started({ switch: 'asterisk', dataDir });
  try {
    expect(restored.token).toBe((await readFile(join(scene.offhook.dataDir, 'api-token'), 'utf8')).trim());
    // the password was decrypted: the PBX takes the registration
    const again = await until(
      async () => {
        const found = await restored.api<Trunk>('GET', `/trunks/${trunk.id}`);
        return found.status.text === 'Registered as ext 1001' ? found : null;
      },
      { what: 'the restored trunk to register', timeoutMs: 40_000 },
    );
    expect(again).toMatchObject({ name: 'Kept', agentId: agent.id });
  } finally {
    await restored.remove();
  }
});
