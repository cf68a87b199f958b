/** Whether a call is recorded, what the caller is told about it, and what the timeline says. */
import type { Agent } from '../contract/agent.ts';
import type { CallAudio } from '../media/call-audio.ts';
import type { Recordings } from '../recording/recordings.ts';
import { type Announcer, announcementFormat, words } from './announcement.ts';
import type { LiveCall } from './live-call.ts';

export type RecordingContext = { recordings: Pick<Recordings, 'begin'>; announcer: Announcer };

/** The built-in voice speaks English: a notice in another language is left out, and said to be. */
const hasVoice = (language: string): boolean => /^en(-|$)/i.test(language);

export type PreparedRecording = {
  /** From the answer on. `isResumed`: the caller was told before the controller was restarted. */
  begin(isResumed: boolean): void;
  stop(): void;
};

/** Makes the spoken notice while the caller's phone rings, so that it can be the first thing that he hears. */
export const prepareRecording = async (
  call: LiveCall,
  audio: CallAudio,
  agent: Agent,
  { recordings, announcer }: RecordingContext,
): Promise<PreparedRecording> => {
  const { recording, language } = agent.settings;
  if (!recording.enabled) return { begin: () => undefined, stop: () => undefined };
  const text = recording.noticeText || words.recording;
  const notice = recording.notice && hasVoice(language) ? await announcer(text) : null;
  let stop: () => void = () => undefined;
  return {
    begin: (isResumed) => {
      const live = recordings.begin(call.record.id, (reason) => {
        call.note('recording', `Recording stopped: ${reason}`);
      });
      if (!live) return;
      const untap = audio.tap(live.recorder);
      stop = () => {
        untap();
        void live.stop();
      };
      if (isResumed) {
        call.note('recording', 'The recording goes on');
        return;
      }
      if (notice) {
        call.note('announcement', text);
        void audio.play(notice, announcementFormat);
      } else if (recording.notice) {
        call.note('recording', `The caller was not told: there is no voice for ${language}`);
      }
      call.note('recording', 'The call is recorded');
    },
    stop: () => stop(),
  };
};
