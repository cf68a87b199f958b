/**
 * What Offhook itself says to a caller: the words of last resort, and how they become audio. They are said also when
 * speech does not work: then the caller hears the tones that stand for "your call cannot go on" in any network.
 */
import { l16 } from '../contract/audio.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { bytesOf } from '../media/l16.ts';

export const announcementFormat = l16(8000);

/** Where the agent's settings leave a message blank. */
export const words = {
  fallback: 'I am sorry, I cannot help you right now. Please call again later. Goodbye.',
  closing: 'We have reached the end of the time for this call. Thank you for calling. Goodbye.',
  silence: 'Are you still there?',
  reconnecting: 'One moment, please.',
  waiting: 'I am sorry, this takes a little longer. One moment, please.',
  recording: 'This call is recorded.',
} as const;

/** Audio of a text in `announcementFormat`. Never rejects. */
export type Announcer = (text: string) => Promise<Uint8Array>;

export const createAnnouncer =
  (options: { say: (text: string) => Promise<Int16Array>; log: Logger }): Announcer =>
  async (text) => {
    try {
      return bytesOf(await options.say(text));
    } catch (error) {
      options.log.error({ reason: messageOf(error) }, 'an announcement could not be spoken: tones instead');
      return specialInformationTone;
    }
  };

/** ITU-T E.180 section 6: three tones of 330 ms, one after another. */
const specialInformationTone = bytesOf(
  Int16Array.from({ length: 3 * 2640 }, (_, at) => {
    const hz = [950, 1400, 1800][Math.floor(at / 2640)] ?? 0;
    return Math.round(6000 * Math.sin((2 * Math.PI * hz * at) / 8000));
  }),
);
