import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { BrowserClient } from './browser-client.ts';
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

const owner = { email: 'Ann@Example.com', name: 'Ann', password: 'correct horse battery' };
async function setUp(): Promise<BrowserClient> {
  const browser = new BrowserClient(api.url);
  const answer = await browser.send('POST', '/api/v1/setup', owner);
  expect(answer).toMatchObject({ status: 201 });
  browser.proof = (answer.body as { proof: string }).proof;
  return browser;
}

test('the first administrator is made once, however many try at once', async () => {
  const browser = new BrowserClient(api.url);
  expect(await browser.send('GET', '/api/v1/setup')).toMatchObject({
    body: { needed: true, tokenNeeded: false },
  });
  expect(await browser.send('POST', '/api/v1/setup', { ...owner, password: 'short' })).toMatchObject(
    problem(400, 'invalid-input', 'password'),
  );
  expect(await browser.send('POST', '/api/v1/setup', { ...owner, token: 'wrong' })).toMatchObject(
    problem(403, 'forbidden', 'token'),
  );
  const tries = Array.from({ length: 6 }, (_, n) =>
    new BrowserClient(api.url).send('POST', '/api/v1/setup', { ...owner, email: `a${n}@example.com` }),
  );
  const statuses = (await Promise.all(tries)).map(({ status }) => status).sort((one, other) => one - other);
  expect(statuses).toEqual([201, 409, 409, 409, 409, 409]);
  expect(await browser.send('GET', '/api/v1/setup')).toMatchObject({ body: { needed: false } });
  expect(await browser.send('POST', '/api/v1/setup', owner)).toMatchObject(problem(409, 'conflict'));
});

test('from another machine the first administrator needs the token of the data directory', async () => {
  const elsewhere = { 'X-Forwarded-For': '203.0.113.5' };
  const browser = new BrowserClient(api.url);
  expect(await browser.send('GET', '/api/v1/setup', undefined, elsewhere)).toMatchObject({
    body: { needed: true, tokenNeeded: true },
  });
  expect(await browser.send('POST', '/api/v1/setup', owner, elsewhere)).toMatchObject(
    problem(403, 'forbidden', 'token'),
  );
  expect(
    await browser.send('POST', '/api/v1/setup', { ...owner, token: api.token }, elsewhere),
  ).toMatchObject({ status: 201 });
});

test('a session: its cookie, its proof, its end', async () => {
  const browser = await setUp();
  const session = await browser.send('GET', '/api/v1/session');
  expect(session).toMatchObject({
    status: 200,
    body: {
      user: { email: 'ann@example.com', name: 'Ann', installation: true },
      workspaces: [{ name: 'Default', role: 'admin' }],
      role: 'admin',
      proof: browser.proof,
    },
  });
  const answer = await browser.signIn(' ann@example.COM', owner.password);
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toMatch(
    /^offhook=[\w-]+\.[\w-]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  );
  // behind a proxy that speaks TLS
  const tls = await new BrowserClient(api.url).send(
    'POST',
    '/api/v1/session',
    { email: owner.email, password: owner.password },
    { 'X-Forwarded-Proto': 'https' },
  );
  expect(tls.headers.getSetCookie()[0]).toMatch(/^__Host-offhook=.*; HttpOnly; Secure; SameSite=Strict$/);

  const make = { name: 'Second' };
  const post = (headers: Record<string, string>) => browser.send('POST', '/api/v1/workspaces', make, headers);
  for (const headers of [
    { 'Offhook-Proof': '' },
    { 'Offhook-Proof': 'x'.repeat(43) },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `${api.url}0` },
  ]) {
    expect(await post(headers), JSON.stringify(headers)).toMatchObject(problem(403, 'proof-missing'));
  }
  expect(await post({})).toMatchObject({ status: 201 });

  const copy = browser.cookie;
  expect(await browser.send('DELETE', '/api/v1/session')).toMatchObject({ status: 204 });
  expect(browser.cookie).toBeNull();
  browser.cookie = copy;
  expect(await browser.send('GET', '/api/v1/session')).toMatchObject(problem(401, 'unauthorized'));
  for (const nonsense of ['offhook=', 'offhook=a.b', `offhook=${'x'.repeat(32)}.${'y'.repeat(32)}`]) {
    browser.cookie = nonsense;
    expect(await browser.send('GET', '/api/v1/session')).toMatchObject(problem(401, 'unauthorized'));
  }
});

test('a foreign page cannot sign anybody in', async () => {
  await setUp();
  const browser = new BrowserClient(api.url);
  const given = { email: owner.email, password: owner.password };
  expect(
    await browser.send('POST', '/api/v1/session', given, { Origin: 'https://evil.example' }),
  ).toMatchObject(problem(403, 'proof-missing'));
});

