import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import type { ExtensionAccount } from '../switch/port.ts';
import { ConfigurationPush } from './configuration-push.ts';
import { Gateways, parseGatewayStates } from './gateways.ts';

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

let dir: string;
let gateways: Gateways;
let asked: string[];
let replaced: string[];
/** what this FreeSWITCH runs: fingerprints by gateway */
const running = new Map<string, string>();
/** what it will not load */
let refuses: (xml: string) => boolean;
/** which files it will not read at all */
let breaks: (text: string) => boolean;
/** what it has read */
let read: string;
let before: ((command: string) => Promise<void>) | null;

/** The part of sofia that gateways.ts talks to: it reads the real folder, as `reloadxml` does. */
const ask = async (command: string): Promise<string> => {
  asked.push(command);
  await before?.(command);
  const [, , , action = '', name = ''] = command.split(' ');
  if (command === 'sofia xmlstatus gateway') {
    const rows = [...running.keys()].map(
      (id) => `<gateway><name>${id}</name><profile>offhook</profile><state>TRYING</state></gateway>`,
    );
    return `<gateways>${rows.join('')}</gateways>`;
  }
  if (command.startsWith('sofia xmlstatus gateway '))
    return running.has(command.split(' ')[3] ?? '')
      ? '<gateway><state>TRYING</state></gateway>'
      : 'Invalid Gateway!\n';
  if (command.startsWith('sofia_gateway_data ')) return running.get(command.split(' ')[1] ?? '') ?? '';
  if (action === 'killgw') {
    running.delete(name);
    queueMicrotask(() => gateways.handleDeleted(name));
    return '+OK gateway marked for deletion.\n';
  }
  if (action === 'register') return '+OK\n';
  if (command.startsWith('xml_locate'))
    return readFile(join(dir, 'live', 'version.xml'), 'utf8').catch(() => '');
  const text = await liveText();
  if (command === 'reloadxml') {
    if (breaks(text)) return '+OK [[error near line 7]: unexpected closing tag ]\n';
    read = text;
    return '+OK [Success]\n';
  }
  if (breaks(text)) return 'Reload XML [[error near line 7]: unexpected closing tag ]\n';
  read = text;
  for (const [trunkId, xml] of entriesOf(read)) {
    if (action === 'startgw' && name !== '_all_' && name !== trunkId) continue;
    if (!running.has(trunkId) && !refuses(xml)) running.set(trunkId, fingerprintIn(xml));
  }
  return 'Reload XML [Success]\n+OK start gateway complete\n';
};

const liveText = (): Promise<string> => readFile(join(dir, 'live', 'gateways.xml'), 'utf8').catch(() => '');
const entriesOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/^<gateway name="([a-z0-9-]+)">[^]*?<\/gateway>/gm)].map((match) => [
      match[1] ?? '',
      match[0],
    ]),
  );
const fingerprintIn = (xml: string): string => /"offhook_account" value="(\w+)"/.exec(xml)?.[1] ?? '';
const fileOf = async (trunkId: string): Promise<string | null> =>
  entriesOf(await liveText()).get(trunkId) ?? null;
const inFiles = async (): Promise<string[]> => [...entriesOf(await liveText()).keys()];
const make = (onReplaced: (trunkId: string) => void = (trunkId) => replaced.push(trunkId)): Gateways =>
  new Gateways({
    tls: {
      placeOf: () => ({ profile: 'offhook', dir: null }),
      ensure: async () => {},
      entry: async () => undefined,
      putEntry: async () => {},
      removeEntry: async () => {},
      trunks: async () => [],
    },
    profile: 'offhook',
    push: new ConfigurationPush({ dir, ask, log: silentLog() }),
    ask,
    log: silentLog(),
    onReplaced,
  });
