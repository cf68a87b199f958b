/**
 * Measures how long after the caller's last word the receptionist's first sample leaves, at a telephone's pace, with
 * one caller and with several at once.
 *
 *   node --import tsx controller/receptionist/speech/measure-reply.ts [--calls 4]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { silentLog } from '../../log.ts';
import { openSpeech } from '../../open-speech.ts';
import { ReceptionistBot } from '../receptionist-bot.ts';
import { TestCall } from '../test-call.ts';
import { corpora } from './evaluation-corpus.ts';

const { values: options } = parseArgs({ options: { calls: { type: 'string', default: '1' } } });
const entries = corpora['office']?.entries ?? [];
const requests = [
  'put me through to billing',
  'can I speak to Maria',
  'Sarah Connor please',
  'what time is it now',
];
const settings = { confirm: 'when unsure', fallbackExtension: null, silenceSeconds: 8 } as const;

const folder = await mkdtemp(join(tmpdir(), 'offhook-reply-'));
const speech = await openSpeech({ dataDir: folder, log: silentLog() });
await speech.start();
await speech.ready(entries);
const spoken = await Promise.all(requests.map((text) => speech.say(text, { voice: 'slt' })));

/** One call for one request; the time to its answer. */
const replyMs = async (samples: Int16Array): Promise<number> => {
  const call = new TestCall({ entries, paceMs: 20 });
  const bot = new ReceptionistBot({ call, speech, greeting: '', settings, log: silentLog() });
  await bot.prepare();
  const over = bot.run({ resumed: false });
  await call.waitForAgent(bot, /\?$/);
  const before = call.texts('agent said').length;
  // flite leaves some silence behind the last sound
  const lastSound = samples.findLastIndex((sample) => Math.abs(sample) > 300);
  await call.speak(bot, samples.subarray(0, lastSound + 1));
  const { lastWordAt } = call;
  await call.waitFor(bot, () => call.texts('agent said').length > before && call.firstReplyAt > lastWordAt);
  bot.end();
  await over;
  return call.firstReplyAt - lastWordAt;
};

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const replies: number[] = [];
for (let round = 0; round < 5; round += 1) {
  const calls = Array.from(
    { length: Number(options.calls) },
    (_, at) => spoken[(round + at) % spoken.length],
  );
  replies.push(...(await Promise.all(calls.map((samples) => replyMs(samples ?? new Int16Array(0))))));
}
delay.disable();
replies.sort((a, b) => a - b);
const at = (share: number): number => Math.round(replies[Math.floor(share * (replies.length - 1))] ?? 0);
process.stdout.write(
  `${options.calls} at once: last word to first reply ${at(0.5)} ms in the middle, ${at(1)} ms at most; ` +
    `main thread held up ${(delay.percentile(99) / 1e6).toFixed(1)} ms at the 99th percentile, ${(delay.max / 1e6).toFixed(1)} ms at most\n`,
);
await speech.stop();
await rm(folder, { recursive: true, force: true });
