/** The switch port's contract: PBXes that register on the switch, or only call it. */
import { expect, test } from 'vitest';
import type { TrunkAccount } from '../../controller/switch/port.ts';
import { newToken, SipEndpoint } from '../kit/sip-endpoint.ts';
import { SipPhone, type SipPhoneOptions } from '../kit/sip-phone.ts';
import { until } from '../kit/until.ts';
import { type Finish, hearEachOther, type Stage } from './stage.ts';

let made = 0;
const accountOf = (changes: Partial<TrunkAccount> = {}): TrunkAccount => {
  made++;
  return {
    trunkId: `sip-trunk-${made}`,
    username: `pbx-${made}`,
    passwords: [`first-password-${made}`],
    authentication: 'credentials',
    allowedAddresses: [],
    codecs: ['PCMU', 'PCMA'],
    ...changes,
  };
};

export const putTrunk = async (
  stage: Stage,
  finish: Finish,
  changes: Partial<TrunkAccount> = {},
): Promise<TrunkAccount> => {
  const account = accountOf(changes);
  finish(() => stage.switch.removeTrunk(account.trunkId));
  await stage.switch.putTrunk(account);
  return account;
};

/** A PBX as the switch sees one: it registers and calls with the account's name. */
export const pbxOf = async (
  stage: Stage,
  account: Pick<TrunkAccount, 'username' | 'passwords'>,
  finish: Finish,
  options: Partial<SipPhoneOptions> = {},
): Promise<SipPhone> => {
  const phone = await SipPhone.open({
    pbx: stage.instance.registrar,
    extension: account.username,
    password: account.passwords[0],
    ...options,
  });
  finish(() => phone.close());
  return phone;
};

export const registeredOf = (stage: Stage, trunkId: string) =>
  stage.events.of('pbx-registered').filter((event) => event.trunkId === trunkId);
export const rejectedOf = (stage: Stage, username: string) =>
  stage.events.of('pbx-rejected').filter((event) => event.username === username);

