/**
 * Browsers at a running call: an echo agent whose caller says a tone. The call is real but for its line, which is the
 * test's own; the sockets are real.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AudioClient } from '../../test/kit/audio-client.ts';
import { decodeFrames, toneShare } from '../../test/kit/tone.ts';
import { until } from '../../test/kit/until.ts';
import type { Bot, CallHandle } from '../bots/bot.ts';
import { EchoBot } from '../bots/echo-bot.ts';
import type { LiveCall } from '../calls/live-call.ts';
import { type Agent, AgentInput } from '../contract/agent.ts';
import { pcmu } from '../contract/audio.ts';
import { writeAudioFrame } from '../contract/browser-audio.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { Pacer } from '../media/pacer.ts';
import type { MediaLeg } from '../switch/port.ts';
import { BrowserAudio } from './server.ts';
import { callerFrames, talkingCall } from './test-talking-call.ts';

const agent: Agent = { ...AgentInput.parse({ name: 'Desk' }), id: randomUUID(), createdAt: '' } as Agent;
const token = 'operator';
let server: Server;
let audio: BrowserAudio;
let url: string;
let call: LiveCall;
let testCall: ReturnType<typeof talkingCall> | null;
let leg: MediaLeg & { sent: Uint8Array[] };
let createBot: (agent: Agent, handle: CallHandle) => Bot;
let conversation: Promise<void>;
let isRevoked: boolean;
let audited: string[];
let stopCaller: () => void;
const pacer = new Pacer({
  onError: (error) => {
    throw error;
  },
});
const clients: AudioClient[] = [];

beforeEach(async () => {
  isRevoked = false;
  testCall = null;
  audited = [];
  createBot = (_agent, handle) => new EchoBot({ call: handle });
  leg = {
    codec: 'PCMU',
    format: pcmu,
    onFrame: null,
    sent: [],
    send: (frame) => leg.sent.push(frame),
    counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
    close: () => undefined,
  };
  ({ call, conversation } = talkingCall({
    agent,
    leg,
    pacer,
    createBot: (...options) => createBot(...options),
  }));
  await until(() => call.record.state === 'talking', { what: 'the answer' });
  let at = 0;
  stopCaller = pacer.add(() => leg.onFrame?.(callerFrames[at++ % 50] as Uint8Array));
  server = createServer((_request, response) => response.end());
  audio = new BrowserAudio({
    server,
    demandOrigin: (request) => {
      if (request.headers.origin === 'http://evil.example') throw new AppError('proof-missing', 'not ours');
    },
    admit: async (request, intent) => {
      const name = request.headers.authorization?.slice(7);
      if (isRevoked || (name !== 'operator' && name !== 'viewer')) throw new AppError('unauthorized', 'no');
      if (name === 'viewer' && intent !== 'listen') throw new AppError('forbidden', 'for operators');
      return { workspaceId: 'own', name };
    },
    audit: async (_request, { name }, start) => {
      audited.push(`${name} ${start.intent}`);
    },
    liveCalls: {
      find: (callId, workspaceId) => (callId === call.record.id && workspaceId === 'own' ? call : undefined),
      takeOver: (_callId, person) => {
        if (!call.floor) throw new Error('no floor');
        return { call, floor: call.floor, turn: call.floor.takeOver(person) };
      },
      talkTo: (agentId) => {
        if (agentId !== agent.id) return null;
        return (line) => {
          testCall = talkingCall({
            agent,
            leg,
            pacer,
            line,
            createBot: (...options) => createBot(...options),
          });
          return testCall.call;
        };
      },
      hangUp: () => call.finish({ cause: 16, causeText: '', by: 'us' }),
    },
    log: silentLog(),
  });
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  stopCaller();
  call.finish({ cause: 16, causeText: '', by: 'caller' });
  await conversation;
  audio.close();
  await new Promise((settle) => {
    server.close(settle);
  });
});

const join = async (intent: 'listen' | 'take over', name = token): Promise<AudioClient> => {
  const client = await AudioClient.open(url, name);
  clients.push(client);
  client.tell({ type: 'start', intent, callId: call.record.id });
  return client;
};
/** What the caller's line heard in the last 300 ms. */
const callerHears = (hz: number): Promise<unknown> =>
  until(
    () => {
      const last = leg.sent.slice(-15);
      return last.length === 15 && toneShare(decodeFrames('PCMU', last), hz) > 0.85;
    },
    { what: `${hz} Hz on the caller's line`, timeoutMs: 5000 },
  );
