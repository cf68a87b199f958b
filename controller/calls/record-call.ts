/** Whether a call is recorded, what the caller is told about it, and what the timeline says. */

import type { Agent } from '../contract/agent.ts';
import { say } from '../contract/texts/sentence.ts';
import { noticeTrouble, timelineLine } from '../contract/texts/timeline.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CallAudio } from '../media/call-audio.ts';
import { bytesOf } from '../media/l16.ts';
import type { Recordings } from '../recording/recordings.ts';
import { announcementFormat, words } from './announcement.ts';
import type { LiveCall } from './live-call.ts';

export type RecordingContext = {
  recordings: Pick<Recordings, 'begin' | 'find'>;
  /** the built-in voice, at 8 kHz; rejects when it does not work */
  speak: (text: string) => Promise<Int16Array>;
  log: Logger;
};

export type PreparedRecording = {
  /** From the answer on. */
  begin(): void;
  stop(): void;
};

const none: PreparedRecording = { begin: () => undefined, stop: () => undefined };

/**
 * Makes the spoken notice while the caller's phone rings, so that it can be the first thing that he hears. A call whose
 * caller has to be told and cannot be is not recorded.
 */
export const prepareRecording = async (
  call: LiveCall,
  audio: CallAudio,
  agent: Agent,
  { recordings, speak, log }: RecordingContext,
): Promise<PreparedRecording> => {
  const { recording } = agent.settings;
  if (!recording.enabled) return none;
  // he was told, and is recorded, since before the controller was restarted
  const isResumed =
    call.channel.answered && (await recordings.find(call.record.id).catch(() => null)) !== null;
  const text = recording.noticeText || words.recording;
  let notice: Uint8Array | null = null;
  if (recording.notice && !isResumed) {
    const fault = isUnderstood(agent)
      ? null
      : say(noticeTrouble.language, { language: agent.settings.language });
    if (fault !== null) return notRecorded(call, fault);
    try {
      notice = bytesOf(await speak(text));
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the notice of a recording could not be spoken');
      return notRecorded(call, noticeTrouble.speech);
    }
  }
  let stop: () => void = () => undefined;
  return {
    begin: () => {
      const live = recordings.begin(call.record.id, (reason) => {
        call.note('recording', say(timelineLine.recordingStopped, { why: reason }));
      });
      if (!live) return;
      const untap = audio.tap(live.recorder);
      stop = () => {
        untap();
        void live.stop();
      };
      call.note('recording', isResumed ? timelineLine.recordingGoesOn : timelineLine.recorded);
      if (notice === null) return;
      void audio.announce(notice, announcementFormat).done.then((result) => {
        if (result === 'played') call.note('announcement', text);
      });
    },
    stop: () => stop(),
  };
};

/** What somebody typed is meant for his callers, whatever its language; our own sentence is English as our agents are. */
const isUnderstood = ({ kind, settings }: Agent): boolean =>
  settings.recording.noticeText !== '' ||
  kind === 'receptionist' ||
  kind === 'echo' ||
  /^en(-|$)/i.test(settings.language);

const notRecorded = (call: LiveCall, why: string): PreparedRecording => ({
  ...none,
  begin: () => call.note('recording', say(timelineLine.notRecorded, { why })),
});
