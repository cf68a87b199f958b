import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PbxType, type SipTrunkWithPassword } from '../contract/trunk.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
beforeEach(async () => {
  api = await startTestApi(await postgres.createDatabase());
  return () => api.stop();
});
afterAll(() => postgres.stop());

let names = 0;
const input = (more: object = {}) => ({
  name: `PBX ${++names}`,
  connectionType: 'sip-trunk',
  domain: 'pbx.example.com',
  ...more,
});
const create = async (more: object = {}): Promise<SipTrunkWithPassword> => {
  const answer = await api.send('POST', '/api/v1/trunks', input(more));
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as SipTrunkWithPassword;
};
const stored = (trunkId: string) => {
  const trunk = api.configuration.current.trunks.get(trunkId);
  if (trunk?.connectionType !== 'sip-trunk') throw new Error('no such SIP trunk');
  return trunk;
};

test('username and password are generated; the password is in this one answer and in no other', async () => {
  const trunk = await create({ pbxType: '3cx' });
  expect(trunk).toMatchObject({
    connectionType: 'sip-trunk',
    authentication: 'credentials',
    allowedAddresses: [],
    port: 5060,
    transport: 'udp',
    codecs: ['PCMA', 'PCMU'],
    concurrentCallLimit: 10,
    registration: null,
    oldPasswordUntil: null,
    notice: '',
  });
  expect(trunk.username).toMatch(/^offhook-[a-z0-9]{10}$/);
  expect(trunk.password).toMatch(/^[A-Za-z0-9]{24}$/);
  const password = trunk.password ?? '';
  expect(stored(trunk.id).password).toBe(password);
  for (const [method, path, body] of [
    ['GET', `/api/v1/trunks/${trunk.id}`, undefined],
    ['GET', '/api/v1/trunks', undefined],
    ['PATCH', `/api/v1/trunks/${trunk.id}`, { name: 'Renamed' }],
  ] as const) {
    const answer = await api.send(method, path, body);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.text).not.toContain(password);
    expect(answer.text).not.toMatch(/"password"/);
  }
  const other = await create();
  expect(other.username).not.toBe(trunk.username);
  expect(other.password).not.toBe(trunk.password);
});

test('a port that is left out is the transport’s own, whatever the PBX type: 5061 for TLS, 5060 for the others', async () => {
  for (const pbxType of PbxType.options)
    for (const [transport, port] of [
      ['udp', 5060],
      ['tcp', 5060],
      ['tls', 5061],
    ] as const) {
      expect(await create({ pbxType, transport })).toMatchObject({ transport, port });
      const extension = { connectionType: 'extension', extension: String(1000 + names), password: 'secret' };
      const answer = await api.send('POST', '/api/v1/trunks', input({ ...extension, pbxType, transport }));
      expect(answer).toMatchObject({ status: 201, body: { transport, port } });
    }
  expect(await create({ transport: 'tls', port: 5080 })).toMatchObject({ port: 5080 });
});

test('given ones are taken; the password is not said again, and a username belongs to one trunk', async () => {
  const given = { username: 'Acme-HQ', password: 'correct-horse-battery' };
  const trunk = await create(given);
  expect(trunk).toMatchObject({ username: 'acme-hq', password: null });
  expect(stored(trunk.id).password).toBe(given.password);
  expect(await api.send('POST', '/api/v1/trunks', input(given))).toMatchObject(
    problem(409, 'conflict', 'username'),
  );
  const other = await create();
  expect(await api.send('PATCH', `/api/v1/trunks/${other.id}`, { username: 'acme-hq' })).toMatchObject(
    problem(409, 'conflict', 'username'),
  );
});

test('rotation: two passwords at most, the old one until its time, none without an overlap', async () => {
  const trunk = await create();
  const first = trunk.password ?? '';
  const path = `/api/v1/trunks/${trunk.id}/rotate-password`;
  const rotate = async (body?: object): Promise<SipTrunkWithPassword> => {
    const answer = await api.send('POST', path, body);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as SipTrunkWithPassword;
  };
  const before = Date.now();
  const second = await rotate();
  expect(second.password).toMatch(/^[A-Za-z0-9]{24}$/);
  const untilMs = Date.parse(second.oldPasswordUntil ?? '');
  expect(untilMs).toBeGreaterThanOrEqual(before + 86_400_000);
  expect(untilMs).toBeLessThanOrEqual(Date.now() + 86_400_000);
  expect(stored(trunk.id)).toMatchObject({
    password: second.password,
    oldPassword: { password: first, until: second.oldPasswordUntil },
  });
  // the oldest is dropped, also from what the database holds
  const third = await rotate({ overlapSeconds: 60, password: 'chosen-by-the-admin' });
  expect(third.password).toBeNull();
  expect(stored(trunk.id)).toMatchObject({
    password: 'chosen-by-the-admin',
    oldPassword: { password: second.password },
  });
  const fourth = await rotate({ overlapSeconds: 0 });
  expect(fourth.oldPasswordUntil).toBeNull();
  expect(stored(trunk.id)).toMatchObject({ password: fourth.password, oldPassword: null });
  for (const body of [
    { overlapSeconds: -1 },
    { overlapSeconds: 7 * 86_400 + 1 },
    { password: 'short' },
    { password: 'a-colon:cuts-it-off' },
    { password: 'brackets-{are}-counted' },
  ])
    expect(await api.send('POST', path, body)).toMatchObject({ status: 400 });
});

