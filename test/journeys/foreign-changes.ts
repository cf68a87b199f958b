/**
 * What a switch refuses is taken back and named, and what somebody else has changed in it is found at the start, said and
 * mended: trunks of both connection types, each switch by its own means.
 */
import { mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInstance } from '../../controller/freeswitch/instance.ts';
import { askOnce } from '../../controller/freeswitch/launch.ts';
import { switchFolder } from '../../controller/own-switch.ts';
import { until } from '../kit/until.ts';
import { pbxOf } from './neighbours.ts';
import type { PushScene } from './push-scene.ts';

/** What the log says of drift from line `from` on. */
const driftIn = (scene: PushScene, from: number): string =>
  scene.offhook.log
    .slice(from)
    .filter((line) => line.includes('drift'))
    .join('\n');

export const freeswitchRefusals = (use: () => PushScene): void => {
  const folder = () => switchFolder(use().offhook.dataDir, 'freeswitch');

  test('what FreeSWITCH cannot read is taken back; the old account stays and the status says why', async ({
    onTestFinished,
  }) => {
    const scene = use();
    const { offhook, pbx, neighbours } = scene;
    const trunk = await scene.trunkAt('4001');
    await scene.becomes(trunk, /^Registered/);
    const { callId } = await pbx.registrationOf('4001');
    const sipTrunk = await scene.sipTrunk();
    const [old, next] = [
      await pbxOf(sipTrunk),
      await pbxOf(sipTrunk, { username: `${sipTrunk.username}.2` }),
    ];
    onTestFinished(() => [old, next].forEach((phone) => phone.vanish()));
    await scene.registers(old, true);
    const live = await readlink(join(folder(), 'gateways', 'live'));
    // an operator's mistake, so that FreeSWITCH refuses everything
    const broken = join(folder(), 'conf', 'autoload_configs', 'zz-broken.xml');
    onTestFinished(() => rm(broken, { force: true }));
    await writeFile(broken, '<configuration name="broken"><open>\n');
    const changed = async () => {
      await scene.change(trunk, { expirySeconds: 200 });
      const status = await scene.becomes(trunk, /^Failed — The switch did not take the change$/);
      expect(status.check).toMatch(/live still.*cannot read its configuration/);
      await scene.change(sipTrunk, { username: next.extension });
      await scene.says(sipTrunk, /^The switch did not take this trunk: .*cannot read its configuration/);
      expect(await readlink(join(folder(), 'gateways', 'live'))).toBe(live);
      expect((await pbx.registrationOf('4001')).callId).toBe(callId);
      expect(await old.register()).toBe(200);
      expect(await next.register()).not.toBe(200);
    };
    await neighbours.unnoticed({ 'both kinds are changed, in vain': changed }, { rounds: 1 });
    await rm(broken);
    await offhook.api('POST', `/trunks/${trunk.id}/re-register`);
    await scene.becomes(trunk, /^Registered/);
    await until(() => pbx.attempts.some((attempt) => attempt.expirySeconds === 200), { what: 'the change' });
    // a SIP trunk is tried again by itself, and at its next change
    await scene.change(sipTrunk, { codecs: ['PCMA'] });
    await scene.registers(next, true);
    await scene.registers(old, false);
    await scene.says(sipTrunk, /^(?!The switch)/);
  });

  test('a full disk is said, and what was there stays live', async () => {
    const scene = use();
    const { offhook, pbx, neighbours } = scene;
    const trunk = await scene.trunkAt('4002');
    await scene.becomes(trunk, /^Registered/);
    const { callId } = await pbx.registrationOf('4002');
    const version = await scene.version();
    const next = join(folder(), 'gateways', `v-${version + 1}`);
    await mkdir(next);
    await symlink('/dev/full', join(next, 'gateways.xml'));
    const changed = async () => {
      await scene.change(trunk, { expirySeconds: 222 });
      expect((await scene.becomes(trunk, /^Failed/)).check).toContain('the disk is full');
    };
    await neighbours.unnoticed({ 'it is changed, in vain': changed }, { rounds: 1 });
    expect((await pbx.registrationOf('4002')).callId).toBe(callId);
    expect(await scene.version()).toBe(version);
    // the trap went with the folder: the disk has room again
    await offhook.api('POST', `/trunks/${trunk.id}/re-register`);
    await until(() => pbx.attempts.some((attempt) => attempt.expirySeconds === 222), { what: 'the change' });
    await scene.becomes(trunk, /^Registered/);
  });
};

