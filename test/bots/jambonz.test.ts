/** jambonz listen in both modes, with jambonz' own SDK as the bot. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AudioStream, createEndpoint } from '@jambonz/sdk/websocket';
import { expect, test } from 'vitest';
import { toBase64 } from '../../controller/bots/base64.ts';
import { l16 } from '../../controller/contract/audio.ts';
import { toneBytes } from '../kit/bot-server.ts';
import { decodeFrames, toneShare } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { callerHears, open, sayTone, testCall } from './protocol-stage.ts';

/** jambonz' own SDK on the bot's side. */
const jambonzBot = async (): Promise<{
  url: string;
  streams: AudioStream[];
  requests: { headers: Record<string, unknown> }[];
}> => {
  const server = createServer();
  const streams: AudioStream[] = [];
  const requests: { headers: Record<string, unknown> }[] = [];
  const quiet = { info: () => undefined, error: () => undefined, debug: () => undefined };
  createEndpoint({ server, logger: quiet })
    .audio({ path: '/audio' })
    .on('connection', (stream: AudioStream, request: { headers: Record<string, unknown> }) => {
      streams.push(stream);
      requests.push(request);
    });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/audio`, streams, requests };
};

test('jambonz streaming, with its SDK: metadata, audio both ways, marks, killAudio, keys, disconnect', async () => {
  const { url, streams, requests } = await jambonzBot();
  const call = testCall({
    kind: 'jambonz',
    connection: {
      kind: 'jambonz',
      url,
      sampleRate: 16_000,
      username: 'u',
      password: 'p',
      parameters: { queue: 'a' },
    },
  });
  await call.answer();
  const stream = await until(() => streams[0], { what: 'the stream' });
  expect(stream.metadata).toMatchObject({
    callSid: call.callId,
    from: '101',
    to: '2100',
    direction: 'inbound',
    sampleRate: 16_000,
    mixType: 'mono',
    queue: 'a',
  });
  expect(requests[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  const heard: Buffer[] = [];
  stream.on('audio', (audio: Buffer) => heard.push(audio));
  sayTone(call, 900);
  await until(() => heard.length >= 15, { what: 'audio at the bot' });
  expect(heard.every(({ length }) => length === 640)).toBe(true);
  const samples = Buffer.concat(heard.slice(5, 15));
  const at8k = Int16Array.from({ length: samples.length / 4 }, (_, at) => samples.readInt16LE(at * 4));
  expect(toneShare(at8k, 900)).toBeGreaterThan(0.85);

  const marks: unknown[] = [];
  stream.on('mark', (mark: unknown) => marks.push(mark));
  stream.sendAudio(Buffer.from(toneBytes(1300, 400, l16(16_000))));
  stream.sendMark('played');
  stream.sendAudio(Buffer.from(toneBytes(1300, 60_000, l16(16_000))));
  stream.sendMark('killed');
  await callerHears(call, 1300);
  await until(() => marks.length === 1, { what: 'the first mark' });
  stream.killAudio();
  await until(() => marks.length === 2, { what: 'the second mark' });
  stream.sendAudio(Buffer.from(toneBytes(1300, 400, l16(16_000))));
  stream.sendMark('cleared');
  stream.clearMarks();
  await until(() => marks.length === 3, { what: 'the third mark' });
  expect(marks).toEqual([
    { name: 'played', event: 'playout' },
    { name: 'killed', event: 'cleared' },
    { name: 'cleared', event: 'cleared' },
  ]);
  const digit = new Promise((resolve) => {
    stream.once('dtmf', resolve);
  });
  call.bot.digit('5');
  expect(await digit).toEqual({ digit: '5', duration: '1600' });
  stream.disconnect();
  await call.running;
});

test('jambonz playAudio, with its SDK: clips one after another, WAV and raw, replaced and killed', async () => {
  const { url, streams } = await jambonzBot();
  const call = testCall({ kind: 'jambonz', connection: { kind: 'jambonz', url, mode: 'playAudio' } });
  await call.answer();
  const stream = await until(() => streams[0], { what: 'the stream' });
  const done: { id?: string }[] = [];
  stream.on('playDone', (clip: { id?: string }) => done.push(clip));
  const clip = (ms: number): string => toBase64(toneBytes(1300, ms, l16(8000)));
  stream.playAudio(clip(200), { id: 'first', queuePlay: true });
  const wav = Buffer.concat([wavHead(24_000), toneBytes(1300, 200, l16(24_000))]);
  stream.playAudio(wav.toString('base64'), { id: 'wav', queuePlay: true, audioContentType: 'wav' });
  await until(() => done.length === 2, { what: 'two clips' });
  expect(done.map(({ id }) => id)).toEqual(['first', 'wav']);
  for (const part of [call.heard.slice(1, 9), call.heard.slice(-9, -1)]) {
    expect(toneShare(decodeFrames('PCMU', part), 1300)).toBeGreaterThan(0.85);
  }
  stream.playAudio(clip(60_000), { id: 'long' });
  stream.playAudio(clip(200), { id: 'waits', queuePlay: true });
  stream.playAudio(clip(200), { id: 'instead' });
  await until(() => call.heard.length > 30, { what: 'the long one' });
  stream.killAudio();
  await until(() => done.length === 3, { what: 'the end of the long one' });
  expect(done[2]).toMatchObject({ id: 'long' });
});

const wavHead = (rate: number): Buffer => {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(0xffffffff, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(0xffffffff, 40);
  return head;
};
