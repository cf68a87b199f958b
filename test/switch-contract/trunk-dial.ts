/** The switch port's contract: calls that Offhook places to the PBX of a SIP trunk, and both ways over TCP. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { DialOrder, TrunkAccount } from '../../controller/switch/port.ts';
import { parseSdp } from '../kit/sdp.ts';
import { credentialsAreRight, digestFields, newChallenge } from '../kit/sip-digest.ts';
import { headerOf } from '../kit/sip-message.ts';
import type { SipPhone } from '../kit/sip-phone.ts';
import { hearEachOther, type Stage } from './stage.ts';
import { pbxOf, putTrunk, registeredOf } from './trunks.ts';

const order = (account: TrunkAccount, changes: Partial<DialOrder> = {}): DialOrder => ({
  channelId: randomUUID(),
  trunkId: account.trunkId,
  number: '215',
  callerNumber: '',
  callerName: '',
  ringSeconds: 20,
  ...changes,
});

/** From now on the PBX asks each caller who he is; what it is told comes back. */
const challenging = (pbx: SipPhone, password: string): { proofs: string[] } => {
  const proofs: string[] = [];
  const take = pbx.endpoint.onRequest;
  pbx.endpoint.onRequest = (incoming) => {
    const proof = headerOf(incoming.request, 'Authorization');
    if (incoming.request.method !== 'INVITE') take(incoming);
    else if (proof === '')
      incoming.respond(401, { headers: [['WWW-Authenticate', newChallenge('the-pbx-s-own-realm')]] });
    else {
      proofs.push(proof);
      if (credentialsAreRight(proof, 'INVITE', password)) take(incoming);
      else incoming.respond(403);
    }
  };
  return { proofs };
};

