/** A call on a line that is the test's own, for tests of browsers that join it; all else of it is real. */
import { randomUUID } from 'node:crypto';
import type { Bot, CallHandle } from '../bots/bot.ts';
import { converse, type Line } from '../calls/conversation.ts';
import { LiveCall } from '../calls/live-call.ts';
import type { Agent } from '../contract/agent.ts';
import { frameBytesOf, pcmu } from '../contract/audio.ts';
import { silentLog } from '../log.ts';
import { encode } from '../media/g711.ts';
import type { Pacer } from '../media/pacer.ts';
import type { MediaLeg } from '../switch/port.ts';

/** A second of 900 Hz as frames of the line. */
export const callerFrames = Array.from({ length: 50 }, (_, frame) =>
  encode(
    'PCMU',
    Int16Array.from({ length: 160 }, (_, at) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 900 * (160 * frame + at)) / 8000)),
    ),
  ),
);

export const talkingCall = (options: {
  agent: Agent;
  leg: MediaLeg;
  pacer: Pacer;
  createBot: (agent: Agent, handle: CallHandle) => Bot;
  /** in place of the test's own, which is the leg's */
  line?: Line;
}): { call: LiveCall; conversation: Promise<void> } => {
  const { agent, leg, pacer, createBot } = options;
  const call = new LiveCall({
    record: {
      id: randomUUID(),
      trunkId: 't1',
      trunkName: 'Office',
      agentId: null,
      agentName: null,
      callerNumber: '101',
      callerName: '',
      calledNumber: '1000',
      sipCallId: '',
      state: 'ringing',
      offeredAt: new Date().toISOString(),
      answeredAt: null,
      endedAt: null,
      outcome: null,
      fault: null,
      transferredTo: null,
      isTest: false,
    },
    channel: {
      channelId: 'c1',
      trunkId: 't1',
      callerNumber: '101',
      callerName: '',
      calledNumber: '1000',
      sipCallId: '',
      answered: false,
    },
    journal: { begin: () => undefined, change: () => undefined, event: () => undefined },
    onChange: () => undefined,
  });
  const conversation = converse(
    call,
    {
      configuration: {
        trunk: () => undefined,
        agent: () => undefined,
        agentIdOfNumber: () => undefined,
        walletIsEmpty: () => false,
        directory: () => [],
      },
      pacer,
      createBot,
      announcer: async () => new Uint8Array(frameBytesOf(pcmu) * 10),
      recordings: { begin: () => null },
      log: silentLog(),
      line: options.line ?? {
        answer: async () => undefined,
        refuse: async () => call.finish({ cause: 16, causeText: '', by: 'us' }),
        hangUp: async () => call.finish({ cause: 16, causeText: '', by: 'us' }),
        openMedia: async () => leg,
        sendDtmf: async () => undefined,
      },
      lineFormat: pcmu,
      personGraceMs: 400,
      transfer: async () => ({ result: 'not permitted', callerStillHere: true }),
    },
    agent,
  );
  return { call, conversation };
};
