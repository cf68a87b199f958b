/** The switch port's contract: arguments that a switch or SIP would read as something else are refused. */
import { expect, test } from 'vitest';
import type { ExtensionAccount } from '../../controller/switch/port.ts';
import { hearEachOther, type Stage } from './stage.ts';

const wrongAccounts: [string, Partial<ExtensionAccount>][] = [
  ['a domain with signs of its own', { domain: 'a;b,c{d}' }],
  ['a domain of two lines', { domain: 'pbx.example\r\nX-Evil: 1' }],
  ['an empty domain', { domain: '' }],
  ['a domain with a user', { domain: 'user@pbx.example' }],
  ['an extension with a header', { extension: '100>\r\nX: 1' }],
  ['a user name of two lines', { username: '100\r\nX-Evil: 1' }],
  ['an auth id of two lines', { authId: 'a\nb' }],
  ['a password of two lines', { password: 'a\r\nb' }],
  ['a port of nowhere', { port: 0 }],
  ['a port beyond all', { port: 65_536 }],
  ['a trunk id that is a path', { trunkId: '../../etc/passwd' }],
  ['a trunk id with spaces', { trunkId: 'a b' }],
  ['an empty trunk id', { trunkId: '' }],
];

/** The contract of the API refuses most of these; a switch may take them, when it escapes them. */
const oddAccounts: [string, Partial<ExtensionAccount>][] = [
  [
    'an extension of letters',
    { extension: 'sales', username: 'sales', authId: 'sales', password: 'pw-sales' },
  ],
  ['a user name with a quotation mark', { username: '10"0' }],
  ['a user name with a percent sign', { username: '10%41' }],
  ['a user name with every sign that SIP allows', { username: "a-_.!~*'()&=+$,;?/b" }],
  ['a password of signs', { authId: 'signs', password: 'pw-signs' }],
  ['a password that a template or a shell would read', { authId: '${x}', password: 'pw-${x}' }],
];

export const badInputContract = (use: () => Stage): void => {
  for (const [name, changes] of wrongAccounts) {
    test(`an account with ${name} is refused, and nothing is left of it`, async ({ onTestFinished }) => {
      const stage = use();
      const account = { ...stage.account({ host: '127.0.0.1', port: 5060 }, '1000'), ...changes };
      onTestFinished(() => stage.switch.removeAccount(account.trunkId).catch(() => undefined));
      await expect(stage.switch.putAccount(account)).rejects.toMatchObject({
        name: 'SwitchError',
        code: 'bad-argument',
      });
      expect(stage.events.state(account.trunkId)).toBeNull();
      expect(stage.switch.linked).toBe(true);
    });
  }

  for (const [name, changes] of oddAccounts) {
    test(`an account with ${name} is refused or means just what it says`, async ({ onTestFinished }) => {
      const stage = use();
      const peer = await stage.peer(onTestFinished);
      const account = stage.account(peer, '1000', changes);
      onTestFinished(() => stage.switch.removeAccount(account.trunkId));
      const refusal: unknown = await stage.switch.putAccount(account).then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal !== null) {
        expect(refusal).toMatchObject({ name: 'SwitchError', code: 'bad-argument' });
        return;
      }
      await stage.events.registered(account.trunkId);
      const attempt = peer.attempts.at(-1);
      expect(decodeURIComponent(attempt?.user ?? '')).toBe(account.username);
      expect(attempt?.credentialsUser?.replaceAll(/\\(.)/g, '$1')).toBe(account.authId);
    });
  }

  test('a transfer to what is no extension or no host is refused before anything is sent', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { peer, call, channel, voice } = await stage.talking(onTestFinished);
    const good = { extension: '215', domain: peer.host, port: peer.port, transport: 'udp' } as const;
    for (const changes of [
      { extension: '215;x=y' },
      { extension: '215@evil.example' },
      { extension: '' },
      { domain: 'a;b,c{d}' },
      { domain: 'pbx.example?Replaces=x' },
      { port: 0 },
    ]) {
      await expect(
        stage.switch.refer(channel.channelId, { ...good, ...changes }, 3000),
      ).rejects.toMatchObject({ code: 'bad-argument' });
    }
    expect(call.receivedOf('REFER')).toHaveLength(0);
    await hearEachOther(call, voice);
  });

  test('a channel id that is no channel id reaches no call', async ({ onTestFinished }) => {
    const stage = use();
    const { call, channel, voice } = await stage.talking(onTestFinished);
    for (const channelId of [
      '',
      'all',
      '*',
      `${channel.channelId} x`,
      `${channel.channelId}\n\nexit`,
      '../channels',
      '${x}',
    ]) {
      await expect(stage.switch.answer(channelId)).rejects.toMatchObject({ name: 'SwitchError' });
      await stage.switch.hangUp(channelId).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'bad-argument' });
      });
    }
    await hearEachOther(call, voice);
    expect(stage.switch.linked).toBe(true);
  });
};
