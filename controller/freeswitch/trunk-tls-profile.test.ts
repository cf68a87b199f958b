import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { TrunkTlsProfile } from './trunk-tls-profile.ts';

let gatewayDir: string;
/** what FreeSWITCH was told, and how it is */
let commands: string[];
let runs: boolean;
let channels: string;
let certificatePem: string;
beforeEach(async () => {
  gatewayDir = await mkdtemp(join(tmpdir(), 'trunk-tls-'));
  commands = [];
  runs = false;
  channels = '{"row_count":0}';
  certificatePem = '-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n';
});
afterEach(() => rm(gatewayDir, { recursive: true, force: true }));

const profile = (mayStart = true) =>
  new TrunkTlsProfile({
    gatewayDir,
    profile: 'offhook-trunks-tls',
    certificate: () => Promise.resolve({ certificatePem, keyPem: 'key' }),
    ask: (command) => {
      if (command.startsWith('sofia xmlstatus'))
        return Promise.resolve(runs ? '<profile-info>' : 'Invalid Profile!');
      if (command === 'show channels as json') return Promise.resolve(channels);
      commands.push(command);
      if (command.endsWith(' stop')) runs = false;
      if (command.endsWith(' start')) runs = mayStart;
      return Promise.resolve('+OK');
    },
    changeTimeoutMs: mayStart ? 8000 : 100,
    log: silentLog(),
  });
const text = (name: string) => readFile(join(gatewayDir, 'tls/for-trunks', name), 'utf8');
const start = 'sofia profile offhook-trunks-tls start';
const stop = 'sofia profile offhook-trunks-tls stop';

test('it is started once, speaks TLS alone, and has a directory of its own', async () => {
  const one = profile();
  await Promise.all([one.ensure(), one.ensure()]);
  await profile().ensure();
  expect(commands).toEqual([start]);
  const xml = await text('profile.xml');
  expect(XMLValidator.validate(xml)).toBe(true);
  for (const setting of [
    'name="tls-only" value="true"',
    'name="tls-version" value="tlsv1.2,tlsv1.3"',
    'name="force-register-domain" value="offhook-tls"',
    'name="apply-inbound-acl" value="offhook-tls-domains"',
  ])
    expect(xml).toContain(setting);
  expect(await text('agent.pem')).toBe(`key\n${certificatePem}`);
});

test('a new certificate is taken once no call is on it', async () => {
  await profile().ensure();
  certificatePem = certificatePem.replace('first', 'second');
  channels = '{"row_count":1,"rows":[{"name":"sofia/offhook-trunks-tls/100@192.0.2.1"}]}';
  await profile().ensure();
  expect(commands).toEqual([start]);
  expect(await text('agent.pem')).toContain('first');
  channels = '{"row_count":1,"rows":[{"name":"sofia/offhook-trunks/100@192.0.2.1"}]}';
  await profile().ensure();
  expect(commands).toEqual([start, stop, start]);
  expect(await text('agent.pem')).toContain('second');
});

test('one that FreeSWITCH could not start is said', async () => {
  await expect(profile(false).ensure()).rejects.toMatchObject({
    code: 'rejected',
    message: expect.stringMatching(/did not open its port for SIP trunks over TLS/) as string,
  });
});
