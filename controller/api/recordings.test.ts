import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testCallRecord } from '../calls/test-call-record.ts';
import { pcmu } from '../contract/audio.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import { startTestPostgres, type TestPostgres } from '../db/test-postgres.ts';
import { headerBytes } from '../recording/wav.ts';
import { problem, startTestApi, type TestApi } from './test-api.ts';

let postgres: TestPostgres;
let api: TestApi;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startTestApi(await postgres.createDatabase());
  await api.recordings.start();
});
afterAll(async () => {
  await api.recordings.stop();
  await api.stop();
  await postgres.stop();
});

const standing = (): string => {
  const record = testCallRecord();
  api.calls.push({ record, timeline: [] });
  return record.id;
};
/** Two seconds of a call. */
const recorded = async (): Promise<{ callId: string; stop: () => Promise<void> }> => {
  const callId = standing();
  const live = api.recordings.begin(callId, (reason) => {
    throw new Error(reason);
  });
  if (!live) throw new Error('not begun');
  live.recorder.begin(pcmu);
  for (let i = 0; i < 100; i++) {
    live.recorder.fromCaller(new Uint8Array(160).fill(i));
    live.recorder.toCaller(new Uint8Array(160).fill(200));
  }
  await expect.poll(async () => (await api.recordings.find(callId))?.audioBytes).toBe(32_000);
  return { callId, stop: live.stop };
};
const fetchPart = async (callId: string, range: string) => {
  const response = await fetch(`${api.url}/api/v1/calls/${callId}/recording`, {
    headers: { Authorization: `Bearer ${api.token}`, Range: range },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

test('the whole and its parts fit together, while the call goes on and after it', async () => {
  const { callId, stop } = await recorded();
  for (const end of [async () => undefined, stop]) {
    await end();
    const whole = await fetchPart(callId, 'bytes=0-');
    expect(whole.response.status).toBe(206);
    expect(whole.response.headers.get('content-type')).toBe('audio/wav');
    expect(whole.response.headers.get('accept-ranges')).toBe('bytes');
    expect(whole.bytes.length).toBe(headerBytes + 32_000);
    expect(whole.bytes.readUInt32LE(headerBytes - 4)).toBe(32_000);
    expect([whole.bytes[headerBytes], whole.bytes[headerBytes + 1]]).toEqual([0, 200]);
    for (const [range, from, to] of [
      ['bytes=0-9', 0, 9],
      ['bytes=50-70', 50, 70],
      ['bytes=1000-1999', 1000, 1999],
      ['bytes=-100', headerBytes + 31_900, headerBytes + 31_999],
      ['bytes=32000-99999999', 32_000, headerBytes + 31_999],
    ] as const) {
      const part = await fetchPart(callId, range);
      expect(part.response.status).toBe(206);
      expect(part.response.headers.get('content-range')).toBe(`bytes ${from}-${to}/${headerBytes + 32_000}`);
      expect(part.bytes).toEqual(whole.bytes.subarray(from, to + 1));
    }
  }
});

test('a range behind the end is refused, one that means nothing is left out of account', async () => {
  const { callId } = await recorded();
  const behind = await fetchPart(callId, 'bytes=99999999-');
  expect(behind.response.status).toBe(416);
  expect(behind.response.headers.get('content-range')).toBe(`bytes */${headerBytes + 32_000}`);
  for (const range of ['bytes=a-b', 'lines=1-2', 'bytes=0-1,100-101']) {
    expect((await fetchPart(callId, range)).response.status).toBe(200);
  }
});

test('peaks, and the removal of a recording', async () => {
  const { callId, stop } = await recorded();
  const path = `/api/v1/calls/${callId}/recording`;
  const { body } = await api.send('GET', `${path}/peaks?pieces=10`);
  expect(body).toMatchObject({ seconds: 2 });
  expect((body as { caller: number[] }).caller).toHaveLength(10);
  expect(await api.send('GET', `${path}/peaks?pieces=0`)).toMatchObject(
    problem(400, 'invalid-input', 'pieces'),
  );
  expect(await api.send('DELETE', path)).toMatchObject(problem(409, 'conflict'));
  await stop();
  expect((await api.send('DELETE', path)).status).toBe(204);
  expect(await api.send('GET', path)).toMatchObject(problem(404, 'not-found'));
});

test('a workspace keeps recordings as long as it wants, and is told what room they take', async () => {
  const { callId, stop } = await recorded();
  await api.database.run((prisma) =>
    prisma.call.create({
      data: {
        id: callId,
        workspaceId: defaultWorkspaceId,
        trunkName: 'Main',
        channelId: '',
        sipCallId: '',
        callerNumber: '',
        callerName: '',
        calledNumber: '1000',
        state: 'ended',
        offeredAt: new Date(),
      },
    }),
  );
  await stop();
  const room = async () => (await api.send('GET', '/api/v1/recordings/room')).body;
  expect(await room()).toMatchObject({
    recordings: 1,
    bytes: headerBytes + 32_000,
    seconds: 2,
    installation: { days: null, bytes: 1e9 },
    problem: null,
  });
  await api.database.run((prisma) =>
    prisma.recording.update({
      where: { callId },
      data: { createdAt: new Date(Date.now() - 36 * 3_600_000) },
    }),
  );
  for (const [recordingDays, left] of [
    [null, 1],
    [2, 1],
    [1, 0],
  ] as const) {
    expect((await api.send('PATCH', '/api/v1/settings', { recordingDays })).body).toMatchObject({
      recordingDays,
    });
    await api.recordings.tidy();
    expect(await room(), String(recordingDays)).toMatchObject({ recordings: left });
  }
  expect(await api.recordings.find(callId)).toBeNull();
  expect(await api.send('PATCH', '/api/v1/settings', { recordingDays: 0 })).toMatchObject(
    problem(400, 'invalid-input', 'recordingDays'),
  );
});

test('what is no call of ours has no recording', async () => {
  for (const callId of [randomUUID(), standing(), '..%2f..%2fetc%2fpasswd', '%00'])
    expect((await api.send('GET', `/api/v1/calls/${callId}/recording`)).status).toBe(404);
  const { callId } = await recorded();
  const response = await fetch(`${api.url}/api/v1/calls/${callId}/recording`);
  expect(response.status).toBe(401);
});
