/**
 * What a bot may do with its call: the bot port's `CallHandle` over a live call and its audio. Once somebody else has the
 * floor it does nothing any more.
 */

import type { CallHandle, Playback } from '../bots/bot.ts';
import type { AudioFormat } from '../contract/audio.ts';
import { timelineLine } from '../contract/texts/timeline.ts';
import { AppError } from '../errors.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { Hold } from './floor.ts';
import type { LiveCall } from './live-call.ts';
import type { CallConfiguration } from './route.ts';

/** What can be done to a call by its bot, and by a person at the monitor. */
export type CallHandleActions = {
  transfer: CallHandle['transfer'];
  transferToFallback: CallHandle['transferToFallback'];
  transferOutside: CallHandle['transferOutside'];
  sendDtmf: (digits: string) => Promise<void>;
  hangUp: (by: 'agent' | 'silence') => void;
};

export const createCallHandle = (options: {
  call: LiveCall;
  audio: CallAudio;
  configuration: CallConfiguration;
  lineFormat: AudioFormat;
  actions: CallHandleActions;
  hold: Hold;
}): CallHandle => {
  const { call, audio, configuration, lineFormat, actions, hold } = options;
  const isSilenced = (): boolean => call.isOver || call.isClosing || hold.isOut;
  const transfer = async (
    start: () => ReturnType<CallHandleActions['transfer']>,
  ): ReturnType<CallHandleActions['transfer']> =>
    hold.isOut ? { result: 'not permitted', callerStillHere: !call.isOver } : await start();
  return {
    callId: call.record.id,
    callerNumber: call.record.callerNumber,
    callerName: call.record.callerName,
    calledNumber: call.record.calledNumber,
    directory: () => configuration.directory(call.channel.trunkId),
    lineFormat,
    play: (chunk, format) => (isSilenced() ? tooLate : audio.play(chunk, format)),
    mark: () => (isSilenced() ? Promise.resolve('flushed') : audio.mark()),
    flush: () => {
      if (!isSilenced()) audio.flush();
    },
    get queuedMs() {
      return hold.isOut ? 0 : audio.queuedMs;
    },
    transcript: (speaker, text, details) => {
      if (hold.isOut) return;
      call.note(speaker === 'agent' ? 'agent said' : 'caller said', text, details);
    },
    conversation: () =>
      call.timeline.flatMap(({ kind, text }) =>
        kind === 'agent said' || kind === 'caller said'
          ? [{ speaker: kind === 'agent said' ? ('agent' as const) : ('caller' as const), text }]
          : [],
      ),
    note: (kind, text, details) => {
      if (!hold.isOut) call.note(kind, text, details);
    },
    interrupted: () => {
      if (!hold.isOut) call.note('interrupted', timelineLine.interrupted);
    },
    transfer: (ext, summary) => transfer(() => actions.transfer(ext, summary)),
    transferToFallback: (summary) => transfer(() => actions.transferToFallback(summary)),
    transferOutside: (number, summary) => transfer(() => actions.transferOutside(number, summary)),
    sendDtmf: async (digits) => {
      if (hold.isOut) throw new AppError('conflict', 'somebody else talks to the caller now');
      await actions.sendDtmf(digits);
    },
    hangUp: (by = 'agent') => {
      if (!hold.isOut) actions.hangUp(by);
    },
  };
};

const tooLate: Playback = { playedMs: 0, done: Promise.resolve('flushed') };
