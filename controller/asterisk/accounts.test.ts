import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../paths.ts';
import type { ExtensionAccount } from '../switch/port.ts';
import { keyOf, objectsOf, registrationKey } from './accounts.ts';

const account: ExtensionAccount = {
  trunkId: 'head-office',
  extension: '1000',
  username: '1000',
  authId: 'auth-1000',
  password: 'pw;"\\,=%',
  domain: 'pbx.example.com',
  port: 5060,
  transport: 'tcp',
  expirySeconds: 600,
  codecs: ['PCMA', 'PCMU'],
};

const text = (given: ExtensionAccount): string =>
  objectsOf(given)
    .map(({ type, fields }) => [`[${type}]`, ...[...fields].map(([name, value]) => `${name} = ${value}`), ''])
    .flat()
    .join('\n');

describe('the objects of an account', () => {
  it('are as they have always been', async () => {
    const golden = (name: string) => repositoryPath('dialplan-templates', 'asterisk', 'golden', name);
    await expect(text(account)).toMatchFileSnapshot(golden('account-tcp.golden.txt'));
    const udp: ExtensionAccount = {
      ...account,
      domain: '[2001:db8::1]',
      port: 5070,
      transport: 'udp',
      username: 'a@b;c',
      codecs: ['PCMU'],
    };
    await expect(text(udp)).toMatchFileSnapshot(golden('account-udp.golden.txt'));
  });

  it('are refused for what SIP or Asterisk would read otherwise', () => {
    const wrong: Partial<ExtensionAccount>[] = [
      { trunkId: '' },
      { trunkId: 'A' },
      { trunkId: 'a/b' },
      { trunkId: 'a'.repeat(41) },
      { extension: '10x' },
      { extension: '' },
      { domain: 'a;b,c{d}' },
      { domain: 'pbx>\r\nX: y' },
      { domain: '' },
      { port: 0 },
      { port: 1.5 },
      { port: 65_536 },
      { expirySeconds: 0 },
      { expirySeconds: Number.NaN },
      { codecs: [] },
      { username: 'a"b' },
      { username: 'a b' },
      { authId: 'a\nb' },
      { password: 'a\r\nb' },
      { password: '' },
      { password: 'ü' },
    ];
    for (const changes of wrong)
      expect(() => objectsOf({ ...account, ...changes })).toThrow(
        expect.objectContaining({ code: 'bad-argument' }),
      );
  });

  it('never have a line break in a value, whatever the account', () => {
    const any = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(
        fc.record({ username: any, authId: any, password: any, domain: any, extension: any }),
        (changes) => {
          try {
            for (const { fields } of objectsOf({ ...account, ...changes }))
              for (const value of fields.values()) expect(value).toMatch(/^[\x20-\x7e]*$/);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'bad-argument' });
          }
        },
      ),
    );
  });
});

describe('the mark of an object', () => {
  const marks = (changes: Partial<ExtensionAccount> = {}) =>
    new Map(objectsOf({ ...account, ...changes }).map(({ type, mark }) => [type, mark]));
  const changedTypes = (changes: Partial<ExtensionAccount>) =>
    [...marks(changes)].filter(([type, mark]) => marks().get(type) !== mark).map(([type]) => type);

  it('is the same for the same account, and changes with what the object holds', () => {
    expect(changedTypes({})).toEqual([]);
    expect(changedTypes({ codecs: ['PCMA'] })).toEqual(['endpoint']);
    expect(changedTypes({ password: 'new' })).toEqual(['auth', 'registration']);
    expect(changedTypes({ expirySeconds: 601 })).toEqual(['registration']);
    expect(changedTypes({ domain: 'other' })).toEqual(['aor', 'registration']);
  });
});

describe('whom a REGISTER is about', () => {
  it('is the same in AMI, on the wire and in the account', () => {
    expect(keyOf(account)).toBe('sip:1000@pbx.example.com sip:pbx.example.com:5060');
    expect(registrationKey('sip:1000@pbx.example.com:5060', 'sip:pbx.example.com:5060;transport=tcp')).toBe(
      keyOf(account),
    );
    expect(registrationKey('sip:1000@pbx.example.com', 'sip:pbx.example.com:5060;transport=TCP')).toBe(
      keyOf(account),
    );
  });

  it('keeps two extensions of one PBX and one extension of two apart', () => {
    const keys = [
      account,
      { ...account, username: '1001' },
      { ...account, port: 5061 },
      { ...account, domain: 'b' },
    ];
    expect(new Set(keys.map(keyOf)).size).toBe(4);
  });
});