const kinds = (): string[] => call.timeline.map(({ kind }) => kind);

test('a listener hears the caller left and the agent right; the call does not notice', async () => {
  const listener = await join('listen', 'viewer');
  await listener.hears(900, 'left');
  await listener.hears(900, 'right');
  expect(audited).toEqual(['viewer listen']);
  expect(listener.sequences).toEqual(listener.sequences.map((_, at) => at + 1));
  await callerHears(900);
  call.finish({ cause: 16, causeText: '', by: 'caller' });
  expect(await listener.told('ended')).toEqual({ type: 'ended', reason: 'call over' });
  expect(kinds()).not.toContain('taken over');
});

test('a person takes over: heard by the caller, hears him, and gives him back to the agent', async () => {
  await callerHears(900);
  const person = await join('take over');
  person.say(700);
  await person.hears(900);
  await callerHears(700);
  expect(call.record.takenOverBy).toBe('operator');
  const second = await join('take over');
  expect(await second.told('refused')).toMatchObject({
    code: 'conflict',
    text: 'operator has taken over this call already',
  });
  person.tell({ type: 'hand back' });
  expect(await person.told('ended')).toEqual({ type: 'ended', reason: 'handed back' });
  await callerHears(900);
  expect(kinds().slice(-2)).toEqual(['taken over', 'handed back']);
  expect(call.record.takenOverBy).toBeUndefined();
  expect(call.isOver).toBe(false);
});

test('whose agent was put out of its place does nothing to the call any more', async () => {
  let handle: CallHandle | null = null;
  const { floor } = call;
  createBot = (_agent, given) => {
    handle = given;
    return new EchoBot({ call: given });
  };
  // a bot whose handle is known: the agent after a first person
  const first = await join('take over');
  await first.told('started');
  first.tell({ type: 'hand back' });
  await until(() => handle !== null && floor?.turn.person === null, { what: 'the agent' });
  const person = await join('take over');
  person.say(700);
  await callerHears(700);
  const old = handle as unknown as CallHandle;
  old.hangUp();
  old.flush();
  old.transcript('agent', 'too late');
  expect(await old.play(new Uint8Array(1600)).done).toBe('flushed');
  expect(await old.transfer('215')).toEqual({ result: 'not permitted', callerStillHere: true });
  await expect(old.sendDtmf('1')).rejects.toThrow('somebody else');
  await callerHears(700);
  expect(call.isOver).toBe(false);
  expect(kinds()).not.toContain('agent said');
});

test('a browser that goes away without a word leaves the caller to the agent; one that comes back is taken again', async () => {
  const person = await join('take over');
  person.say(700);
  await callerHears(700);
  person.close();
  await until(() => kinds().includes('audio'), { what: 'the loss' });
  const again = await join('take over');
  again.say(600);
  await callerHears(600);
  again.close();
  await until(() => kinds().at(-1) === 'handed back', { what: 'the agent', timeoutMs: 10_000 });
  await callerHears(900);
});

test('an agent that does not get ready leaves the caller with the person', async () => {
  const person = await join('take over');
  person.say(700);
  await callerHears(700);
  createBot = (_agent, handle) => {
    const bot = new EchoBot({ call: handle });
    bot.prepare = () => Promise.reject(new Error('it is being repaired'));
    return bot;
  };
  person.tell({ type: 'hand back' });
  expect((await person.told('failed')).text).toContain('it is being repaired');
  await callerHears(700);
  person.tell({ type: 'hang up' });
  expect(await person.told('ended')).toEqual({ type: 'ended', reason: 'call over' });
  expect(call.isOver).toBe(true);
});

test("an agent is talked to: it hears what is said and the keys, and the end is the browser's", async () => {
  const client = await AudioClient.open(url, token);
  clients.push(client);
  client.say(700);
  client.tell({ type: 'start', intent: 'talk', agentId: agent.id });
  await client.hears(700);
  client.tell({ type: 'digit', digit: '5' });
  await until(() => testCall?.call.timeline.at(-1)?.text === 'Caller pressed 5', { what: 'the key' });
  client.tell({ type: 'hang up' });
  expect(await client.told('ended')).toEqual({ type: 'ended', reason: 'call over' });
  expect(await testCall?.call.ended).toMatchObject({ by: 'caller' });
  await testCall?.conversation;
});

