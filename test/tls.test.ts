/**
 * TLS and SRTP on every switch, at a real PBX whose certificates are made here: what connects, what is refused and how
 * that is named, and audio that only the two ends can read. Then the same PBX, registering on the switch.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusals } from '../controller/calls/outcome.ts';
import type {
  ExtensionAccount,
  LiveChannel,
  MediaEncryption,
  TlsProblem,
  TlsTrust,
  TrunkAccount,
} from '../controller/switch/port.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import {
  makePbxCertificates,
  type PbxCertificateName,
  type PbxCertificates,
} from './kit/pbx-certificates.ts';
import { usualExtensions } from './kit/pbx-config.ts';
import { type PbxTrunk, registerNow, registrationIs, setTrunk } from './kit/pbx-trunk.ts';
import { freePort } from './kit/ports.ts';
import { certificate, switchesUnderTest } from './kit/switches.ts';
import { staysSo, until } from './kit/until.ts';
import { srtpDialContract } from './switch-contract/srtp-dial.ts';
import { srtpTrunkContract } from './switch-contract/srtp-trunks.ts';
import { type Finish, hearEachOther, Stage } from './switch-contract/stage.ts';

let pbx: Pbx;
let certificates: PbxCertificates;
beforeAll(async () => {
  certificates = await makePbxCertificates('127.0.0.1');
  pbx = await startPbx({
    extensions: [...usualExtensions, { ext: '1061', srtp: 'only' }, { ext: '1062', srtp: 'too' }],
    tls: certificates.shown,
  });
  if (process.env['PBX_TRACE']) await pbx.traceSip();
});
afterAll(() => pbx.remove());

for (const { kind, launch, missing } of switchesUnderTest()) {
  if (missing !== null) {
    console.warn(`\n*** ${kind} is NOT TESTED: ${missing} ***\n`);
    continue;
  }
  describe(kind, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.set(await launch(), pbx);
    });
    afterAll(() => stage.close());

    const office = (): TlsTrust => ({ verify: true, caPem: certificates.authorityPem });
    const account = (
      shown: PbxCertificateName,
      extension: string,
      changes: Partial<ExtensionAccount> = {},
    ): ExtensionAccount =>
      stage.account(pbx.tlsAt(shown), extension, { transport: 'tls', tls: office(), ...changes });

    test('registers over TLS at a PBX of a private authority, and unregisters', async ({
      onTestFinished,
    }) => {
      const one = await stage.registered(account('good', '1000'), onTestFinished);
      const contact = await pbx.registered('1000');
      expect(contact.uri).toMatch(/transport=tls/i);
      await stage.switch.putAccount(one);
      expect((await pbx.registered('1000')).callId).toBe(contact.callId);
      await stage.switch.removeAccount(one.trunkId);
      await pbx.unregistered('1000');
    });

    test('takes a self-signed certificate that the trunk trusts, and any where nothing is checked', async ({
      onTestFinished,
    }) => {
      const pinned = { verify: true, caPem: certificates.shown.selfSigned.certificatePem };
      await stage.registered(account('selfSigned', '1000', { tls: pinned }), onTestFinished);
      const unchecked = { verify: false, caPem: null };
      await stage.registered(account('expired', '1001', { tls: unchecked }), onTestFinished);
      await stage.registered(account('wrongName', '1002', { tls: unchecked }), onTestFinished);
    });

    const refused: [string, PbxCertificateName, TlsTrust | 'office', Partial<TlsProblem>][] = [
      ['an expired certificate', 'expired', 'office', { problem: 'expired' }],
      ['one that is not valid yet', 'notYet', 'office', { problem: 'not-yet-valid' }],
      ['one for another name', 'wrongName', 'office', { problem: 'wrong-name', names: ['pbx.example.com'] }],
      [
        'one of a strange authority',
        'strange',
        'office',
        { problem: 'unknown-authority', issuer: 'Strange Authority', selfSigned: false },
      ],
      [
        'a self-signed one that nobody trusts',
        'selfSigned',
        'office',
        { problem: 'unknown-authority', selfSigned: true },
      ],
      [
        'one of a private authority where only the public ones count',
        'good',
        { verify: true, caPem: null },
        { problem: 'unknown-authority', issuer: 'Office Authority' },
      ],
    ];
    for (const [name, shown, trust, problem] of refused) {
      test.concurrent(`does not register, and says why: ${name}`, async ({ onTestFinished }) => {
        const tls = trust === 'office' ? office() : trust;
        const one = await stage.put(account(shown, '1003', { tls }), onTestFinished);
        const said = await stage.events.failed(one.trunkId, 40_000);
        expect(said).toMatchObject({ kind: 'tls', sipStatus: null, tls: problem });
        if (said.tls?.problem === 'expired')
          expect(said.tls.on.slice(0, 10)).toBe(certificates.expiredOn.toISOString().slice(0, 10));
        // the switch itself refuses, and not only our own look at it: it goes on to try, in vain
        await staysSo(async () => ((await pbx.contactOf('1003')) ? 'it has registered' : null), 2500);
      });
    }

    test.concurrent('says that a port speaks no TLS, and that nobody listens', async ({ onTestFinished }) => {
      const plain = await stage.put(
        stage.account(pbx, '1003', { transport: 'tls', tls: office() }),
        onTestFinished,
      );
      const nobody = { host: '127.0.0.1', port: await freePort() };
      const empty = await stage.put(
        stage.account(nobody, '1003', { transport: 'tls', tls: office() }),
        onTestFinished,
      );
      expect(await stage.events.failed(plain.trunkId, 40_000)).toMatchObject({
        kind: 'tls',
        tls: { problem: 'no-tls' },
      });
      expect(await stage.events.failed(empty.trunkId, 40_000)).toMatchObject({ kind: 'refused' });
    });

    test('a wrong password over TLS is still a wrong password', async ({ onTestFinished }) => {
      const one = await stage.put(account('good', '1001', { password: 'wrong' }), onTestFinished);
      expect(await stage.events.failed(one.trunkId, 40_000)).toMatchObject({ kind: 'authentication' });
    });

    // stock FreeSWITCH answers keys in a plain offer with RTP/SAVP, which is no answer to it: it takes them for none.
    const isAsterisk = kind === 'asterisk';
    const encrypted: [string, string, MediaEncryption, LiveChannel['srtpOffer'], boolean][] = [
      ['required, at a PBX that offers nothing else', '1061', 'required', 'only', true],
      ['offered, at a PBX that offers nothing else', '1061', 'offered', 'only', true],
      [
        'offered, at a PBX that offers keys in a plain offer',
        '1062',
        'offered',
        isAsterisk ? 'too' : 'none',
        isAsterisk,
      ],
      ['offered, at a PBX without', '1000', 'offered', 'none', false],
      ['off, at a PBX that offers keys too', '1062', 'off', isAsterisk ? 'too' : 'none', false],
    ];
    for (const [name, extension, mediaEncryption, srtpOffer, isEncrypted] of encrypted) {
      test(`audio both ways, SRTP ${name}`, async ({ onTestFinished }) => {
        const one = await stage.registered(account('good', extension, { mediaEncryption }), onTestFinished);
        const phone = await stage.phone('100', onTestFinished);
        const call = await phone.call(extension);
        onTestFinished(() => call.hangUp());
        const channel = await stage.events.offered(one.trunkId);
        expect(channel.srtpOffer).toBe(srtpOffer);
        await stage.switch.answer(channel.channelId);
        await call.answered();
        const voice = await stage.voice(channel, onTestFinished);
        await hearEachOther(call, voice);
        expect(await pbx.wasEncrypted(extension)).toBe(isEncrypted);
        await call.hangUp();
        expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller' });
      });
    }

    srtpDialContract(() => ({
      stage,
      pbx,
      account: (extension) => account('good', extension, { mediaEncryption: 'offered' }),
    }));

    test('SRTP required, at a PBX without: refused by name, and not to be had by answering', async ({
      onTestFinished,
    }) => {
      const one = await stage.registered(
        account('good', '1000', { mediaEncryption: 'required' }),
        onTestFinished,
      );
      const phone = await stage.phone('100', onTestFinished);
      const call = await phone.call('1000');
      const { channelId, srtpOffer } = await stage.events.offered(one.trunkId);
      expect(srtpOffer).toBe('none');
      const { sipStatus, words } = refusals['not-encrypted'];
      expect(words).toMatch(/encrypted audio/);
      await stage.switch.refuse(channelId, sipStatus);
      expect(await call.ended()).toMatchObject({ by: 'them', status: 488 });

      const again = await phone.call('1000');
      onTestFinished(() => again.hangUp());
      const channel = await stage.events.offered(one.trunkId);
      const answered = stage.switch
        .answer(channel.channelId)
        .then(() => stage.switch.openMedia(channel.channelId));
      await expect(answered).rejects.toMatchObject({ name: 'SwitchError' });
      await stage.events.ended(channel.channelId);
      await again.ended();
    });

    test('a transfer by REFER over TLS, with SRTP', async ({ onTestFinished }) => {
      const one = await stage.registered(
        account('good', '1061', { mediaEncryption: 'required' }),
        onTestFinished,
      );
      const phone = await stage.phone('100', onTestFinished);
      const target = await stage.phone('215', onTestFinished);
      const call = await phone.call('1061');
      const channel = await stage.events.offered(one.trunkId);
      await stage.switch.answer(channel.channelId);
      await call.answered();
      await hearEachOther(call, await stage.voice(channel, onTestFinished));
      const { host: domain, port } = pbx.tlsAt('good');
      const result = stage.switch.refer(
        channel.channelId,
        { extension: '215', domain, port, transport: 'tls' },
        10_000,
      );
      const second = await target.nextCall();
      second.answer();
      expect(await result).toEqual({ result: 'accepted' });
      await stage.switch.hangUp(channel.channelId);
      await pbx.talking(['100', '215']);
      await call.hangUp();
    });

    let trunks = 0;
    const putTrunk = async (finish: Finish, changes: Partial<TrunkAccount> = {}): Promise<TrunkAccount> => {
      trunks += 1;
      const one: TrunkAccount = {
        trunkId: `sip-trunk-${trunks}`,
        username: `pbx-${trunks}`,
        passwords: [`the-password-of-${trunks}`],
        authentication: 'credentials',
        allowedAddresses: [],
        codecs: ['PCMU', 'PCMA'],
        transport: 'tls',
        ...changes,
      };
      finish(() => stage.switch.removeTrunk(one.trunkId));
      await stage.switch.putTrunk(one);
      return one;
    };
    /** The PBX as its admin sets it up; without `tls` over UDP. */
    const setUp = async (of: TrunkAccount, more: Omit<Partial<PbxTrunk>, 'credentials'> = {}) => {
      const { host, port, tlsPort } = stage.instance.registrar;
      const credentials = { username: of.username, password: of.passwords[0] };
      await setTrunk(pbx, {
        registrar: { host, port: more.tls === undefined ? port : tlsPort },
        credentials,
        ...more,
      });
      await registerNow(pbx);
    };
    const own = () => certificates.shown.good;
    const trusting = async () => ({ trusts: (await certificate()).certificatePem, own: own() });
    const registered = (trunkId: string) =>
      until(() => stage.events.of('pbx-registered').find((event) => event.trunkId === trunkId), {
        what: 'pbx-registered',
        timeoutMs: 20_000,
      });

    test('a PBX that checks our certificate registers over TLS; encrypted audio both ways, and a transfer', async ({
      onTestFinished,
    }) => {
      const trunk = await putTrunk(onTestFinished, { mediaEncryption: 'required' });
      await setUp(trunk, { tls: await trusting(), srtp: 'only' });
      const { registration } = await registered(trunk.trunkId);
      expect(registration.contact).toMatch(/transport=tls/i);
      const phone = await stage.phone('100', onTestFinished);
      const target = await stage.phone('215', onTestFinished);
      const call = await phone.call('0872500100');
      onTestFinished(() => call.hangUp());
      const channel = await stage.events.offered(trunk.trunkId);
      expect(channel).toMatchObject({ calledNumber: '0872500100', callerNumber: '100', srtpOffer: 'only' });
      await stage.switch.answer(channel.channelId);
      await call.answered();
      await hearEachOther(call, await stage.voice(channel, onTestFinished));
      expect(await pbx.wasEncrypted('offhook')).toBe(true);
      const { host: domain, port } = pbx;
      const to = { extension: '215', domain, port, transport: 'udp' } as const;
      const result = stage.switch.refer(channel.channelId, to, 10_000);
      (await target.nextCall()).answer();
      expect(await result).toEqual({ result: 'accepted' });
      await stage.switch.hangUp(channel.channelId);
      await pbx.talking(['100', '215']);
      await call.hangUp();

      // and the other way: we call the PBX, where it registered from
      const order = { callerNumber: '27821234567', callerName: '', ringSeconds: 20 };
      const channelId = randomUUID();
      const dialled = stage.switch.dial({ ...order, channelId, trunkId: trunk.trunkId, number: '215' });
      const theirs = await target.nextCall();
      theirs.answer();
      const reached = await dialled;
      if (reached.result !== 'answered') throw new Error(JSON.stringify(reached));
      await hearEachOther(theirs, await stage.voice(reached.channel, onTestFinished), {
        caller: 600,
        agent: 1000,
      });
      await stage.switch.hangUp(channelId);
    });

    srtpTrunkContract(() => ({
      stage,
      pbx,
      trunk: async (finish, srtp) => {
        const trunk = await putTrunk(finish);
        await setUp(trunk, { tls: await trusting(), ...(srtp === null ? {} : { srtp }) });
        await registered(trunk.trunkId);
        return trunk;
      },
    }));

    test('a trunk for TLS takes nothing that comes without, and the PBX is told of', async ({
      onTestFinished,
    }) => {
      const trunk = await putTrunk(onTestFinished);
      await setUp(trunk);
      const rejected = await until(
        () => stage.events.of('pbx-rejected').find(({ trunkId }) => trunkId === trunk.trunkId),
        { what: 'pbx-rejected', timeoutMs: 20_000 },
      );
      expect(rejected).toMatchObject({ reason: 'without-tls', sourceAddress: '127.0.0.1' });
      const phone = await stage.phone('100', onTestFinished);
      const call = await phone.call('0872500100');
      expect([403, 407]).toContain((await call.ended()).status);
      const told = stage.events.of('offered').filter(({ channel }) => channel.trunkId === trunk.trunkId);
      expect(told).toEqual([]);
      // set right, it works
      await setUp(trunk, { tls: await trusting() });
      await registered(trunk.trunkId);
    });

    test('a PBX that does not trust our certificate does not register', async ({ onTestFinished }) => {
      const trunk = await putTrunk(onTestFinished);
      await setUp(trunk, { tls: { trusts: certificates.authorityPem, own: certificates.shown.good } });
      await registrationIs(pbx, 'Rejected');
      expect(stage.events.of('pbx-registered').some(({ trunkId }) => trunkId === trunk.trunkId)).toBe(false);
    });
  });
}
