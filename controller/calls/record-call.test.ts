/** Who is recorded, and what the timeline says of it. */
import { expect, test, vi } from 'vitest';
import { type Agent, AgentInput } from '../contract/agent.ts';
import { pcmu } from '../contract/audio.ts';
import { silentLog } from '../log.ts';
import { CallAudio } from '../media/call-audio.ts';
import { Pacer } from '../media/pacer.ts';
import { exampleChannel } from '../switch/example-port.ts';
import { LiveCall } from './live-call.ts';
import { prepareRecording, type RecordingContext } from './record-call.ts';
import { testCallRecord } from './test-call-record.ts';

const recording = { enabled: true, notice: true, noticeText: '' };

const record = async (
  settings: { recording: typeof recording; language?: string },
  options: { speak?: RecordingContext['speak']; file?: boolean; answered?: boolean } = {},
) => {
  const lines: string[] = [];
  const call = new LiveCall({
    record: testCallRecord(),
    channel: { ...exampleChannel, answered: options.answered ?? false },
    journal: {
      begin: () => undefined,
      change: () => undefined,
      event: (_id, entry) => void lines.push(`${entry.kind}: ${entry.text}`),
    },
    onChange: () => undefined,
  });
  const agent = {
    ...AgentInput.parse({ name: 'Desk', settings }),
    id: 'desk',
    createdAt: '',
    kind: 'twilio',
  } as unknown as Agent;
  const pacer = new Pacer({ onError: () => undefined });
  const audio = new CallAudio({ pacer });
  let recorded = false;
  const prepared = await prepareRecording(call, audio, agent, {
    recordings: {
      begin: () => {
        recorded = true;
        return {
          recorder: { begin: () => 0, fromCaller: () => 0, toCaller: () => 0 } as never,
          stop: async () => undefined,
        };
      },
      find: async () => (options.file ? { path: '', audioBytes: 160, rate: 8000, live: false } : null),
    },
    speak: options.speak ?? (async () => new Int16Array(320).fill(8000)),
    log: silentLog(),
  });
  audio.attach({
    codec: 'PCMU',
    format: pcmu,
    onFrame: null,
    send: () => undefined,
    counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
    close: () => undefined,
  });
  prepared.begin();
  // the bot interrupts at once; two frames of notice take two beats
  audio.flush();
  if (settings.recording.notice && !options.file)
    await vi.waitFor(() => expect(lines.length).toBe(recorded ? 2 : 1), { timeout: 5000 });
  prepared.stop();
  audio.close();
  return { recorded, lines };
};

test('a caller is told, whatever the bot flushes, and the timeline has it when he has heard it', async () => {
  expect(await record({ recording })).toEqual({
    recorded: true,
    lines: ['recording: The call is recorded', 'announcement: This call is recorded.'],
  });
});

test('words of the admin’s own are said whatever the agent’s language', async () => {
  const own = { ...recording, noticeText: 'Wir nehmen auf.' };
  expect((await record({ recording: own, language: 'de' })).lines[1]).toBe('announcement: Wir nehmen auf.');
});

test('who has to be told and cannot be is not recorded', async () => {
  expect(await record({ recording, language: 'de-AT' })).toEqual({
    recorded: false,
    lines: [
      'recording: Not recorded: the caller could not be told (our own sentence is English, and the agent speaks de-AT)',
    ],
  });
  const mute = await record({ recording }, { speak: () => Promise.reject(new Error('no voice')) });
  expect(mute).toEqual({
    recorded: false,
    lines: ['recording: Not recorded: the caller could not be told (speech does not work)'],
  });
});

test('after a restart a call that was recorded goes on without telling him again, and no other does', async () => {
  const again = await record({ recording }, { answered: true, file: true });
  expect(again).toEqual({ recorded: true, lines: ['recording: The recording goes on'] });
  const first = await record({ recording }, { answered: true });
  expect(first.lines).toEqual(['recording: The call is recorded', 'announcement: This call is recorded.']);
});
