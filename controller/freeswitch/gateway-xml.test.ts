import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../paths.ts';
import { type ExtensionAccount, SwitchError } from '../switch/port.ts';
import { renderGateway, retrySecondsOf } from './gateway-xml.ts';

const account: ExtensionAccount = {
  trunkId: 'trunk-a',
  extension: '1000',
  username: '1000',
  authId: '1000',
  password: 'secret',
  domain: 'pbx.example.com',
  port: 5060,
  transport: 'udp',
  expirySeconds: 600,
  codecs: ['PCMU', 'PCMA'],
};
const hostile: ExtensionAccount = {
  ...account,
  trunkId: 'trunk-b',
  username: 'a;b@c%d&e',
  authId: `id"<'>&$\${x}`,
  password: `p"w'$\${base_dir}<&>X-PRE-PROCESS<!--#x-->%41\\?>`,
  domain: '[2001:db8::1]',
  port: 5160,
  transport: 'tcp',
  codecs: ['PCMA'],
};

const golden = (name: string): string =>
  readFileSync(repositoryPath('dialplan-templates', 'freeswitch', `${name}.golden.xml`), 'utf8');

const parameters = (xml: string): Map<string, string> => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    htmlEntities: true,
    trimValues: false,
  });
  const { gateway } = parser.parse(xml) as { gateway: { param: { name: string; value: string }[] } };
  return new Map(gateway.param.map(({ name, value }) => [name, value]));
};

describe('a gateway', () => {
  it('is the XML that was looked at and tried on FreeSWITCH', () => {
    expect(renderGateway(account).xml).toBe(golden('gateway-plain'));
    expect(renderGateway(hostile).xml).toBe(golden('gateway-hostile'));
  });

  it('gives FreeSWITCH exactly the password, whatever it is made of', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 128,
    });
    const tricky = fc.constantFrom(
      '$${x}',
      'X-PRE-PROCESS',
      'x-pre-process',
      '<!--#',
      '-->',
      '<?',
      '<include>',
      ']]>',
      '&#36;',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc
            .array(fc.oneof(text, tricky), { minLength: 1, maxLength: 4 })
            .map((parts) => parts.join('').slice(0, 128)),
        ),
        (drawn) => {
          // refused, see below
          const password = drawn.replaceAll(':', ';');
          const { xml } = renderGateway({ ...account, password });
          expect(parameters(xml).get('password')).toBe(password);
          // what switch_xml.c looks for in the lines before it parses them
          expect(xml).not.toMatch(/\$\$\{|x-pre-process|<!--|<\?|<include>/i);
        },
      ),
    );
  });

  it('has a user part that stays one', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 64,
    });
    fc.assert(
      fc.property(text, (username) => {
        const user = parameters(renderGateway({ ...account, username }).xml).get('from-user') ?? '';
        expect(user).toMatch(/^[A-Za-z0-9\-_.!~*'()+%]+$/);
        expect(decodeURIComponent(user)).toBe(username);
      }),
    );
  });

  it('changes its fingerprint with anything in the account', () => {
    const fingerprints = new Set(
      [
        account,
        { ...account, trunkId: 'trunk-z' },
        { ...account, extension: '1001' },
        { ...account, username: 'x' },
        { ...account, authId: 'x' },
        { ...account, password: 'x' },
        { ...account, domain: 'x' },
        { ...account, port: 5061 },
        { ...account, transport: 'tcp' as const },
        { ...account, mediaEncryption: 'required' as const },
        { ...account, expirySeconds: 60 },
        { ...account, codecs: ['PCMA', 'PCMU'] as const },
      ].map((one) => renderGateway(one).fingerprint),
    );
    expect(fingerprints.size).toBe(12);
    expect(renderGateway({ ...account }).fingerprint).toBe(renderGateway(account).fingerprint);
  });

  it.each([
    ['a domain that is none', { domain: 'a;b,c{d}' }],
    ['a trunk id with a path', { trunkId: '../x' }],
    ['an extension of signs', { extension: '10"0' }],
    ['no password', { password: '' }],
    ['a password with a line break', { password: 'a\nb' }],
    ['a password with a control character', { password: 'a\u0000b' }],
    ['a password that is not ASCII', { password: 'pässword' }],
    ['a password that is too long', { password: 'x'.repeat(129) }],
    ['a password with a colon', { password: 'a:b' }],
    ['an authentication ID with a colon', { authId: 'a:b' }],
    ['a port that is none', { port: 0 }],
    ['an expiry of nothing', { expirySeconds: 0 }],
    ['no codec', { codecs: [] }],
  ])('is refused with %s', (_name, change) => {
    try {
      renderGateway({ ...account, ...change });
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(SwitchError);
      expect((thrown as SwitchError).code).toBe('bad-argument');
      // an error text may end up in a log
      if ('password' in change && change.password !== '')
        expect(String(thrown)).not.toContain(change.password);
    }
  });

  it('spreads the retries of many trunks over half a minute', () => {
    const seconds = Array.from({ length: 1000 }, (_, index) => retrySecondsOf(`trunk-${index}`));
    expect(Math.min(...seconds)).toBe(60);
    expect(Math.max(...seconds)).toBe(90);
    expect(new Set(seconds).size).toBe(31);
  });
});
