import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../paths.ts';
import type { TrunkAccount } from '../switch/port.ts';
import { a1HashOf, renderTrunk } from './trunk-xml.ts';

const account: TrunkAccount = {
  trunkId: 'trunk-a',
  username: 'acme-hq',
  passwords: ['newest-password', 'older-password'],
  authentication: 'credentials',
  allowedAddresses: [],
  codecs: ['PCMA', 'PCMU'],
};
const addresses = ['203.0.113.7/32', '2001:db8::/48'];
const golden = (name: string): string =>
  readFileSync(repositoryPath('dialplan-templates', 'freeswitch', `${name}.golden.xml`), 'utf8');

describe('a user of the directory', () => {
  it('is the XML that was looked at and tried on FreeSWITCH', () => {
    expect(renderTrunk(account)).toMatchObject({ user: golden('trunk-credentials'), list: null });
    expect(
      renderTrunk({ ...account, authentication: 'ip-allowlist', allowedAddresses: addresses }),
    ).toMatchObject({ user: golden('trunk-ip-allowlist'), list: golden('trunk-both-list') });
    expect(renderTrunk({ ...account, authentication: 'both', allowedAddresses: addresses })).toMatchObject({
      user: golden('trunk-both'),
      list: golden('trunk-both-list'),
    });
  });

  it('holds no password in the clear, and never none at all', () => {
    const password = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 8,
      maxLength: 64,
    });
    fc.assert(
      fc.property(
        password,
        fc.constantFrom('credentials', 'ip-allowlist', 'both'),
        (secret, authentication) => {
          const { user } = renderTrunk({
            ...account,
            passwords: [secret],
            authentication,
            allowedAddresses: addresses,
          });
          expect(user).not.toContain(secret);
          expect(user).toContain(`<param name="a1-hash" value="${a1HashOf('acme-hq', secret)}"/>`);
          expect(user).toContain('<param name="allow-empty-password" value="false"/>');
        },
      ),
    );
  });

  it('changes its fingerprint with what it is made of, and not with the old password', () => {
    const of = (changes: Partial<TrunkAccount>) => renderTrunk({ ...account, ...changes }).fingerprint;
    const { fingerprint } = renderTrunk(account);
    expect(of({ passwords: ['newest-password'] })).toBe(fingerprint);
    const both = { authentication: 'both', allowedAddresses: addresses } as const;
    const others = [
      of({ passwords: ['another-password'] }),
      of({ username: 'other' }),
      of({ codecs: ['PCMU'] }),
      of(both),
      of({ ...both, allowedAddresses: ['203.0.113.8/32'] }),
    ];
    expect(new Set([fingerprint, ...others]).size).toBe(others.length + 1);
  });

  it.each([
    [{ trunkId: '../x' }],
    [{ username: 'a"><user id="b' }],
    [{ username: '' }],
    [{ passwords: ['two\nlines'] as const }],
    [{ authentication: 'both', allowedAddresses: ['203.0.113.7"/>'] } as const],
    [{ authentication: 'ip-allowlist', allowedAddresses: [] } as const],
    [{ codecs: [] }],
  ])('is refused: %o', (changes) => {
    expect(() => renderTrunk({ ...account, ...changes })).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  });
});
