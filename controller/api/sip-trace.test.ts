import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import type { CapturedMessage } from '../sip-trace/capture.ts';
import { createIds, TraceStore } from '../sip-trace/trace-store.ts';
import { problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startTestApi(await postgres.createDatabase());
});
afterAll(async () => {
  await api.stop();
  await postgres.stop();
});

const nextId = createIds();
const store = (...messages: Partial<CapturedMessage>[]) =>
  new TraceStore(api).write(
    messages.map((message) => ({
      id: nextId(),
      timeMs: Date.now(),
      callId: 'abc@pbx',
      isRegister: false,
      account: null,
      isSent: false,
      transport: 'udp',
      source: '192.0.2.1:5060',
      destination: '192.0.2.9:5070',
      text: 'INVITE sip:x SIP/2.0\r\nCall-ID: abc@pbx\r\nCSeq: 1 INVITE\r\n\r\n',
      ...message,
    })),
  );
const standing = () => testCallRecord({ offeredAt: new Date().toISOString() });

test("a call's messages as JSON and as text", async () => {
  const record = standing();
  api.calls.push({ record, timeline: [] });
  await store({}, { isSent: true, text: 'SIP/2.0 100 Trying\r\nCall-ID: abc@pbx\r\nCSeq: 1 INVITE\r\n\r\n' });
  await store({ callId: 'other@pbx' });
  const path = `/api/v1/calls/${record.id}/sip`;
  expect(await api.send('GET', path)).toMatchObject({
    status: 200,
    body: {
      truncated: false,
      messages: [
        { direction: 'from PBX', method: 'INVITE', status: null, cseq: '1 INVITE', retransmission: false },
        { direction: 'to PBX', method: null, status: 100, firstLine: 'SIP/2.0 100 Trying' },
      ],
    },
  });
  const text = await api.send('GET', `${path}?format=text`);
  expect(text.type).toMatch(/^text\/plain; charset=utf-8/);
  expect(text.text).toMatch(/^Call from 0821234567 to 1000, trunk Main\n[^]*\|-- INVITE sip:x -+>\|/);
  expect(await api.send('GET', `${path}?format=xml`)).toMatchObject(problem(400, 'invalid-input', 'format'));
});

test('a call that nobody knows', async () => {
  for (const callId of [randomUUID(), "x'; --", '%00'])
    expect(await api.send('GET', `/api/v1/calls/${encodeURIComponent(callId)}/sip`)).toMatchObject(
      problem(404, 'not-found'),
    );
});

test("a trunk's registrations, the latest first to stay", async () => {
  const made = await api.send('POST', '/api/v1/trunks', {
    name: 'Main',
    domain: 'PBX.example.com',
    port: 5080,
    extension: '1000',
    username: 'a;b',
    password: 'secret',
  });
  const { id } = made.body as { id: string };
  const register = (cseq: number) => ({
    callId: 'r@x',
    isRegister: true,
    isSent: true,
    account: 'a;b@pbx.example.com:5080',
    text: `REGISTER sip:pbx.example.com:5080 SIP/2.0\r\nCall-ID: r@x\r\nCSeq: ${cseq} REGISTER\r\n\r\n`,
  });
  await store(register(1), register(2), register(3));
  const path = `/api/v1/trunks/${id}/sip`;
  expect(await api.send('GET', `${path}?limit=2`)).toMatchObject({
    status: 200,
    body: { truncated: true, messages: [{ cseq: '2 REGISTER' }, { cseq: '3 REGISTER' }] },
  });
  const text = await api.send('GET', `${path}?format=text`);
  expect(text.text).toMatch(/^Registrations of trunk Main, a;b at pbx\.example\.com:5080\n3 messages/);
  expect(await api.send('GET', `${path}?limit=0`)).toMatchObject(problem(400, 'invalid-input', 'limit'));
  expect(await api.send('GET', `/api/v1/trunks/${randomUUID()}/sip`)).toMatchObject(
    problem(404, 'not-found'),
  );
  expect((await api.send('GET', '/metrics')).text).toContain('route="/api/v1/trunks/:trunkId/sip"');
});
