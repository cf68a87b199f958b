/** What a browser's audio socket is for, once it was let in: to listen to a call, to take it over, or to talk to an agent. */
import type { Line } from '../calls/conversation.ts';
import type { Floor, Person } from '../calls/floor.ts';
import type { LiveCall } from '../calls/live-call.ts';
import type { AudioClientMessage, AudioEnd, AudioServerMessage } from '../contract/browser-audio.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AudioSocket } from './audio-socket.ts';
import { BrowserLine } from './browser-line.ts';
import { createListenTap } from './listen-tap.ts';
import { PersonBot } from './person-bot.ts';

export type Session = {
  message(message: AudioClientMessage): void;
  frame(audio: Uint8Array): void;
  /** the socket has closed, or somebody may be here no longer; `end`: what he was told at last, if anything */
  closed(end: AudioServerMessage | null): void;
};

/** Hears both sides. Throws `conflict` for a call that has no audio. */
export const listen = (socket: AudioSocket, call: LiveCall, log: Logger): Session => {
  if (call.tap === null) throw new AppError('conflict', 'This call cannot be listened to: no agent has it');
  socket.tell({ type: 'started', callId: call.record.id, channels: 2 });
  const untap = call.tap(
    createListenTap({
      send: (audio) => socket.sendFrame(audio),
      failed: (error) => {
        log.error({ err: error, callId: call.record.id }, 'a call could not be listened to any more');
        socket.end({ type: 'refused', code: 'internal', text: 'the audio of this call cannot be read' });
      },
    }),
  );
  const ending = Promise.race([call.ended, call.handedOver]);
  void ending.then(() => socket.end({ type: 'ended', reason: 'call over' }));
  return {
    message: () => refuseMessage(socket),
    frame: () => socket.end({ type: 'refused', code: 'invalid-input', text: 'who listens says nothing' }),
    closed: untap,
  };
};

/** Puts whoever is at the socket in the agent's place. Throws `conflict` when that cannot be now. */
export const takeOver = (
  socket: AudioSocket,
  callId: string,
  name: string,
  liveCalls: {
    takeOver(callId: string, person: Person): { call: LiveCall; floor: Floor };
    hangUp(callId: string): void;
  },
): Session => {
  let bot: PersonBot | null = null;
  // made known at once: the caller is heard from the next frame on
  const start = (): void => socket.tell({ type: 'started', callId, channels: 1 });
  let call: LiveCall | null = null;
  const taken = liveCalls.takeOver(callId, {
    name,
    createBot: (handle) => {
      bot = new PersonBot({
        call: handle,
        isTalking: () => call?.record.state === 'talking',
        send: (frame) => socket.sendFrame(frame),
        onEnd: () => {
          const reason: AudioEnd =
            call === null || call.isOver || call.record.state !== 'talking' ? 'call over' : 'handed back';
          socket.end({ type: 'ended', reason });
        },
      });
      return bot;
    },
  });
  call = taken.call;
  start();
  return {
    message: (message) => {
      if (message.type === 'hang up') liveCalls.hangUp(callId);
      else if (message.type === 'hand back') {
        taken.floor.giveBack().catch((error: unknown) => {
          socket.tell({
            type: 'failed',
            text: `The agent did not come back: ${messageOf(error).slice(0, 200)}`,
          });
        });
      } else refuseMessage(socket);
    },
    frame: (audio) => bot?.say(audio),
    closed: () => bot?.leave(),
  };
};

/** A test conversation; `begin` makes its call. */
export const talk = (socket: AudioSocket, begin: (line: Line) => LiveCall): Session => {
  const line = new BrowserLine({
    send: (frame) => socket.sendFrame(frame),
    digits: (digits) => socket.tell({ type: 'digits', digits }),
  });
  const call = begin(line);
  line.carries(call);
  socket.tell({ type: 'started', callId: call.record.id, channels: 1 });
  void call.ended.then(() => socket.end({ type: 'ended', reason: 'call over' }));
  return {
    message: (message) => {
      if (message.type === 'hang up') line.gone();
      else if (message.type === 'digit') call.onDigit?.(message.digit);
      else refuseMessage(socket);
    },
    frame: (audio) => line.take(audio),
    closed: (end) => (end?.type === 'ended' && end.reason === 'stopping' ? line.stopped() : line.gone()),
  };
};

const refuseMessage = (socket: AudioSocket): void =>
  socket.end({ type: 'refused', code: 'invalid-input', text: 'this message has no meaning here' });
