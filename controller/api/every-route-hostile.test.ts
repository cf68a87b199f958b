/** Sends every declared route what nobody should send. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, sampleOf } from './every-request.ts';
import { openStage, type Stage } from './every-stage.ts';
import type { Route } from './route.ts';
import { answerOf } from './test-api.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.stop());

test('whatever comes in, the answer is a problem of the 4xx kind', async () => {
  const { api, other, owner, logged, protectedRoutes } = stage;
  const names = [
    ...new Set(
      api.routes.flatMap(({ body }) => Object.keys((body as { shape?: object } | undefined)?.shape ?? {})),
    ),
  ];
  const field = fc.constantFrom(...names, '__proto__', 'constructor', 'toString', 'nonsense');
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '\0',
      '\ud800',
      "'; DROP TABLE trunk; --",
      '${x}',
      '%s%n',
      'a'.repeat(5000),
      1e308,
      -1,
      null,
    ),
    fc.double(),
    fc.jsonValue(),
  );
  const nested = fc
    .tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(50, 2000, 20_000))
    .map(([open, depth]) => open.repeat(depth));
  const body = fc.oneof(
    fc.dictionary(field, hostile, { minKeys: 1 }).map((value) => JSON.stringify({ ...value, nonsense: 1 })),
    fc.json().filter((text) => text !== '{}'),
    fc.string({ unit: 'binary' }).filter((text) => text !== ''),
    nested,
    nested.map(
      (text) =>
        text + (text.startsWith('[') ? ']' : '1}').repeat(text.length / (text.startsWith('[') ? 1 : 5)),
    ),
    fc.constantFrom(
      '{"a":',
      '{"name":"\\ud800","nonsense":1}',
      '1e999',
      '"x"',
      'null',
      '\ufeff{}x',
      ' '.repeat(200_000),
    ),
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=nonsense',
    'text/plain',
    'multipart/form-data',
  );
  const query = fc.dictionary(
    fc.constantFrom('limit', 'cursor', 'search', 'from', 'format', 'nonsense'),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.constantFrom('-1', '1e9', 'NaN', '%00', '../..'),
    ),
  );
  const withBody = protectedRoutes.filter(({ body, upload }) => body !== undefined || upload !== undefined);
  const routeOf = (id: string): Route => api.routes.find((route) => route.id === id) as Route;
  const answers4xx = async (
    route: Route,
    search: string,
    init: { body?: string; headers?: Record<string, string> },
  ): Promise<void> => {
    const sample = sampleOf(route.id, other);
    const answer = await answerOf(
      await fetch(`${api.url}${addressOf(route.path, { ...sample, query: {} })}${search}`, {
        ...init,
        method: route.method.toUpperCase(),
        headers: {
          ...init.headers,
          Cookie: owner.cookie ?? '',
          'Offhook-Proof': owner.proof ?? '',
          'Offhook-Workspace': other.workspaceId,
        },
      }),
    );
    expect(
      answer.status,
      `${route.id} ${search} ${init.body?.slice(0, 300)} ${answer.text}`,
    ).toBeGreaterThanOrEqual(400);
    expect(answer.status, `${route.id} ${search} ${init.body?.slice(0, 300)} ${answer.text}`).toBeLessThan(
      500,
    );
    expect(answer.type).toMatch(/^application\/problem\+json/);
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...withBody.map(({ id }) => id)), body, type, (id, text, contentType) =>
      answers4xx(routeOf(id), '', { body: text, headers: { 'Content-Type': contentType } }),
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...protectedRoutes.filter(({ method }) => method === 'get').map(({ id }) => id)),
      query,
      (id, search) =>
        answers4xx(routeOf(id), `?${new URLSearchParams({ ...search, nonsense: '1' }).toString()}`, {}),
    ),
    { numRuns: 100 },
  );
  expect(logged.filter((line) => line.includes('request failed'))).toEqual([]);
});
