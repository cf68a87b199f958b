/**
 * What the person who answers a transfer hears before the caller is connected: who calls, and why. It plays one line on one
 * leg; what is then done with the leg is somebody else's.
 */
import type { AudioFormat } from '../contract/audio.ts';
import { CallAudio } from '../media/call-audio.ts';
import type { Pacer } from '../media/pacer.ts';
import { type Switch, SwitchError } from '../switch/port.ts';

const longestName = 60;
const longestSummary = 300;

/** Text of others, as it may be spoken: one line, nothing that is no letter, digit or plain sign. */
const spoken = (text: string, longest: number): string =>
  text
    .replace(/[^\p{L}\p{M}\p{N} .,;:!?'()@%&+/-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longest);

/** A name that is the number once more says nothing. */
const isName = (name: string): boolean => /\p{L}{2}/u.test(name);

export const briefingWords = (call: {
  callerName: string;
  callerNumber: string;
  /** the agent's own words about the call; left out = it gave none */
  summary?: string | undefined;
}): string => {
  const name = spoken(call.callerName, longestName);
  const digits = call.callerNumber.replace(/[^0-9]/g, '').slice(0, 20);
  // one by one, or it would be read as a quantity
  const number = digits === '' ? '' : digits.split('').join(' ');
  const who = [isName(name) ? name : '', number].filter((part) => part !== '').join(', ');
  const why = spoken(call.summary ?? '', longestSummary);
  const end = /[.!?]$/.test(why) ? '' : '.';
  return `Call from ${who === '' ? 'an unknown number' : who}. ${why === '' ? '' : `${why}${end} `}Connecting you now.`;
};

export type Briefing = {
  /** audio of the line; being made while the target rings */
  speech: Promise<Uint8Array>;
  format: AudioFormat;
  pacer: Pacer;
};

/** Resolves when it was heard, or when there is nobody any more to hear it or to be connected. */
export const brief = async (options: {
  switch: Pick<Switch, 'openMedia'>;
  dialledId: string;
  briefing: Briefing;
  targetGone: Promise<unknown>;
  callerGone: Promise<unknown>;
}): Promise<'heard' | 'target gone' | 'caller gone'> => {
  const { dialledId, briefing, targetGone, callerGone } = options;
  const audio = new CallAudio({ pacer: briefing.pacer });
  try {
    audio.use({ hears: briefing.format, speaks: briefing.format });
    audio.attach(await options.switch.openMedia(dialledId));
    const said = briefing.speech.then((speech) => audio.play(speech, briefing.format).done);
    return await Promise.race([
      said.then(() => 'heard' as const),
      targetGone.then(() => 'target gone' as const),
      callerGone.then(() => 'caller gone' as const),
    ]);
  } catch (error) {
    if (error instanceof SwitchError && error.code === 'no-such-channel') return 'target gone';
    throw error;
  } finally {
    audio.close();
  }
};
