/** The switch port's contract: registrations. */
import { expect, test } from 'vitest';
import type { ExtensionAccount, RegistrationFailureKind } from '../../controller/switch/port.ts';
import { freePort } from '../kit/ports.ts';
import { type RegisterAnswer, SipPeer } from '../kit/sip-peer.ts';
import { staysSo, until } from '../kit/until.ts';
import type { Finish, Stage } from './stage.ts';

type Failure = {
  name: string;
  kind: RegistrationFailureKind;
  sipStatus: number | null;
  account: (stage: Stage, finish: Finish) => Promise<ExtensionAccount>;
};

/** A scripted registrar that refuses everything with one status. */
const refusing =
  (status: number) =>
  async (stage: Stage, finish: Finish): Promise<ExtensionAccount> => {
    const peer = await stage.peer(finish, { onRegister: () => ({ status }) });
    return stage.account(peer, '1000');
  };

const failures: Failure[] = [
  {
    name: 'a wrong password at a real PBX',
    kind: 'authentication',
    sipStatus: 401,
    account: async (stage) => stage.account(stage.pbx, '1001', { password: 'wrong' }),
  },
  {
    name: 'a user that a real PBX does not know (it asks for a password all the same)',
    kind: 'authentication',
    sipStatus: 401,
    account: async (stage) => stage.account(stage.pbx, '8888'),
  },
  {
    name: 'an extension that a real PBX forbids',
    kind: 'forbidden',
    sipStatus: 403,
    account: async (stage) => stage.account(stage.pbx, '1011'),
  },
  {
    name: 'an extension that a real PBX has not',
    kind: 'unknown-extension',
    sipStatus: 404,
    account: async (stage) => stage.account(stage.pbx, '1012'),
  },
  { name: '403 without a challenge', kind: 'forbidden', sipStatus: 403, account: refusing(403) },
  { name: '404 without a challenge', kind: 'unknown-extension', sipStatus: 404, account: refusing(404) },
  { name: '500', kind: 'other', sipStatus: 500, account: refusing(500) },
  {
    name: 'a host that says nothing',
    kind: 'no-answer',
    sipStatus: null,
    account: async (stage, finish) => {
      const peer = await stage.peer(finish, { onRegister: () => 'silent' });
      return stage.account(peer, '1000');
    },
  },
  {
    name: 'a UDP port where nobody is',
    kind: 'refused',
    sipStatus: null,
    account: async (stage) => stage.account({ host: '127.0.0.1', port: await freePort() }, '1000'),
  },
  {
    name: 'a TCP port where nobody is',
    kind: 'refused',
    sipStatus: null,
    account: async (stage) =>
      stage.account({ host: '127.0.0.1', port: await freePort() }, '1000', { transport: 'tcp' }),
  },
  {
    name: 'a name that does not exist',
    kind: 'name-not-found',
    sipStatus: null,
    account: async (stage) => stage.account({ host: 'pbx.offhook-test.invalid', port: 5060 }, '1000'),
  },
];

