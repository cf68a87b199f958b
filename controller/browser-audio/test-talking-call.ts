/** A call on a line that is the test's own, for tests of browsers that join it; all else of it is real. */
import type { Bot, CallHandle } from '../bots/bot.ts';
import { converse, type Line } from '../calls/conversation.ts';
import { LiveCall } from '../calls/live-call.ts';
import { testCallRecord } from '../calls/test-call-record.ts';
import type { Agent } from '../contract/agent.ts';
import { frameBytesOf, pcmu } from '../contract/audio.ts';
import { silentLog } from '../log.ts';
import { encode } from '../media/g711.ts';
import type { Pacer } from '../media/pacer.ts';
import { exampleChannel } from '../switch/example-port.ts';
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
    record: testCallRecord({ trunkId: exampleChannel.trunkId, state: 'ringing' }),
    channel: exampleChannel,
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
      recordings: { begin: () => null, find: async () => null },
      speak: async () => new Int16Array(1600),
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
