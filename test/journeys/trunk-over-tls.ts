/**
 * The journey of a SIP trunk over TLS: its PBX comes without TLS and is refused, then with the certificate that the API
 * gives, which it checks, and speaks encrypted audio both ways.
 */
import { expect } from 'vitest';
import type { SipTrunk, SipTrunkWithPassword } from '../../controller/contract/trunk.ts';
import { registerNow, setTrunk } from '../kit/pbx-trunk.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { temporaryCertificate } from '../kit/temporary-certificate.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

type Registrar = { host: string; port: number };

export const trunkOverTls = async (parts: {
  scene: Scene;
  create: (input: object) => Promise<SipTrunkWithPassword>;
  /** where the guide of a trunk tells a PBX to register */
  registrarOf: (trunkId: string) => Promise<Registrar>;
  /** where those register that are not for TLS */
  plain: Registrar;
}): Promise<void> => {
  const { scene, create, registrarOf, plain } = parts;
  const { pbx, offhook } = scene;
  const agent = await scene.agent({ kind: 'echo' });
  const secure = { transport: 'tls', mediaEncryption: 'required' };
  const trunk = await create({ name: 'Over TLS', agentId: agent.id, ...secure });
  const registrar = await registrarOf(trunk.id);
  expect(trunk.registrar).toEqual(registrar);
  expect(registrar.port).not.toBe(plain.port);
  const credentials = { username: trunk.username, password: trunk.password ?? '' };
  const without = await SipPhone.open({
    pbx: plain,
    extension: credentials.username,
    password: credentials.password,
  });
  const check = async () => (await offhook.api<SipTrunk>('GET', `/trunks/${trunk.id}`)).status.check;
  // the switch takes a new trunk a moment after it was made
  await until(
    async () =>
      (await (await without.call('0872500100')).ended()).status === 403 &&
      (await check()).includes('without TLS'),
    { what: '403 to a call without TLS, and the status to say so', everyMs: 200 },
  );
  await without.close();
  const headers = { Authorization: `Bearer ${offhook.token}` };
  const certificate = await fetch(`${offhook.url}/api/v1/certificate`, { headers });
  expect(certificate.headers.get('content-disposition')).toContain('offhook.crt');
  const tls = { trusts: await certificate.text(), own: await temporaryCertificate()() };
  await setTrunk(pbx, { registrar, credentials, tls, srtp: 'only' });
  await registerNow(pbx);
  await scene.status(trunk.id, 'Active', 20_000);
  const caller = await SipPhone.registered({ pbx, extension: '101' });
  const call = await caller.call('0872500100');
  await call.answered();
  void call.rtp.say(toneSource(900, call.rtp.codec));
  await call.rtp.ear.hears(900);
  await call.hangUp();
  expect(await scene.outcome(trunk.id)).toMatchObject({ outcome: 'Caller hung up' });
  // that PBX offers nothing but encrypted audio: with it off, its calls are refused in words
  await offhook.api('PATCH', `/trunks/${trunk.id}`, { mediaEncryption: 'off' });
  await until(async () => (await (await caller.call('0872500100')).ended()).status === 488, {
    what: '488 to a call with encrypted audio only',
    everyMs: 200,
  });
  const refused = 'Refused: the PBX takes encrypted audio (SRTP) only, which is off for the trunk';
  const last = await until(
    async () => {
      const call = await scene.outcome(trunk.id);
      return call.outcome === refused ? call : null;
    },
    { what: refused, everyMs: 100 },
  );
  expect(last).toMatchObject({ calledNumber: '0872500100', callerNumber: '101', fault: 'configuration' });
  await caller.close();
};
