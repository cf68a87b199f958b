import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionType, PbxType, TrunkInput } from '../contract/trunk.ts';
import { repositoryPath } from '../paths.ts';
import { type GuideSubject, Guides } from './guide.ts';
import { GuideError, parseGuide } from './guide-markdown.ts';
import { listPbxTypes, presetOf } from './presets.ts';

const guides = new Guides();
const plain = (pbxType: PbxType): GuideSubject => ({
  name: 'Acme HQ',
  pbxType,
  domain: 'pbx.example.com',
  port: 5060,
  transport: 'udp',
  extension: '1000',
  username: '1000',
  authId: '1000',
  codecs: presetOf(pbxType, 'extension').defaults.codecs,
  expirySeconds: 600,
  concurrentCallLimit: 10,
  active: true,
  numbers: [{ number: '27872500100', label: 'Sales' }],
  agentName: 'Reception',
});
const hostileName = 'a"><x>${system rm} `b` **c** | [d](https://e.example) {{f}}\n# g';
const hostile = (pbxType: PbxType): GuideSubject => ({
  ...plain(pbxType),
  name: hostileName,
  domain: '[2001:db8::1]',
  port: 5160,
  transport: 'tls',
  encryption: { tlsVerify: true, tlsCaPem: null, mediaEncryption: 'required' },
  username: 'a;b_c*d|e',
  authId: '_id_&=$?',
  codecs: ['PCMA'],
  concurrentCallLimit: 1,
  active: false,
  numbers: Array.from({ length: 23 }, (_, index) => ({
    number: `2787250${1000 + index}`,
    label: hostileName,
  })),
  agentName: null,
});
const folder = (...parts: string[]): string => repositoryPath('dialplan-templates', 'guides', ...parts);
const templates = (connectionType: string): string[] =>
  readdirSync(folder(connectionType)).filter((file) => file.endsWith('.md.hbs'));

describe.each(PbxType.options)('the guide of %s', (pbxType) => {
  it('is its golden file', () => {
    const golden = folder('extension', 'golden', `${pbxType}.golden.md`);
    expect(guides.markdown(plain(pbxType))).toBe(readFileSync(golden, 'utf8'));
  });

  it.each([plain, hostile])('leaves no placeholder and nothing empty (%o)', (subject) => {
    const markdown = guides.markdown(subject(pbxType));
    expect(markdown.replace(/\\[{}]/g, '')).not.toMatch(/\{\{|\}\}|undefined|\[object|\| +\|$/m);
    const guide = guides.guide(subject(pbxType));
    for (const { title, text } of guide.steps) expect([title, text]).not.toContain('');
    for (const { causes, checks } of guide.troubleshooting) {
      expect(causes.length).toBeGreaterThan(0);
      expect(checks.length).toBeGreaterThan(0);
    }
    expect(guide.rollback.length).toBeGreaterThan(2);
    expect(guide.sources.length).toBeGreaterThan(0);
  });

  it('says what an admin looks for', () => {
    const { steps, troubleshooting, sources } = guides.guide(plain(pbxType));
    const values = steps.flatMap((step) => step.values.map(({ value }) => value));
    expect(values).toEqual(
      expect.arrayContaining(['1000', 'pbx.example.com', '5060', 'UDP', '600 seconds', '10']),
    );
    expect(steps.flatMap((step) => step.values)).toContainEqual({
      label: '+27872500100',
      value: 'extension 1000 (Sales)',
    });
    const told = troubleshooting.map(({ problem }) => problem).join('\n');
    for (const words of [
      /Connecting/,
      /Authentication required/,
      /voicemail/,
      /603/,
      /audio/,
      /30 seconds/,
      /SIP ALG/,
    ])
      expect(told).toMatch(words);
    expect(sources.join(' ')).toMatch(/[Nn]ot confirmed/);
  });

  it('shows a hostile trunk exactly, with the same headings and tables as a plain one', () => {
    const { steps, title } = guides.guide(hostile(pbxType));
    const shown = hostileName.replace('\n', ' ');
    expect(title.endsWith(`: ${shown}`)).toBe(true);
    expect(steps.flatMap((step) => step.values)).toContainEqual({ label: 'Username', value: 'a;b_c*d|e' });
    expect(steps.flatMap((step) => step.values)).toContainEqual({
      label: 'Authentication ID',
      value: '_id_&=$?',
    });
    expect(steps.flatMap((step) => step.values)).toContainEqual({
      label: 'and 3 more',
      value: 'extension 1000',
    });
    expect(steps.map((step) => step.title)).toEqual(
      guides.guide(plain(pbxType)).steps.map((step) => step.title),
    );
  });

  it('is not changed in its form by any name, label or agent', () => {
    const form = (markdown: string): string[] =>
      markdown.split('\n').map((line) => line.replace(/[^#|].*/, ''));
    const expected = form(guides.markdown(plain(pbxType)));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text) => {
        const subject = { ...plain(pbxType), name: text, agentName: text };
        expect(form(guides.markdown(subject))).toEqual(expected);
        expect(guides.markdown(subject)).not.toMatch(/<[a-z!/]/i);
        expect(guides.guide(subject).steps).toHaveLength(guides.guide(plain(pbxType)).steps.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('guides and presets', () => {
  it('are there for every PBX type and connection type, and no others', () => {
    for (const connectionType of ConnectionType.options) {
      expect(templates(connectionType).sort()).toEqual(
        PbxType.options.map((type) => `${type}.md.hbs`).sort(),
      );
      expect(listPbxTypes(connectionType).map(({ pbxType }) => pbxType)).toEqual(PbxType.options);
    }
  });

  it('fill in what the trunk’s schema takes', () => {
    for (const { defaults, pbxType, label, notes } of listPbxTypes('extension')) {
      const input = { name: label, pbxType, domain: 'pbx', extension: '1000', password: 'x', ...defaults };
      expect(TrunkInput.parse(input)).toMatchObject(defaults);
      expect(notes.length).toBeGreaterThan(0);
    }
  });

  it('never put a value where the escaping would not hold: at the start of a line or in code', () => {
    const files = [
      ...templates('extension').map((file) => folder('extension', file)),
      ...readdirSync(folder('extension', 'parts')).map((file) => folder('extension', 'parts', file)),
    ];
    for (const file of files) {
      const source = readFileSync(file, 'utf8');
      // {{> part}}, {{#block}}, {{/block}} and {{else}} put no value out
      expect(source).not.toMatch(/^(?:- |[0-9]+\. |#+ )?\{\{(?![>#/]|else)/m);
      for (const [code] of source.matchAll(/`[^`\n]*`/g)) expect(code).not.toContain('{{');
    }
  });
});

describe('reading a guide back', () => {
  it.each([
    ['no title', 'text'],
    ['no steps', '# a\n\n## Rollback\n\n1. b\n'],
    ['a row of three cells', '# a\n## Steps\n### 1. b\n| c | d | e |\n'],
    ['a wrong number', '# a\n## Steps\n### 2. b\nc\n'],
  ])('refuses %s', (_, markdown) => {
    expect(() => parseGuide(markdown)).toThrow(GuideError);
  });
});