test('wrong passwords are slowed down, one account from one address at a time', async () => {
  await setUp();
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const browser = new BrowserClient(api.url);
  const signIn = (email: string, password: string, address: string) =>
    browser.send('POST', '/api/v1/session', { email, password }, from(address));
  for (let n = 0; n < 5; n++) {
    expect(await signIn(owner.email, 'wrong', '203.0.113.5')).toMatchObject(
      problem(401, 'wrong-credentials'),
    );
  }
  const slowed = await signIn(owner.email, owner.password, '203.0.113.5');
  expect(slowed).toMatchObject(problem(429, 'too-many-requests'));
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
  // the owner elsewhere, and somebody else behind the same NAT
  expect(await signIn(owner.email, owner.password, '198.51.100.7')).toMatchObject({ status: 201 });
  expect(await signIn('nobody@example.com', 'wrong', '203.0.113.5')).toMatchObject(
    problem(401, 'wrong-credentials'),
  );
});

test('a changed password ends the other sessions', async () => {
  const browser = await setUp();
  const other = new BrowserClient(api.url);
  await other.signIn(owner.email, owner.password);
  const change = (currentPassword: string, newPassword: string) =>
    browser.send('PUT', '/api/v1/session/password', { currentPassword, newPassword });
  expect(await change('wrong', 'another long password')).toMatchObject(problem(401, 'wrong-credentials'));
  expect(await change(owner.password, 'aaaaaaaaaaaa')).toMatchObject(
    problem(400, 'invalid-input', 'newPassword'),
  );
  expect(await other.send('GET', '/api/v1/session')).toMatchObject({ status: 200 });
  expect(await change(owner.password, 'another long password')).toMatchObject({ status: 200 });
  expect(await other.send('GET', '/api/v1/session')).toMatchObject(problem(401, 'unauthorized'));
  expect(await browser.send('GET', '/api/v1/session')).toMatchObject({ status: 200 });
  expect(await other.signIn(owner.email, owner.password)).toMatchObject(problem(401, 'wrong-credentials'));
  expect(await other.signIn(owner.email, 'another long password')).toMatchObject({ status: 201 });
});

test('users: made, changed, taken out; an administrator stays; sessions follow', async () => {
  const browser = await setUp();
  const bob = { email: 'bob@example.com', name: 'Bob', password: 'a long password', role: 'operator' };
  const made = await browser.send('POST', '/api/v1/users', bob);
  expect(made).toMatchObject({ status: 201, body: { email: bob.email, role: 'operator', active: true } });
  const path = made.headers.get('location') ?? '';
  const his = new BrowserClient(api.url);
  expect(await his.signIn(bob.email, bob.password)).toMatchObject({ body: { role: 'operator' } });
  expect(await his.send('GET', '/api/v1/users')).toMatchObject(problem(403, 'forbidden'));
  expect(await browser.send('GET', '/api/v1/users?role=operator')).toMatchObject({
    body: { items: [{ name: 'Bob' }], nextCursor: null },
  });
  expect(await browser.send('POST', '/api/v1/users', bob)).toMatchObject(problem(409, 'conflict', 'email'));

  const etag = made.headers.get('etag') ?? '';
  const changed = await browser.send('PATCH', path, { role: 'admin' }, { 'If-Match': etag });
  expect(changed).toMatchObject({ status: 200, body: { role: 'admin' } });
  expect(changed.headers.get('etag')).not.toBe(etag);
  expect(await browser.send('PATCH', path, { role: 'viewer' }, { 'If-Match': etag })).toMatchObject(
    problem(412, 'changed-meanwhile'),
  );
  expect(await his.send('GET', '/api/v1/users')).toMatchObject({ status: 200 });
  await browser.send('PATCH', path, { active: false });
  expect(await his.send('GET', '/api/v1/session')).toMatchObject(problem(401, 'unauthorized'));
  expect(await his.signIn(bob.email, bob.password)).toMatchObject(problem(401, 'wrong-credentials'));

  const [ann] = ((await browser.send('GET', '/api/v1/users?search=ann')).body as { items: { id: string }[] })
    .items;
  for (const answer of [
    await browser.send('PATCH', `/api/v1/users/${ann?.id}`, { role: 'viewer' }),
    await browser.send('PATCH', `/api/v1/users/${ann?.id}`, { active: false }),
    await browser.send('DELETE', `/api/v1/users/${ann?.id}`),
  ]) {
    expect(answer).toMatchObject(problem(409, 'conflict'));
  }
  expect(await browser.send('DELETE', path)).toMatchObject({ status: 204 });
  expect(await browser.send('GET', path)).toMatchObject(problem(404, 'not-found'));

  const log = await browser.send('GET', '/api/v1/audit?resource=user_account');
  expect(log).toMatchObject({
    body: {
      items: [
        { action: 'removeUser', actor: { kind: 'user', name: 'ann@example.com' }, address: '127.0.0.1' },
        { action: 'changeUser', before: { active: true }, after: { active: false } },
        { action: 'changeUser', before: { role: 'operator' }, after: { role: 'admin' } },
        { action: 'createUser', before: null, after: { name: 'Bob', passwordHash: '[hidden]' } },
        { action: 'createFirstAdministrator', actor: { kind: 'nobody' } },
      ],
    },
  });
});

