import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../paths.ts';
import type { TrunkAccount } from '../switch/port.ts';
import { trunkObjectsOf } from './trunk-objects.ts';

const account: TrunkAccount = {
  trunkId: 'trunk-a',
  username: 'acme-hq',
  passwords: ['newest-password', 'older-password'],
  authentication: 'credentials',
  allowedAddresses: [],
  codecs: ['PCMA', 'PCMU'],
};
const addresses = ['203.0.113.7/32', '2001:db8::/48'];
const shown = (of: TrunkAccount): string =>
  `${trunkObjectsOf(of)
    .map(({ type, id, fields }) =>
      [`[${type} ${id}]`, ...[...fields].map(([name, value]) => `${name} = ${value}`)].join('\n'),
    )
    .join('\n\n')}\n`;

describe('the objects of a SIP trunk', () => {
  it.each([
    ['credentials', account],
    ['ip-allowlist', { ...account, authentication: 'ip-allowlist', allowedAddresses: addresses }],
    ['both', { ...account, authentication: 'both', allowedAddresses: addresses }],
  ] as const)('are those that were looked at and tried on Asterisk: %s', (name, of) => {
    const golden = repositoryPath('dialplan-templates', 'asterisk', 'golden', `trunk-${name}.golden.txt`);
    expect(shown(of)).toBe(readFileSync(golden, 'utf8'));
  });

  it('of a deactivated one let nobody register, and differ in nothing else', () => {
    const inactive = trunkObjectsOf({ ...account, active: false });
    const usual = trunkObjectsOf(account);
    const names = (objects: typeof usual) => objects.map(({ type, id }) => `${type} ${id}`);
    expect(names(inactive)).toEqual(names(usual).filter((name) => !name.startsWith('aor ')));
    const fieldsOf = (objects: typeof usual) => objects.find(({ type }) => type === 'endpoint')?.fields;
    expect(fieldsOf(inactive)).toEqual(fieldsOf(usual)?.filter(([name]) => name !== 'aors'));
  });

  it('changes only the mark of what has changed', () => {
    const marks = (of: TrunkAccount) =>
      new Map(trunkObjectsOf(of).map(({ type, id, mark }) => [`${type} ${id}`, mark]));
    const before = marks(account);
    const after = marks({ ...account, passwords: ['third-password', 'newest-password'] });
    const changed = [...before].filter(([name, mark]) => after.get(name) !== mark).map(([name]) => name);
    expect(changed).toEqual(['auth acme-hq~old', 'auth acme-hq', 'auth acme-hq~out']);
  });

  it.each([
    [{ trunkId: 'a,b' }],
    [{ username: 'a;b' }],
    [{ passwords: ['two\nlines'] as const }],
    [{ authentication: 'both', allowedAddresses: ['0.0.0.0/0,x'] } as const],
    [{ authentication: 'both', allowedAddresses: [] } as const],
    [{ codecs: [] }],
  ])('are refused: %o', (changes) => {
    expect(() => trunkObjectsOf({ ...account, ...changes })).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  });
});