test('two rotations at once leave the password of one and the other as the old one', async () => {
  const trunk = await create();
  const answers = await Promise.all(
    [1, 2].map(() => api.send('POST', `/api/v1/trunks/${trunk.id}/rotate-password`)),
  );
  const made = answers.map(({ body }) => (body as SipTrunkWithPassword).password);
  const { password, oldPassword } = stored(trunk.id);
  expect(new Set([password, oldPassword?.password])).toEqual(new Set(made));
});

test('an extension has no password to rotate, a SIP trunk nothing to register; types do not change', async () => {
  const extension = await api.send('POST', '/api/v1/trunks', {
    name: 'Phone',
    domain: 'pbx.example.com',
    extension: '1000',
    password: 'x',
  });
  const extensionPath = `/api/v1/trunks/${(extension.body as { id: string }).id}`;
  expect(await api.send('POST', `${extensionPath}/rotate-password`)).toMatchObject(problem(409, 'conflict'));
  expect(await api.send('PATCH', extensionPath, { authentication: 'both' })).toMatchObject({ status: 400 });
  expect(await api.send('PATCH', extensionPath, { connectionType: 'sip-trunk' })).toMatchObject({
    status: 400,
  });
  const trunk = await create();
  const path = `/api/v1/trunks/${trunk.id}`;
  expect(await api.send('POST', `${path}/re-register`)).toMatchObject(problem(409, 'conflict'));
  expect(await api.send('PATCH', path, { extension: '1000' })).toMatchObject({ status: 400 });
  expect(await api.send('PATCH', path, { password: 'not-by-this-way' })).toMatchObject({ status: 400 });
});

test('an allowlist needs addresses, each belongs to one trunk unless both ask for a password', async () => {
  expect(await api.send('POST', '/api/v1/trunks', input({ authentication: 'ip-allowlist' }))).toMatchObject(
    problem(400, 'invalid-input', 'allowedAddresses'),
  );
  expect(
    await api.send('POST', '/api/v1/trunks', input({ allowedAddresses: ['203.0.113.7/24'] })),
  ).toMatchObject({ status: 400, body: { fields: { 'allowedAddresses.0': expect.any(String) as string } } });
  const list = await create({ authentication: 'ip-allowlist', allowedAddresses: ['203.0.113.7'] });
  expect(list).toMatchObject({ allowedAddresses: ['203.0.113.7/32'], password: null });
  for (const authentication of ['ip-allowlist', 'both'])
    expect(
      await api.send(
        'POST',
        '/api/v1/trunks',
        input({ authentication, allowedAddresses: ['203.0.113.0/29'] }),
      ),
    ).toMatchObject(problem(409, 'conflict', 'allowedAddresses'));
  const shared = { authentication: 'both', allowedAddresses: ['198.51.100.0/24', '2001:db8::/48'] };
  const [one] = [await create(shared), await create(shared)];
  const path = `/api/v1/trunks/${one?.id ?? ''}`;
  expect(await api.send('PATCH', path, { authentication: 'ip-allowlist' })).toMatchObject(
    problem(409, 'conflict', 'allowedAddresses'),
  );
  expect(await api.send('PATCH', path, { allowedAddresses: [] })).toMatchObject(
    problem(400, 'invalid-input', 'allowedAddresses'),
  );
  // with credentials alone its list means nothing
  expect(await api.send('PATCH', path, { authentication: 'credentials' })).toMatchObject({ status: 200 });
});

test('of two that ask for the same address at once, one is refused', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      api.send(
        'POST',
        '/api/v1/trunks',
        input({ authentication: 'ip-allowlist', allowedAddresses: ['192.0.2.1'] }),
      ),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
});

test('the transfer modes that call an extension are refused by name where the PBX takes no such call from a trunk', async () => {
  for (const [pbxType, name] of [
    ['3cx', '3CX'],
    ['yeastar', 'Yeastar'],
    ['grandstream', 'Grandstream'],
  ] as const)
    for (const transferMode of ['attended', 'bridge']) {
      const answer = await api.send('POST', '/api/v1/trunks', input({ pbxType, transferMode }));
      expect(answer).toMatchObject(problem(400, 'invalid-input', 'transferMode'));
      expect(JSON.stringify(answer.body)).toMatch(new RegExp(`${name} sends every call .* use refer`));
    }
  const trunk = await create({ pbxType: 'freepbx', transferMode: 'attended' });
  const path = `/api/v1/trunks/${trunk.id}`;
  expect(await api.send('PATCH', path, { transferMode: 'bridge' })).toMatchObject({ status: 200 });
  // the two together count, whichever of them is changed
  expect(await api.send('PATCH', path, { pbxType: '3cx' })).toMatchObject(
    problem(400, 'invalid-input', 'transferMode'),
  );
  expect(await api.send('PATCH', path, { pbxType: '3cx', transferMode: 'refer' })).toMatchObject({
    status: 200,
  });
  expect(await api.send('PATCH', path, { transferMode: 'attended' })).toMatchObject(
    problem(400, 'invalid-input', 'transferMode'),
  );
});