export const registrationContract = (use: () => Stage): void => {
  for (const transport of ['udp', 'tcp'] as const) {
    test(`registers at a real PBX over ${transport}, and unregisters`, async ({ onTestFinished }) => {
      const stage = use();
      const account = stage.account(stage.pbx, '1000', { transport });
      await stage.registered(account, onTestFinished);
      const contact = await stage.pbx.registered('1000');
      expect(/transport=tcp/i.test(contact.uri)).toBe(transport === 'tcp');
      await stage.switch.removeAccount(account.trunkId);
      await stage.pbx.unregistered('1000');
      // what it does not know is no error
      await stage.switch.removeAccount(account.trunkId);
    });
  }

  // some take a transaction's whole time, so they wait together
  for (const failure of failures) {
    test.concurrent(`says why it is not registered: ${failure.name}`, async ({ onTestFinished }) => {
      const stage = use();
      const account = await stage.put(await failure.account(stage, onTestFinished), onTestFinished);
      const said = await stage.events.failed(account.trunkId, 60_000);
      expect(said).toMatchObject({ kind: failure.kind, sipStatus: failure.sipStatus });
      expect(said.detail).not.toBe('');
      expect(stage.events.state(account.trunkId)?.phase).not.toBe('registered');
    });
  }

  test.concurrent('keeps to the expiry that the PBX granted', async ({ onTestFinished }) => {
    const stage = use();
    const grantSeconds = 20;
    const peer = await stage.peer(onTestFinished, {
      onRegister: (attempt) => (attempt.authorized ? { grantSeconds } : { status: 401 }),
    });
    await stage.registered(stage.account(peer, '1000'), onTestFinished);
    const granted = peer.attempts.filter((attempt) => attempt.authorized);
    const first = granted[0]?.atMs ?? 0;
    const again = await until(() => peer.attempts.find((attempt) => attempt.atMs > first), {
      what: 'the registration to be renewed',
      timeoutMs: grantSeconds * 2000,
    });
    expect((again.atMs - first) / (grantSeconds * 1000)).toBeLessThan(1);
    expect(again.callId).toBe(granted[0]?.callId);
  });

  test('asks for the expiry of the account, with its own contact and credentials', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished, { passwordOf: () => 'se cret"\\'.replace(' ', '') });
    const account = stage.account(peer, '1000', {
      username: '1000',
      authId: 'auth-1000',
      password: 'secret"\\',
      expirySeconds: 300,
    });
    await stage.registered(account, onTestFinished);
    const attempt = peer.attempts.at(-1);
    expect(attempt).toMatchObject({ user: '1000', credentialsUser: 'auth-1000', expirySeconds: 300 });
  });

  test('the same account again changes nothing; a changed one replaces the old one', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const account = stage.account(stage.pbx, '1000');
    await stage.registered(account, onTestFinished);
    const before = await stage.pbx.registered('1000');
    await stage.switch.putAccount(account);
    await stage.switch.putAccount({ ...account, codecs: [...account.codecs] });
    const changed = { ...account, extension: '1001', username: '1001', authId: '1001', password: 'pw-1001' };
    expect((await stage.pbx.contactOf('1000'))?.callId).toBe(before.callId);
    expect(stage.events.state(account.trunkId)).toEqual({ phase: 'registered' });
    await stage.switch.putAccount(changed);
    await stage.pbx.registered('1001');
    await stage.pbx.unregistered('1000');
    await stage.events.registered(account.trunkId);
  });

  test('a change that makes it fail is said, and mending it too', async ({ onTestFinished }) => {
    const stage = use();
    const account = stage.account(stage.pbx, '1000');
    await stage.registered(account, onTestFinished);
    const after = stage.events.all.length;
    await stage.switch.putAccount({ ...account, password: 'wrong' });
    expect((await stage.events.failed(account.trunkId, 20_000, after)).kind).toBe('authentication');
    await stage.switch.putAccount(account);
    await stage.events.registered(account.trunkId);
  });

  test('an account that the switch refuses leaves the old one live, and the error names the trunk', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished);
    const account = await stage.registered(stage.account(peer, '1000'), onTestFinished);
    const unheard = { ...account, transport: 'pigeon' as ExtensionAccount['transport'] };
    await expect(stage.switch.putAccount(unheard)).rejects.toThrow(account.trunkId);
    await stage.events.registered(account.trunkId);
    const call = await peer.call('1000');
    onTestFinished(() => call.hangUp());
    expect((await stage.events.offered(account.trunkId)).calledNumber).toBe('1000');
  });

  test('a new controller keeps its own accounts, and takes away those that no trunk has', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished);
    const [own, lost, stranger] = ['1000', '1001', '1002'].map((ext) => stage.account(peer, ext)) as [
      ExtensionAccount,
      ExtensionAccount,
      ExtensionAccount,
    ];
    await Promise.all([own, lost, stranger].map((account) => stage.registered(account, onTestFinished)));
    const { callId } = await peer.registrationOf('1000');
    const all = stage.standing();
    await stage.switch.stop();
    // another controller, of an earlier day or by mistake
    await stage.reconnect();
    await stage.switch.removeAccount(lost.trunkId);
    await stage.switch.stop();
    await stage.reconnect();
    await stage.switch.keepAccounts(new Set([...all, own.trunkId, lost.trunkId]));
    for (const account of [own, lost]) await stage.switch.putAccount(account);
    await until(() => !peer.registrations.has('1002'), { what: 'the stranger to be gone' });
    await stage.events.registered(lost.trunkId);
    expect((await peer.registrationOf('1001')).callId).not.toBe('');
    expect((await peer.registrationOf('1000')).callId).toBe(callId);
    expect(
      peer.attempts.filter(({ user }) => user === '1000').every((attempt) => attempt.callId === callId),
    ).toBe(true);
  });

  test('registers anew when it is told to, also after a failure', async ({ onTestFinished }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished, { onRegister: () => ({ status: 403 }) });
    const account = await stage.put(stage.account(peer, '1000'), onTestFinished);
    await stage.events.failed(account.trunkId);
    peer.onRegister = (attempt): RegisterAnswer => (attempt.authorized ? {} : { status: 401 });
    await stage.switch.reRegister(account.trunkId);
    await stage.events.registered(account.trunkId, 5000);
    const attempts = peer.attempts.length;
    await stage.switch.reRegister(account.trunkId);
    await until(() => peer.attempts.length > attempts, { what: 'another REGISTER', timeoutMs: 5000 });
  });

  test('a PBX that asks for a password to unregister gets it', async ({ onTestFinished }) => {
    const stage = use();
    const peer = await stage.peer(onTestFinished, {
      onRegister: (attempt): RegisterAnswer => {
        if (attempt.expirySeconds === 0) return attempt.authorized ? {} : { status: 407 };
        return attempt.authorized ? {} : { status: 401 };
      },
    });
    const account = await stage.registered(stage.account(peer, '1000'), onTestFinished);
    await stage.switch.removeAccount(account.trunkId);
    await until(() => !peer.registrations.has('1000'), { what: 'the contact to be gone', timeoutMs: 8000 });
  });

  test('a PBX that goes away and comes back is registered at again', async ({ onTestFinished }) => {
    const stage = use();
    const first = await SipPeer.open();
    const account = await stage.registered(stage.account(first, '1000'), onTestFinished);
    const { port } = first;
    await first.close();
    const after = stage.events.all.length;
    await stage.switch.reRegister(account.trunkId);
    await stage.events.failed(account.trunkId, 50_000, after);
    const second = await stage.peer(onTestFinished, { port });
    await stage.switch.reRegister(account.trunkId);
    await second.registrationOf('1000');
    await stage.events.registered(account.trunkId);
  });

  test('news about voice mail, unasked, do no harm', async ({ onTestFinished }) => {
    const stage = use();
    const account = await stage.registered(stage.account(stage.pbx, '1014'), onTestFinished);
    await stage.pbx.registered('1014');
    await staysSo(
      () => (stage.events.state(account.trunkId)?.phase === 'registered' ? null : 'not registered any more'),
      1000,
    );
  });

  test('two extensions of one PBX are kept apart', async ({ onTestFinished }) => {
    const stage = use();
    const one = await stage.registered(stage.account(stage.pbx, '1000'), onTestFinished);
    const two = await stage.registered(stage.account(stage.pbx, '1001'), onTestFinished);
    const before = await stage.pbx.registered('1001');
    const phone = await stage.phone('100', onTestFinished);
    for (const [number, account] of [
      ['1000', one],
      ['1001', two],
      ['1000', one],
    ] as const) {
      const call = await phone.call(number);
      const channel = await stage.events.offered(account.trunkId);
      expect(channel).toMatchObject({ trunkId: account.trunkId, calledNumber: number });
      await stage.switch.refuse(channel.channelId, 486);
      await call.ended();
    }
    await stage.switch.putAccount({ ...one, expirySeconds: 900 });
    await stage.events.registered(one.trunkId);
    await stage.switch.reRegister(one.trunkId);
    await stage.switch.removeAccount(one.trunkId);
    await stage.pbx.unregistered('1000');
    expect((await stage.pbx.contactOf('1001'))?.callId).toBe(before.callId);
    expect(stage.events.state(two.trunkId)).toEqual({ phase: 'registered' });
  });
};
