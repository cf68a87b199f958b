/** What a bot may do with its call: the bot port's `CallHandle` over a live call and its audio. */
import type { CallHandle, Playback } from '../bots/bot.ts';
import { lineFormatOf } from '../contract/audio.ts';
import type { TransferResult } from '../contract/call.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { LiveCall } from './live-call.ts';
import type { CallConfiguration } from './route.ts';

/** What can be done to a call by its bot, and by a person at the monitor. */
export type CallHandleActions = {
  transfer: (ext: string) => Promise<{ result: TransferResult; callerStillHere: boolean }>;
  transferOutside: (number: string) => Promise<{ result: TransferResult; callerStillHere: boolean }>;
  sendDtmf: (digits: string) => Promise<void>;
  hangUp: (by: 'agent' | 'silence') => void;
};

export const createCallHandle = (
  call: LiveCall,
  audio: CallAudio,
  configuration: CallConfiguration,
  actions: CallHandleActions,
): CallHandle => ({
  callId: call.record.id,
  callerNumber: call.record.callerNumber,
  callerName: call.record.callerName,
  calledNumber: call.record.calledNumber,
  directory: () => configuration.directory(call.channel.trunkId),
  lineFormat: lineFormatOf(configuration.trunk(call.channel.trunkId)?.codecs?.[0] ?? 'PCMU'),
  play: (chunk, format) => (call.isOver || call.isClosing ? tooLate : audio.play(chunk, format)),
  mark: () => (call.isOver || call.isClosing ? Promise.resolve('flushed') : audio.mark()),
  flush: () => {
    if (!call.isClosing) audio.flush();
  },
  get queuedMs() {
    return audio.queuedMs;
  },
  transcript: (speaker, text, details) =>
    call.note(speaker === 'agent' ? 'agent said' : 'caller said', text, details),
  conversation: () =>
    call.timeline.flatMap(({ kind, text }) =>
      kind === 'agent said' || kind === 'caller said'
        ? [{ speaker: kind === 'agent said' ? ('agent' as const) : ('caller' as const), text }]
        : [],
    ),
  note: (kind, text, details) => call.note(kind, text, details),
  interrupted: () => call.note('interrupted', 'The caller interrupted'),
  transfer: actions.transfer,
  transferOutside: actions.transferOutside,
  sendDtmf: actions.sendDtmf,
  hangUp: (by = 'agent') => actions.hangUp(by),
});

const tooLate: Playback = { playedMs: 0, done: Promise.resolve('flushed') };