export const trunkDialContract = (use: () => Stage): void => {
  test('a PBX that is registered is called where it registered, and sees who calls', async ({
    onTestFinished,
  }) => {
    const stage = use();
    // the address is nobody's: only the registration leads there
    const account = await putTrunk(stage, onTestFinished, {
      pbx: { domain: '127.0.0.99', port: 9 },
    });
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register(600)).toBe(200);
    await stage.events.pbxRegistered(account.trunkId);
    for (const [callerNumber, from] of [
      ['+27821234567', '+27821234567'],
      // an extension of the PBX, which would ask it for its password
      ['101', account.username],
      ['', account.username],
    ] as const) {
      const dialled = stage.switch.dial(order(account, { callerNumber, callerName: 'Ann "; <x>' }));
      const call = await pbx.nextCall();
      onTestFinished(() => call.hangUp());
      expect(decodeURIComponent(call.invite.uri)).toMatch(
        new RegExp(`^sip:215@127\\.0\\.0\\.1:${pbx.endpoint.port}\\b`),
      );
      expect(decodeURIComponent(headerOf(call.invite, 'From'))).toContain(`sip:${from}@`);
      expect(headerOf(call.invite, 'From')).toContain('Ann');
      expect(parseSdp(call.invite.body)?.codecs).toEqual(account.codecs);
      const asserted = headerOf(call.invite, 'P-Asserted-Identity');
      if (callerNumber === '') expect(asserted).toBe('');
      else expect(asserted).toContain(`<sip:${callerNumber}@`);
      call.ring();
      call.answer();
      const result = await dialled;
      if (result.result !== 'answered') throw new Error(`not answered: ${JSON.stringify(result)}`);
      expect(result.channel).toMatchObject({ trunkId: account.trunkId, calledNumber: '215', answered: true });
      if (callerNumber === '') {
        await hearEachOther(call, await stage.voice(result.channel, onTestFinished));
        await call.hangUp();
        expect((await stage.events.ended(result.channel.channelId)).by).toBe('caller');
      } else {
        await stage.switch.hangUp(result.channel.channelId);
        await call.ended();
      }
    }
    const busy = stage.switch.dial(order(account));
    (await pbx.nextCall()).reject(486);
    expect(await busy).toEqual({ result: 'refused', sipStatus: 486 });
  });

  test('one that asks who calls gets the trunk’s user name and newest password, whatever its realm', async ({
    onTestFinished,
  }) => {
    const stage = use();
    // every kind of sign that means something where a command is read
    const password = `it's,\\"odd"\\\\^^$n|%41'&<b>;[=]\\`;
    const account = await putTrunk(stage, onTestFinished, { passwords: [password, 'the-old-password'] });
    const pbx = await pbxOf(stage, account, onTestFinished, { extension: account.username, password });
    expect(await pbx.register(600)).toBe(200);
    await stage.events.pbxRegistered(account.trunkId);
    const { proofs } = challenging(pbx, password);
    const dialled = stage.switch.dial(order(account));
    const call = await pbx.nextCall();
    call.ring();
    call.answer();
    const result = await dialled;
    if (result.result !== 'answered') throw new Error(`not answered: ${JSON.stringify(result)}`);
    expect(digestFields(proofs[0] ?? '').get('username')).toBe(account.username);
    await stage.switch.hangUp(result.channel.channelId);
    await call.ended();
  });

  test('one that only calls is called at its address; without a registration and an address nothing is sent', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const place = { username: '100', passwords: ['none'] as const };
    const pbx = await pbxOf(stage, place, onTestFinished, { host: '127.0.0.61' });
    const account = await putTrunk(stage, onTestFinished, {
      authentication: 'ip-allowlist',
      allowedAddresses: ['127.0.0.61/32'],
      pbx: { domain: '127.0.0.61', port: pbx.endpoint.port },
    });
    const dialled = stage.switch.dial(order(account, { number: '+27872500100' }));
    const call = await pbx.nextCall();
    expect(decodeURIComponent(call.invite.uri)).toContain('sip:+27872500100@127.0.0.61');
    call.ring();
    call.answer();
    const result = await dialled;
    if (result.result !== 'answered') throw new Error(`not answered: ${JSON.stringify(result)}`);
    await hearEachOther(call, await stage.voice(result.channel, onTestFinished));
    // it has no password to ask us for
    await stage.switch.hangUp(result.channel.channelId);
    await call.ended();
    const { proofs } = challenging(pbx, 'nothing-that-we-have');
    expect(await stage.switch.dial(order(account))).toMatchObject({ result: 'refused' });
    expect(proofs.filter((proof) => !proof.includes(account.username))).toEqual([]);
    const nowhere = await putTrunk(stage, onTestFinished);
    await expect(stage.switch.dial(order(nowhere))).rejects.toMatchObject({ code: 'rejected' });
  });

  test('over TCP a PBX registers, its call is heard, and it is called and heard likewise', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished, { transport: 'tcp' });
    const pbx = await pbxOf(stage, account, onTestFinished, { transport: 'tcp' });
    expect(await pbx.register(600)).toBe(200);
    await stage.events.pbxRegistered(account.trunkId);
    expect(registeredOf(stage, account.trunkId)[0]?.registration.contact).toMatch(/;transport=tcp/i);
    const call = await pbx.call('0872500100');
    const channel = await stage.events.offered(account.trunkId);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    await hearEachOther(call, await stage.voice(channel, onTestFinished));
    await call.hangUp();
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller' });

    const dialled = stage.switch.dial(order(account));
    const rung = await pbx.nextCall();
    expect(headerOf(rung.invite, 'Via')).toMatch(/^SIP\/2\.0\/TCP /);
    rung.ring();
    rung.answer();
    const result = await dialled;
    if (result.result !== 'answered') throw new Error(`not answered: ${JSON.stringify(result)}`);
    await hearEachOther(rung, await stage.voice(result.channel, onTestFinished));
    await stage.switch.hangUp(result.channel.channelId);
    await rung.ended();
    await stage.events.ended(result.channel.channelId);
  });
};