const changes = (): string[] => asked.filter((command) => /killgw|startgw/.test(command));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-gateways-'));
  asked = [];
  replaced = [];
  running.clear();
  refuses = () => false;
  before = null;
  breaks = () => false;
  read = '';
  gateways = make();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('an account', () => {
  it('that is new is written and started, alone', async () => {
    await gateways.put(account);
    expect(changes()).toEqual(['sofia profile offhook startgw trunk-a']);
    expect(running.get('trunk-a')).toBe(fingerprintIn((await fileOf('trunk-a')) ?? ''));
    expect(await inFiles()).toEqual(['trunk-a']);
  });

  it('that is the same changes nothing, also for the next controller', async () => {
    await gateways.put(account);
    asked = [];
    replaced = [];
    await gateways.put(account);
    await make(() => expect.unreachable()).put(account);
    expect(changes()).toEqual([]);
    expect(replaced).toEqual([]);
  });

  it('that is the same gets its file back when it was lost or edited', async () => {
    await gateways.put(account);
    const xml = await fileOf('trunk-a');
    asked = [];
    await rm(join(dir, 'live', 'gateways.xml'));
    await make().put(account);
    expect(await fileOf('trunk-a')).toBe(xml);
    await writeFile(join(dir, 'live', 'gateways.xml'), 'edited');
    await make().put(account);
    expect(await fileOf('trunk-a')).toBe(xml);
    expect(changes()).toEqual([]);
  });

  it('whose file is there while FreeSWITCH runs an older one is replaced', async () => {
    await gateways.put({ ...account, password: 'old' });
    const old = running.get('trunk-a');
    await gateways.put(account);
    // a controller that died between writing and telling FreeSWITCH
    running.set('trunk-a', old ?? '');
    await gateways.put(account);
    expect(running.get('trunk-a')).not.toBe(old);
  });

  it('that changed is ended and started at once, and says its contact again when the old one is gone', async () => {
    await gateways.put(account);
    asked = [];
    await gateways.put({ ...account, password: 'new' });
    expect(asked).toContain('sofia profile offhook register trunk-a');
    expect(changes()).toEqual([
      'sofia profile offhook killgw trunk-a',
      'sofia profile offhook startgw trunk-a',
    ]);
    expect(replaced).toEqual(['trunk-a', 'trunk-a']);
  });

  it('that FreeSWITCH refuses leaves the old one running, and the error names the trunk', async () => {
    await gateways.put(account);
    const fingerprint = running.get('trunk-a');
    const xml = await fileOf('trunk-a');
    refuses = (text) => text.includes('refused');
    await expect(gateways.put({ ...account, password: 'refused' })).rejects.toThrow(/trunk-a/);
    expect(running.get('trunk-a')).toBe(fingerprint);
    expect(await fileOf('trunk-a')).toBe(xml);
  });

  it('that moves elsewhere is waited for, so that the old PBX hears that its contact goes', async () => {
    await gateways.put(account);
    let isGone = false;
    const told = gateways;
    gateways = Object.create(told, {
      handleDeleted: {
        value: (trunkId: string) => {
          isGone = true;
          told.handleDeleted(trunkId);
        },
      },
    }) as Gateways;
    before = async (command) => {
      if (command.includes('startgw')) expect(isGone).toBe(true);
    };
    await told.put({ ...account, domain: 'other.example.com' });
    expect(isGone).toBe(true);
    expect(asked.filter((command) => command.includes(' register '))).toEqual([]);
  });

  it('that makes the files unreadable touches nothing that runs, and the old files come back', async () => {
    await gateways.put(account);
    const xml = await fileOf('trunk-a');
    asked = [];
    breaks = (text) => text.includes('"breaks"');
    await expect(gateways.put({ ...account, password: 'breaks' })).rejects.toThrow(/trunk-a.*unexpected/);
    expect(changes()).toEqual([]);
    expect(await fileOf('trunk-a')).toBe(xml);
    expect(read).toBe(await liveText());
  });

  it('that FreeSWITCH refuses and that is new leaves no file', async () => {
    refuses = () => true;
    await expect(gateways.put(account)).rejects.toThrow(/trunk-a/);
    expect(await inFiles()).toEqual([]);
  });

  it('among many goes in together with them, and a bad one alone is refused', async () => {
    refuses = (text) => text.includes('"refused"');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        gateways.put({ ...account, trunkId: `trunk-${index}`, password: index === 7 ? 'refused' : 'fine' }),
      ),
    );
    expect(results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []))).toEqual([7]);
    expect(changes().filter((command) => command.includes('_all_')).length).toBe(1);
    expect(await inFiles()).toHaveLength(19);
  });

  it('of which no trunk is left is taken away, and so is what stands only in the files', async () => {
    await gateways.put(account);
    await gateways.put({ ...account, trunkId: 'only-in-files' });
    running.delete('only-in-files');
    running.set('nobodys', '');
    await make().keep(new Set(['trunk-a']));
    expect([...running.keys()]).toEqual(['trunk-a']);
    expect(await inFiles()).toEqual(['trunk-a']);
  });

  it('is removed with its file, and removing it again is no error', async () => {
    await gateways.put(account);
    await gateways.remove('trunk-a');
    expect(await inFiles()).toEqual([]);
    expect(running.size).toBe(0);
    await gateways.remove('trunk-a');
  });

  it('put and removed in one breath ends as the last word says', async () => {
    const slow = { left: 2 };
    before = async (command) => {
      if (command.includes('startgw') && slow.left > 0) {
        slow.left -= 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await Promise.all([
      gateways.put(account),
      gateways.remove('trunk-a'),
      gateways.put({ ...account, port: 5070 }),
    ]);
    expect(await fileOf('trunk-a')).toContain(':5070');
    await Promise.all([gateways.put(account), gateways.remove('trunk-a')]);
    expect(await inFiles()).toEqual([]);
    expect(running.size).toBe(0);
  });

  it('is put after a connection that was lost in the middle', async () => {
    before = () => Promise.reject(new Error('no connection'));
    await expect(gateways.put(account)).rejects.toThrow('no connection');
    before = (command) =>
      command.includes('startgw') ? Promise.reject(new Error('lost')) : Promise.resolve();
    await expect(gateways.put(account)).rejects.toThrow('lost');
    before = null;
    await gateways.put(account);
    expect(running.has('trunk-a')).toBe(true);
  });
});

describe('the table of gateways', () => {
  const row = (name: string, state: string, profile = 'offhook') =>
    `<gateway><name>${name}</name><profile>${profile}</profile><to>sip:a&b@x</to><state>${state}</state></gateway>`;
  const table = (...rows: string[]) =>
    `<?xml version="1.0" encoding="ISO-8859-1"?>\n<gateways>\n${rows.join('\n')}</gateways>\n`;

  it('is read whatever its length', () => {
    expect(parseGatewayStates(table(), 'offhook')).toEqual([]);
    expect(parseGatewayStates(table(row('a', 'REGED')), 'offhook')).toHaveLength(1);
    expect(
      parseGatewayStates(
        table(row('a', 'REGED'), row('007', 'FAIL_WAIT'), row('b', 'REGED', 'external')),
        'offhook',
      ),
    ).toEqual([
      { trunkId: 'a', state: 'REGED', status: null, phrase: '' },
      { trunkId: '007', state: 'FAIL_WAIT', status: null, phrase: '' },
    ]);
  });

  it('that is none is an error', () => {
    for (const text of ['', '-ERR no reply', 'Invalid', '<gateways><gateway/></gateways>'])
      expect(() => parseGatewayStates(text, 'offhook')).toThrow(/./);
  });
});