test('the version of the settings is that of their row, whoever changed it: the wallet, the name', async () => {
  const browser = await setUp();
  const [workspace] = ((await browser.send('GET', '/api/v1/workspaces')).body as { items: { id: string }[] })
    .items;
  for (const [path, body] of [
    ['/wallet', { pricePerMinute: '0.07' }],
    [`/workspaces/${workspace?.id}`, { name: 'Head office' }],
  ] as const) {
    expect(await browser.send('PATCH', `/api/v1${path}`, body), path).toMatchObject({ status: 200 });
    const etag = (await browser.send('GET', '/api/v1/settings')).headers.get('etag') ?? '';
    const days = { recordingDays: path.length };
    expect(await browser.send('PATCH', '/api/v1/settings', days, { 'If-Match': etag }), path).toMatchObject({
      status: 200,
    });
  }
});

test('API tokens: shown once, bound to their scopes and their time, gone at once', async () => {
  const browser = await setUp();
  const make = (body: object) => browser.send('POST', '/api/v1/tokens', body);
  expect(await make({ name: 'Old', scopes: ['all'], expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject(
    problem(400, 'invalid-input', 'expiresAt'),
  );
  expect(await make({ name: 'None', scopes: [] })).toMatchObject(problem(400, 'invalid-input', 'scopes'));
  const made = await make({ name: 'Audit', scopes: ['audit:read'] });
  expect(made).toMatchObject({ status: 201, body: { createdBy: 'ann@example.com', lastUsedAt: null } });
  const { token } = made.body as { token: string };
  const path = made.headers.get('location') ?? '';
  const program = (method: string, at: string) =>
    new BrowserClient(api.url).send(method, at, undefined, { Authorization: `Bearer ${token}` });
  expect(await program('GET', '/api/v1/audit')).toMatchObject({ status: 200 });
  expect(await program('GET', '/api/v1/users')).toMatchObject(problem(403, 'forbidden'));
  expect(await program('GET', '/api/v1/session')).toMatchObject(problem(403, 'forbidden'));
  expect((await browser.send('GET', path)).text).not.toContain(token);
  expect(await browser.send('GET', path)).toMatchObject({
    body: { lastUsedAt: expect.any(String) as string },
  });
  expect(await browser.send('DELETE', path)).toMatchObject({ status: 204 });
  expect(await program('GET', '/api/v1/audit')).toMatchObject(problem(401, 'unauthorized'));
});

test('a creation that is sent twice is done once', async () => {
  const browser = await setUp();
  const make = (key: string, body: object) =>
    browser.send('POST', '/api/v1/tokens', body, { 'Idempotency-Key': key });
  const body = { name: 'Once', scopes: ['all'] };
  const [first, second] = [await make('key-number-1', body), await make('key-number-1', body)];
  expect(first.status).toBe(201);
  expect(second).toMatchObject({ status: 201, text: first.text });
  expect(second.headers.get('location')).toBe(first.headers.get('location'));
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await make('key-number-1', { ...body, name: 'Twice' })).toMatchObject(problem(422, 'key-reused'));
  expect(await make('short', body)).toMatchObject(problem(400, 'invalid-input', 'Idempotency-Key'));
  // what failed may be sent again
  expect(await make('key-number-2', body)).toMatchObject(problem(409, 'conflict'));
  expect(await make('key-number-2', { ...body, name: 'Other' })).toMatchObject({ status: 201 });
  const many = await Promise.all(
    Array.from({ length: 5 }, () => make('key-number-3', { ...body, name: 'At once' })),
  );
  expect(new Set(many.map(({ status }) => status))).toEqual(
    new Set(many.some(({ status }) => status === 409) ? [201, 409] : [201]),
  );
  const list = (await browser.send('GET', '/api/v1/tokens')).body as { items: { name: string }[] };
  expect(list.items.map(({ name }) => name)).toEqual(['At once', 'Once', 'Other']);
  const [row] = await api.database.run((prisma) =>
    prisma.requestKey.findMany({ where: { key: { not: '' } } }),
  );
  expect(JSON.stringify(row)).not.toContain((first.body as { token: string }).token);
});