export const trunkContract = (use: () => Stage): void => {
  test('a PBX registers, is told of, and takes its registration back', async ({ onTestFinished }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register(600)).toBe(200);
    const [event] = await until(
      () => {
        const events = registeredOf(stage, account.trunkId);
        return events.length > 0 ? events : null;
      },
      { what: 'pbx-registered' },
    );
    expect(event?.registration.sourceAddress).toBe('127.0.0.1');
    expect(event?.registration.contact).toContain(`:${pbx.endpoint.port}`);
    const lastsMs = (event?.registration.expiresAt.getTime() ?? 0) - Date.now();
    expect(lastsMs).toBeGreaterThan(30_000);
    expect(lastsMs).toBeLessThan(620_000);
    expect(await pbx.register(0)).toBe(200);
    await until(
      () => stage.events.of('pbx-unregistered').find(({ trunkId }) => trunkId === account.trunkId),
      { what: 'pbx-unregistered' },
    );
  });

  test('its call reaches us with number, caller and audio both ways, and is that trunk’s', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished, { codecs: ['PCMA', 'PCMU'] });
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register()).toBe(200);
    const call = await pbx.call('+27872500100', {
      headers: [['P-Asserted-Identity', '"Ann" <sip:+27821234567@pbx.example.com>']],
    });
    const channel = await stage.events.offered(account.trunkId);
    expect(channel).toMatchObject({ calledNumber: '+27872500100', callerNumber: '+27821234567' });
    await stage.switch.answer(channel.channelId);
    await call.answered();
    expect(call.rtp.codec).toBe('PCMA');
    const voice = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, voice);
    await call.hangUp();
    expect(await stage.events.ended(channel.channelId)).toMatchObject({ by: 'caller', cause: 16 });
  });

  test('the caller is P-Asserted-Identity, then Remote-Party-ID, then From unless that is the trunk', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const pbx = await pbxOf(stage, account, onTestFinished);
    const asserted = ['P-Asserted-Identity', '<sip:0821111111@pbx>'] as const;
    const remote = ['Remote-Party-ID', '"Bob" <sip:0822222222@pbx>;party=calling;privacy=off'] as const;
    for (const [headers, expected] of [
      [[asserted, remote], '0821111111'],
      [[remote], '0822222222'],
      [[], ''],
    ] as const) {
      const call = await pbx.call('0872500100', { headers });
      const channel = await stage.events.offered(account.trunkId);
      expect(channel.callerNumber).toBe(expected);
      await stage.switch.refuse(channel.channelId, 404);
      expect((await call.ended()).status).toBe(404);
      await stage.events.ended(channel.channelId);
    }
  });

  test('a wrong password, an unknown user and no password at all reach nobody, and are told of', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const offeredBefore = stage.events.of('offered').length;
    const wrong = await pbxOf(stage, account, onTestFinished, { password: 'not-the-password' });
    expect([401, 403]).toContain(await wrong.register());
    const call = await wrong.call('27872500100');
    expect([401, 403, 407]).toContain((await call.ended()).status);
    await until(() => rejectedOf(stage, account.username).length > 0, { what: 'pbx-rejected' });
    expect(rejectedOf(stage, account.username)[0]).toMatchObject({
      trunkId: account.trunkId,
      reason: 'wrong-password',
      sourceAddress: '127.0.0.1',
    });
    const nobody = { username: 'nobody-here', passwords: ['any-password-at-all'] as const };
    const unknown = await pbxOf(stage, nobody, onTestFinished);
    expect([401, 403, 404]).toContain(await unknown.register());
    expect([401, 403, 407]).toContain((await (await unknown.call('27872500100')).ended()).status);
    const stranger = await until(
      () => stage.events.of('pbx-rejected').find(({ reason }) => reason === 'unknown-user'),
      { what: 'pbx-rejected of a stranger' },
    );
    expect(stranger).toMatchObject({ trunkId: null, sourceAddress: '127.0.0.1' });
    // Asterisk does not say whom he claimed to be
    expect(['', nobody.username]).toContain(stranger.username);
    // one that never authenticates: a scanner
    const scanner = await SipEndpoint.open();
    onTestFinished(() => scanner.close());
    const { host, port } = stage.instance.registrar;
    const answer = await scanner.request(
      {
        kind: 'request',
        method: 'INVITE',
        uri: `sip:900442079460000@${host}:${port}`,
        headers: [
          ['From', `<sip:100@${host}>;tag=${newToken()}`],
          ['To', `<sip:900442079460000@${host}>`],
          ['Call-ID', newToken()],
          ['CSeq', '1 INVITE'],
          ['Contact', scanner.contact('100', 'udp')],
        ],
        body: '',
      },
      { transport: 'udp', host, port },
    );
    expect([401, 403, 407]).toContain(answer?.status);
    expect(stage.events.of('offered').length).toBe(offeredBefore);
    // nobody else was hurt
    const right = await pbxOf(stage, account, onTestFinished);
    expect(await right.register()).toBe(200);
  });

  test('a number that is in To alone counts, when the Request-URI names the trunk or nobody', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const pbx = await pbxOf(stage, account, onTestFinished);
    for (const requestUser of [account.username, '']) {
      const call = await pbx.call('0872500100', { requestUser });
      const channel = await stage.events.offered(account.trunkId);
      expect(channel.calledNumber).toBe('0872500100');
      await stage.switch.refuse(channel.channelId, 404);
      expect((await call.ended()).status).toBe(404);
      await stage.events.ended(channel.channelId);
    }
  });

  test('who is registered as one trunk is never another one, whatever From, To or the account say', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const own = await putTrunk(stage, onTestFinished);
    const other = await putTrunk(stage, onTestFinished);
    const pbx = await pbxOf(stage, own, onTestFinished);
    expect(await pbx.register()).toBe(200);
    expect(await (await pbxOf(stage, other, onTestFinished)).register()).toBe(200);
    // the other's name with its own password, in the account alone and in From too
    for (const fromUser of [own.username, other.username]) {
      const credentials = { username: other.username, password: own.passwords[0] };
      const call = await pbx.call('0872500100', { fromUser, credentials });
      expect([401, 403, 407]).toContain((await call.ended()).status);
    }
    await until(() => rejectedOf(stage, other.username).length > 0, { what: 'pbx-rejected' });
    expect(rejectedOf(stage, other.username)[0]).toMatchObject({
      trunkId: other.trunkId,
      reason: 'wrong-password',
    });
    expect(stage.events.of('offered').some(({ channel }) => channel.trunkId === own.trunkId)).toBe(false);
    // its own account with the other's name in From: its own call
    const call = await pbx.call('0872500100', { fromUser: other.username });
    const channel = await stage.events.offered(own.trunkId);
    await stage.switch.refuse(channel.channelId, 404);
    await call.ended();
    await stage.events.ended(channel.channelId);
    expect(stage.events.of('offered').some((event) => event.channel.trunkId === other.trunkId)).toBe(false);
  });

  test('an allowed address calls without a password, as its own trunk, and others as theirs', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const one = await putTrunk(stage, onTestFinished, {
      authentication: 'ip-allowlist',
      allowedAddresses: ['127.0.0.21/32', '2001:db8::/48'],
    });
    const other = await putTrunk(stage, onTestFinished, {
      authentication: 'ip-allowlist',
      allowedAddresses: ['127.0.0.32/30'],
    });
    for (const [host, account] of [
      ['127.0.0.21', one],
      ['127.0.0.35', other],
    ] as const) {
      const pbx = await pbxOf(stage, { username: '100', passwords: ['none'] }, onTestFinished, { host });
      const call = await pbx.call('27872500100');
      const channel = await stage.events.offered(account.trunkId);
      expect(channel.callerNumber).toBe('100');
      await stage.switch.answer(channel.channelId);
      await call.answered();
      const voice = await stage.voice(channel, onTestFinished);
      await hearEachOther(call, voice);
      await call.hangUp();
      await stage.events.ended(channel.channelId);
    }
    const offeredBefore = stage.events.of('offered').length;
    const outside = await pbxOf(stage, { username: '100', passwords: ['none'] }, onTestFinished, {
      host: '127.0.0.36',
    });
    expect([401, 403, 407]).toContain((await (await outside.call('27872500100')).ended()).status);
    // its name is no way in: an address is all that this trunk has
    const named = await pbxOf(stage, one, onTestFinished, { host: '127.0.0.36' });
    expect([401, 403, 404]).toContain(await named.register());
    expect([401, 403, 407]).toContain((await (await named.call('27872500100')).ended()).status);
    expect(stage.events.of('offered').length).toBe(offeredBefore);
  });

  test('both: the address must be allowed and the password right', async ({ onTestFinished }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished, {
      authentication: 'both',
      allowedAddresses: ['127.0.0.41/32'],
    });
    const right = await pbxOf(stage, account, onTestFinished, { host: '127.0.0.41' });
    expect(await right.register()).toBe(200);
    const call = await right.call('27872500100');
    const channel = await stage.events.offered(account.trunkId);
    await stage.switch.refuse(channel.channelId, 404);
    await call.ended();
    await stage.events.ended(channel.channelId);
    const offeredBefore = stage.events.of('offered').length;
    const elsewhere = await pbxOf(stage, account, onTestFinished, { host: '127.0.0.42' });
    expect([401, 403]).toContain(await elsewhere.register());
    expect([401, 403, 407]).toContain((await (await elsewhere.call('27872500100')).ended()).status);
    await until(
      () => rejectedOf(stage, account.username).find(({ reason }) => reason === 'address-not-allowed'),
      { what: 'a rejected address' },
    );
    const wrong = await pbxOf(stage, account, onTestFinished, {
      host: '127.0.0.41',
      password: 'not-it-at-all',
    });
    expect([401, 403, 407]).toContain((await (await wrong.call('27872500100')).ended()).status);
    expect(stage.events.of('offered').length).toBe(offeredBefore);
  });

  test('two passwords at once, then one: the registration stays, the old one is refused in the end', async ({
    onTestFinished,
  }) => {
    const stage = use();
    expect(await stage.switch.overlapFault()).toBeNull();
    const account = await putTrunk(stage, onTestFinished);
    const [first] = account.passwords;
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register()).toBe(200);
    const second = `${first}-second`;
    await stage.switch.putTrunk({ ...account, passwords: [second, first] });
    const old = await pbxOf(stage, account, onTestFinished);
    const renewed = await pbxOf(stage, account, onTestFinished, { password: second });
    expect(await old.register()).toBe(200);
    expect(await renewed.register()).toBe(200);
    for (const phone of [old, renewed]) {
      const call = await phone.call('27872500100');
      const channel = await stage.events.offered(account.trunkId);
      await stage.switch.refuse(channel.channelId, 404);
      expect((await call.ended()).status).toBe(404);
      await stage.events.ended(channel.channelId);
    }
    const wrong = await pbxOf(stage, account, onTestFinished, { password: 'neither-of-the-two' });
    expect([401, 403]).toContain(await wrong.register());
    await stage.switch.putTrunk({ ...account, passwords: [second] });
    expect([401, 403]).toContain(await old.register());
    expect(await renewed.register()).toBe(200);
    expect(stage.events.of('pbx-unregistered').filter(({ trunkId }) => trunkId === account.trunkId)).toEqual(
      [],
    );
  });

  test('a controller that has just started knows the registration; one that is removed is gone', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = await putTrunk(stage, onTestFinished);
    const pbx = await pbxOf(stage, account, onTestFinished);
    expect(await pbx.register()).toBe(200);
    await stage.switch.stop();
    // meanwhile nobody is there, and the PBX registers again
    expect(await pbx.register()).toBe(200);
    await stage.reconnect();
    expect(await stage.switch.trunks()).toContain(account.trunkId);
    await stage.switch.putTrunk(account);
    const [event] = await until(
      () => {
        const events = registeredOf(stage, account.trunkId);
        return events.length > 0 ? events : null;
      },
      { what: 'the standing registration' },
    );
    expect(event?.registration.contact).toContain(`:${pbx.endpoint.port}`);
    await stage.switch.removeTrunk(account.trunkId);
    expect(await stage.switch.trunks()).not.toContain(account.trunkId);
    expect([401, 403, 404]).toContain(await pbx.register());
    expect([401, 403, 407]).toContain((await (await pbx.call('27872500100')).ended()).status);
  });
};
