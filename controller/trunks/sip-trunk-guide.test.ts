import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PbxType } from '../contract/trunk.ts';
import { repositoryPath } from '../paths.ts';
import { presetOf } from './presets.ts';
import { type SipTrunkGuideSubject, SipTrunkGuides } from './sip-trunk-guide.ts';

const guides = new SipTrunkGuides();
const folder = (...parts: string[]): string =>
  repositoryPath('dialplan-templates', 'guides', 'sip-trunk', ...parts);
const plain = (pbxType: PbxType): SipTrunkGuideSubject => ({
  name: 'Acme HQ',
  pbxType,
  domain: 'pbx.example.com',
  port: 5060,
  transport: 'udp',
  authentication: 'credentials',
  allowedAddresses: [],
  username: 'offhook-abcdefghij',
  codecs: presetOf(pbxType, 'sip-trunk').defaults.codecs,
  concurrentCallLimit: 12,
  active: true,
  mediaEncryption: 'off',
  registrar: { host: 'voice.example.com', port: 5070, tlsPort: 5071 },
  certificate: null,
  numbers: [{ number: '27872500100', label: 'Sales', agentName: null }],
  agentName: 'Reception',
});
const hostileName = 'a"><x>${system rm} `b` **c** | [d](https://e.example) {{f}}\n# g';

describe.each(PbxType.options)('the SIP trunk guide of %s', (pbxType) => {
  it('is its golden file', async () => {
    await expect(guides.markdown(plain(pbxType))).toMatchFileSnapshot(
      folder('golden', `${pbxType}.golden.md`),
    );
  });

  it('says what an admin enters and looks for, and from where its names are known', () => {
    const { steps, troubleshooting, rollback, sources } = guides.guide(plain(pbxType));
    const text = steps.map((step) => step.text).join('\n');
    const values = steps.flatMap((step) => step.values);
    const shown = values.map(({ value }) => value).join('\n');
    for (const value of ['voice.example.com', '5070', 'offhook-abcdefghij', '12', 'pbx.example.com'])
      expect(shown).toContain(value);
    expect(values).toContainEqual({ label: '+27872500100', value: 'Reception (Sales)' });
    expect(steps.map(({ title }) => title).join('\n')).toMatch(/option A[^]*option B/);
    expect(text.match(/^[1-9]\. /gm)).toHaveLength(9);
    const told = troubleshooting.map(({ problem }) => problem).join('\n');
    for (const words of [/not registered/, /404, 480 or 503/, /603/, /audio/, /30 seconds/, /SIP ALG/])
      expect(told).toMatch(words);
    for (const { causes, checks } of troubleshooting) {
      expect(causes.length).toBeGreaterThan(1);
      expect(checks.length).toBeGreaterThan(1);
    }
    expect(rollback).toHaveLength(4);
    expect(sources.join(' ')).toMatch(/[Nn]ot confirmed/);
  });

  it('follows the way in which the PBX authenticates', () => {
    const addresses = ['203.0.113.7/32', '2001:db8::/48'];
    const of = (authentication: SipTrunkGuideSubject['authentication']) =>
      JSON.stringify(guides.guide({ ...plain(pbxType), authentication, allowedAddresses: addresses }));
    expect(of('credentials')).not.toContain('203.0.113.7');
    expect(of('both')).toContain('203.0.113.7/32');
    expect(of('both')).toContain('offhook-abcdefghij');
    expect(of('ip-allowlist')).toContain('2001:db8::/48');
    expect(of('ip-allowlist')).not.toContain('offhook-abcdefghij');
    expect(of('ip-allowlist')).not.toContain('SIP Password');
  });

  it('says that a PBX elsewhere cannot reach a loopback address, and that nobody said where to register', () => {
    const at = (registrar: SipTrunkGuideSubject['registrar']) =>
      guides.guide({ ...plain(pbxType), registrar }).introduction;
    expect(at({ host: '127.0.0.1', port: 5060, tlsPort: 5061 })).toContain('from the machine itself only');
    expect(at({ host: '203.0.113.9', port: 5060, tlsPort: 5061 })).not.toContain('machine itself');
    expect(at(null)).toContain('PUBLIC_SIP_HOST');
  });

  it('keeps its form with any name, label or agent', () => {
    const subject = (text: string): SipTrunkGuideSubject => ({
      ...plain(pbxType),
      name: text,
      agentName: text,
      numbers: [{ number: '27872500100', label: text, agentName: text }],
    });
    const titles = guides.guide(plain(pbxType)).steps.map(({ title }) => title);
    const texts = fc.oneof(
      fc.constant(hostileName),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(guides.guide(subject(text)).steps.map(({ title }) => title)).toEqual(titles);
        expect(guides.markdown(subject(text))).not.toMatch(/<[a-z!/]/i);
      }),
      { numRuns: 25 },
    );
  });
});

