import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import type { ExtensionAccount } from '../switch/port.ts';
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
let before: ((command: string) => Promise<void>) | null;

/** The part of sofia that gateways.ts talks to: it reads the real folder, as `reloadxml` does. */
const ask = async (command: string): Promise<string> => {
  asked.push(command);
  await before?.(command);
  const [, , , action = '', name = ''] = command.split(' ');
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
  for (const file of await readdir(dir)) {
    if (!file.endsWith('.xml')) continue;
    const xml = await readFile(join(dir, file), 'utf8');
    const trunkId = file.slice(0, -'.xml'.length);
    if (action === 'startgw' && name !== trunkId) continue;
    if (!running.has(trunkId) && !refuses(xml)) running.set(trunkId, fingerprintIn(xml));
  }
  return 'Reload XML [Success]\n';
};

const fingerprintIn = (xml: string): string => /"offhook_account" value="(\w+)"/.exec(xml)?.[1] ?? '';
const fileOf = (trunkId: string): Promise<string | null> =>
  readFile(join(dir, `${trunkId}.xml`), 'utf8').catch(() => null);
const changes = (): string[] => asked.filter((command) => /killgw|startgw|rescan/.test(command));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'oh-gateways-'));
  asked = [];
  replaced = [];
  running.clear();
  refuses = () => false;
  before = null;
  gateways = new Gateways({
    dir,
    profile: 'offhook',
    ask,
    log: silentLog(),
    onReplaced: (trunkId) => replaced.push(trunkId),
  });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('an account', () => {
  it('that is new is written and started, alone', async () => {
    await gateways.put(account);
    expect(changes()).toEqual(['sofia profile offhook startgw trunk-a']);
    expect(running.get('trunk-a')).toBe(fingerprintIn((await fileOf('trunk-a')) ?? ''));
    expect(await readdir(dir)).toEqual(['trunk-a.xml']);
  });

  it('that is the same changes nothing, also for the next controller', async () => {
    await gateways.put(account);
    asked = [];
    replaced = [];
    await gateways.put(account);
    await new Gateways({
      dir,
      profile: 'offhook',
      ask,
      log: silentLog(),
      onReplaced: () => expect.unreachable(),
    }).put(account);
    expect(changes()).toEqual([]);
    expect(replaced).toEqual([]);
  });

  it('that is the same gets its file back when it was lost or edited', async () => {
    await gateways.put(account);
    const xml = await fileOf('trunk-a');
    asked = [];
    await rm(join(dir, 'trunk-a.xml'));
    await gateways.put(account);
    expect(await fileOf('trunk-a')).toBe(xml);
    await writeFile(join(dir, 'trunk-a.xml'), 'edited');
    await gateways.put(account);
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

  it('that changed is ended, waited for, and started', async () => {
    await gateways.put(account);
    asked = [];
    await gateways.put({ ...account, password: 'new' });
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

  it('that FreeSWITCH refuses and that is new leaves no file', async () => {
    refuses = () => true;
    await expect(gateways.put(account)).rejects.toThrow(/trunk-a/);
    expect(await readdir(dir)).toEqual([]);
  });

  it('among many goes in together with them, and a bad one alone is refused', async () => {
    refuses = (text) => text.includes('"refused"');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        gateways.put({ ...account, trunkId: `trunk-${index}`, password: index === 7 ? 'refused' : 'fine' }),
      ),
    );
    expect(results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []))).toEqual([7]);
    expect(changes().filter((command) => command.includes('rescan')).length).toBeLessThanOrEqual(2);
    expect((await readdir(dir)).length).toBe(19);
  });

  it('is removed with its file, and removing it again is no error', async () => {
    await gateways.put(account);
    await gateways.remove('trunk-a');
    expect(await readdir(dir)).toEqual([]);
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
    expect(await readdir(dir)).toEqual([]);
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