export const freeswitchDrift = (use: () => PushScene): void => {
  test('what somebody changed meanwhile is found at the start, said and mended', async ({
    onTestFinished,
  }) => {
    const scene = use();
    const { offhook, neighbours } = scene;
    const trunk = await scene.trunkAt('4003');
    const sipTrunk = await scene.sipTrunk();
    await scene.becomes(trunk, /^Registered/);
    const phone = await pbxOf(sipTrunk);
    const foreign = await pbxOf(sipTrunk, { username: 'foreign-name' });
    onTestFinished(() => [phone, foreign].forEach((one) => one.vanish()));
    await scene.registers(phone, true);
    await offhook.stop();
    const folder = switchFolder(offhook.dataDir, 'freeswitch');
    const instance = await readInstance(folder);
    if (instance === null) throw new Error('no FreeSWITCH in its folder');
    const esl = { host: '127.0.0.1', port: instance.instance.eslPort, password: instance.password };
    const file = (name: string) => join(folder, 'gateways', 'live', name);
    const gateways = await readFile(file('gateways.xml'), 'utf8');
    const stranger =
      gateways.match(/<gateway[^]*?<\/gateway>/)?.[0].replace(/name="[^"]*"/, 'name="stranger"') ?? '';
    await writeFile(file('gateways.xml'), `${gateways}\n${stranger}\n`);
    const users = await readFile(file('directory.xml'), 'utf8');
    expect(users).toContain(`<user id="${sipTrunk.username}"`);
    await writeFile(file('directory.xml'), users.replace(`id="${sipTrunk.username}"`, 'id="foreign-name"'));
    await askOnce(esl, 'sofia profile offhook startgw stranger');
    await askOnce(esl, `sofia profile offhook killgw ${trunk.id}`);
    await until(async () => !(await askOnce(esl, `sofia status gateway ${trunk.id}`))?.includes('REG'), {
      what: 'the gateway to be lost',
    });
    await askOnce(esl, 'reloadxml');
    expect(await phone.register()).not.toBe(200);
    const from = offhook.log.length;
    await offhook.start();
    await scene.becomes(trunk, /^Registered/);
    await scene.registers(phone, true);
    await scene.registers(foreign, false);
    await until(async () => (await askOnce(esl, 'sofia status gateway stranger'))?.includes('Invalid'), {
      what: 'the stranger to be gone',
    });
    await until(async () => !(await readFile(file('gateways.xml'), 'utf8')).includes('stranger'), {
      what: 'the file to be mended',
    });
    expect(await readFile(file('directory.xml'), 'utf8')).not.toContain('foreign-name');
    const said = driftIn(scene, from);
    expect(said).toMatch(/gateways\.xml was changed/);
    expect(said).toMatch(/directory\.xml was changed/);
    expect(said).toMatch(/no trunk has/);
    expect(said).toMatch(/lost/);
    await neighbours.stand();
  });
};

export const asteriskDrift = (use: () => PushScene): void => {
  test('what somebody changed meanwhile is found at the start, said and mended', async ({
    onTestFinished,
  }) => {
    const scene = use();
    const { offhook, pbx, neighbours } = scene;
    const trunk = await scene.trunkAt('4003');
    const sipTrunk = await scene.sipTrunk();
    await scene.becomes(trunk, /^Registered/);
    const phone = await pbxOf(sipTrunk);
    onTestFinished(() => phone.vanish());
    await scene.registers(phone, true);
    await offhook.stop();
    const ari = await ariOf(switchFolder(offhook.dataDir, 'asterisk'));
    // in the memory of Asterisk: nothing of it is in a file
    expect(await ari('DELETE', `endpoint/${sipTrunk.username}`)).toBe(204);
    expect(await ari('DELETE', `registration/${trunk.id}`)).toBe(204);
    const foreign = { context: 'offhook', '@offhook_trunk': 'foreign-trunk' };
    expect(await ari('PUT', 'endpoint/foreign-name', foreign)).toBe(200);
    const uris = { server_uri: `sip:${pbx.host}:9`, client_uri: `sip:foreign@${pbx.host}:9` };
    expect(await ari('PUT', 'registration/foreign-registration', uris)).toBe(200);
    expect(await phone.register()).not.toBe(200);
    const from = offhook.log.length;
    await offhook.start();
    await scene.becomes(trunk, /^Registered/);
    await scene.registers(phone, true);
    for (const path of ['endpoint/foreign-name', 'registration/foreign-registration'])
      await until(async () => (await ari('GET', path)) === 404, { what: `${path} to be gone`, everyMs: 50 });
    const said = driftIn(scene, from);
    expect(said).toMatch(/lost the endpoint of a SIP trunk/);
    expect(said).toMatch(/a SIP trunk that no trunk is/);
    expect(said).toMatch(/registrations that no trunk has/);
    await neighbours.stand();
  });
};

/** PJSIP's objects in a running Asterisk, as somebody would change them who has its password: the status of the answer. */
const ariOf = async (folder: string) => {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown;
  const { ports } = (await read('instance.json')) as { ports: { ari: number } };
  const { ari: password } = (await read('secrets.json')) as { ari: string };
  const base = `http://127.0.0.1:${ports.ari}/ari/asterisk/config/dynamic/res_pjsip`;
  const authorization = `Basic ${Buffer.from(`offhook:${password}`).toString('base64')}`;
  return async (
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    fields: Record<string, string> = {},
  ): Promise<number> => {
    const list = Object.entries(fields).map(([attribute, value]) => ({ attribute, value }));
    const response = await fetch(`${base}/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(method === 'PUT' ? { body: JSON.stringify({ fields: list }) } : {}),
    });
    await response.arrayBuffer();
    return response.status;
  };
};