it('the guide for 3CX has exactly the fields of that form', () => {
  const { steps } = guides.guide(plain('3cx'));
  expect(steps[1]?.values.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    'Country: Generic',
    'Provider: Generic VoIP Provider (in some versions Generic SIP Trunk)',
    'Main Trunk No.: leave it blank: routing is set by the DIDs',
    'Name of provider: Offhook',
    'Registrar/Server: voice.example.com, port 5070',
    'Outbound Proxy: voice.example.com, port 5070',
    'Number of SIM Calls: 12',
    'Type of Authentication: Register/Account based',
    'Authentication ID: offhook-abcdefghij',
    'Authentication Password: the one that Offhook showed once',
    '3CX requires Registration: Yes',
  ]);
  expect(steps.flatMap(({ values }) => values)).toContainEqual({
    label: 'Codec Priority',
    value: 'G.711 A-law (PCMA), then G.711 u-law (PCMU)',
  });
});

it('no template puts a value where the escaping would not hold', () => {
  const files = [
    ...readdirSync(folder()).filter((file) => file.endsWith('.hbs')),
    ...readdirSync(folder('parts')).map((file) => `parts/${file}`),
  ];
  expect(files.length).toBeGreaterThan(PbxType.options.length);
  for (const file of files) {
    const source = readFileSync(folder(file), 'utf8');
    expect(source).not.toMatch(/^(?:- |[0-9]+\. |#+ )?\{\{(?![>#/]|else)/m);
    for (const [code] of source.matchAll(/`[^`\n]*`/g)) expect(code).not.toContain('{{');
  }
});

describe('a SIP trunk over TLS, with SRTP', () => {
  const certificate = {
    names: ['voice.example.com', '192.0.2.20'],
    fitsRegistrar: true,
    isSelfSigned: true,
    issuer: 'Offhook',
    validUntil: '2036-11-20T00:00:00.000Z',
    fingerprint: 'AB:CD:EF',
  };
  const secure = (pbxType: PbxType, changes: Partial<SipTrunkGuideSubject> = {}): SipTrunkGuideSubject => ({
    ...plain(pbxType),
    transport: 'tls',
    mediaEncryption: 'required',
    certificate,
    ...changes,
  });

  it.each(['3cx', 'asterisk'] as const)('is its golden file for %s', async (pbxType) => {
    await expect(guides.markdown(secure(pbxType))).toMatchFileSnapshot(
      folder('golden', `${pbxType}-tls.golden.md`),
    );
  });

  it.each(PbxType.options)('names the TLS port and how the PBX comes to trust us: %s', (pbxType) => {
    const { steps, troubleshooting } = guides.guide(secure(pbxType));
    const values = steps.flatMap((step) => step.values);
    expect(values).toContainEqual({ label: 'Registrar port', value: '5071' });
    expect(values).toContainEqual({ label: 'Transport', value: 'TLS' });
    expect(values).toContainEqual({ label: 'Media encryption', value: 'required' });
    expect(JSON.stringify(values)).not.toContain('5070');
    const text = steps.map((step) => step.text).join('\n');
    expect(text).toMatch(/voice\.example\.com, 192\.0\.2\.20 and valid until 20 November 2036/);
    expect(text).toMatch(/download it[^]*AB:CD:EF[^]*SRTP/);
    expect(text).not.toContain('is not made out to');
    expect(JSON.stringify(troubleshooting)).toMatch(/does not trust Offhook's certificate/);
  });

  it('says what the certificate of somebody else, of another name, or none needs', () => {
    const text = (changes: object) =>
      guides
        .guide(secure('other', { certificate: { ...certificate, ...changes } }))
        .steps.map((step) => step.text)
        .join('\n');
    expect(text({ isSelfSigned: false, issuer: 'Example CA' })).toMatch(/comes from Example CA/);
    expect(text({ fitsRegistrar: false })).toMatch(/is not made out to voice\.example\.com/);
    expect(guides.markdown(secure('other', { certificate: null }))).toMatch(/no usable certificate/);
  });
});