test('an agent that does not start, and one that there is not, are told', async () => {
  createBot = (_agent, handle) => {
    const bot = new EchoBot({ call: handle });
    bot.prepare = () => Promise.reject(new Error('it is being repaired'));
    return bot;
  };
  const client = await AudioClient.open(url, token);
  clients.push(client);
  client.say(700);
  client.tell({ type: 'start', intent: 'talk', agentId: agent.id });
  expect(await client.told('ended')).toEqual({ type: 'ended', reason: 'call over' });
  expect(testCall?.call.facts.agent).toBe('never started');
  await testCall?.conversation;
  const other = await AudioClient.open(url, token);
  clients.push(other);
  other.tell({ type: 'start', intent: 'talk', agentId: randomUUID() });
  expect(await other.told('refused')).toMatchObject({ code: 'not-found' });
});

test('a page of another address is refused before anything is opened', async () => {
  await expect(AudioClient.open(url, token, { origin: 'http://evil.example' })).rejects.toThrow('403');
});

test.each([
  ['nobody', 'nobody', { type: 'start', intent: 'listen', callId: '' }, 'invalid-input'],
  ['a stranger', 'stranger', null, 'unauthorized'],
  ['a viewer who wants to talk', 'viewer', { intent: 'take over' }, 'forbidden'],
  ['another call', token, { callId: randomUUID() }, 'not-found'],
  ['a field too many', token, { more: 1 }, 'invalid-input'],
  ['an agent for a call', token, { intent: 'talk' }, 'invalid-input'],
])('%s is told no and put out', async (_what, name, change, code) => {
  const client = await AudioClient.open(url, name);
  clients.push(client);
  const start = { type: 'start', intent: 'listen', callId: call.record.id, ...change };
  client.tell(start as never);
  expect((await client.told('refused')).code).toBe(code);
  await until(() => client.closeCode === 1008, { what: 'the close' });
  expect(audio.clients).toBe(0);
});

const hostile: [string, (client: AudioClient) => void, number[]][] = [
  ['text that is no JSON', (client) => client.socket.send('{"type":'), [1008]],
  ['a message of an unknown type', (client) => client.socket.send('{"type":"give me all"}'), [1008]],
  ['a second start', (client) => client.tell({ type: 'start', intent: 'listen', callId: 'x' }), [1008]],
  ['a frame that is too short', (client) => client.socket.send(new Uint8Array(20)), [1008]],
  ['an empty frame', (client) => client.socket.send(new Uint8Array(0)), [1008]],
  ['a frame that is too long', (client) => client.socket.send(new Uint8Array(100_000)), [1009, 1006]],
  [
    'more frames than anybody speaks',
    (client) => {
      for (let at = 0; at < 400; at++) client.socket.send(writeAudioFrame(at, new Uint8Array(640)));
    },
    [1008],
  ],
  [
    'more messages than anybody means',
    (client) => {
      for (let at = 0; at < 400; at++) client.tell({ type: 'hand back' });
    },
    [1008, 1000],
  ],
];
test.each(hostile)(
  '%s puts out whoever sends it, and the caller gets his agent back',
  async (_what, send, codes) => {
    const client = await join('take over');
    await client.told('started');
    send(client);
    await until(() => codes.includes(client.closeCode ?? 0), { what: 'the close' });
    await until(() => kinds().at(-1) === 'handed back', { what: 'the agent', timeoutMs: 10_000 });
    await callerHears(900);
  },
);

test('who listens says nothing, and who has lost the right is put out', async () => {
  const loud = await join('listen');
  await loud.told('started');
  loud.say(700);
  expect((await loud.told('refused')).text).toBe('who listens says nothing');
  const listener = await join('listen');
  await listener.hears(900);
  isRevoked = true;
  await audio.recheck();
  expect(await listener.told('ended')).toEqual({ type: 'ended', reason: 'no longer allowed' });
});

test('a listener that does not read loses frames; others and the caller do not', async () => {
  const slow = await join('listen');
  await slow.hears(900);
  const good = await join('listen');
  await good.hears(900);
  slow.socket.pause();
  const before = good.sequences.length;
  await until(() => good.sequences.length > before + 100, { what: 'two seconds', timeoutMs: 10_000 });
  expect(good.sequences).toEqual(good.sequences.map((_, at) => at + 1));
  await callerHears(900);
});
