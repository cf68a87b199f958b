import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { ReceptionistBot } from './receptionist-bot.ts';
import type { Speech } from './speech/speech.ts';
import { TestCall } from './test-call.ts';
import { speechOf } from './test-speech.ts';

let speech: Speech;
/** another one, of which a test takes the voice or the ears away */
let newSpeech: () => Speech;
const dataDir = mkdtempSync(join(tmpdir(), 'offhook-speech-'));
beforeAll(async () => {
  newSpeech = await speechOf(dataDir);
  speech = newSpeech();
  await speech.start();
}, 300_000);
afterAll(async () => {
  await speech.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** An answered call on which the greeting has been said; the fallback extension is not in the directory. */
const greeted = async (by: Speech) => {
  const entry = { ext: '215', name: 'Sarah', owner: '', department: 'Accounts', aliases: [], enabled: true };
  const call = new TestCall({ entries: [entry], paceMs: 2 });
  const bot = new ReceptionistBot({
    call,
    speech: by,
    greeting: 'Thank you for calling Offhook.',
    settings: { confirm: 'when unsure', fallbackExtension: '900', silenceSeconds: 8 },
    log: silentLog(),
  });
  await bot.prepare();
  const over = bot.run({ resumed: false });
  await call.waitForAgent(bot, /speak to\?$/);
  return { call, bot, over };
};

test('a voice that is gone in mid-call is a failure, which the call answers: no goodbye, no transfer of its own', async () => {
  const mortal = newSpeech();
  const { call, bot, over } = await greeted(mortal);
  await mortal.stop();
  const before = call.events.length;
  bot.digit('9');
  await expect(over).rejects.toMatchObject({
    kind: 'speechless',
    message: expect.stringMatching(/^it cannot speak any more: /) as string,
  });
  bot.digit('0');
  bot.end();
  expect(call.events.slice(before).filter(({ kind }) => kind !== 'flushed')).toEqual([]);
});

test('so are ears that fail on every word, when the caller has been asked often enough', async () => {
  const samples = await speech.say('put me through to billing', { voice: 'slt' });
  const mortal = newSpeech();
  // what it says is there still; what it hears is not
  const { call, bot, over } = await greeted({ ...speech, recognise: (asked) => mortal.recognise(asked) });
  await mortal.stop();
  let failed = false;
  over.catch(() => {
    failed = true;
  });
  for (let nth = 1; nth <= 3; nth++) {
    const asked = call.texts('agent said').length;
    await call.speak(bot, samples);
    await call.waitFor(bot, () => failed || call.texts('agent said').length > asked);
  }
  await expect(over).rejects.toMatchObject({ kind: 'speechless' });
  bot.end();
  expect(call.events.filter(({ kind }) => kind === 'transfer' || kind === 'hang up')).toEqual([]);
});

test('the fallback extension needs no entry in the directory', async () => {
  const { call, bot, over } = await greeted(speech);
  call.fallbackExtension = '900';
  bot.digit('0');
  await call.waitForAgent(bot, /^Connecting you to the reception\.$/);
  await call.waitFor(bot, (events) =>
    events.some((event) => event.kind === 'transfer' && event.ext === '900'),
  );
  await over;
  bot.end();
  expect(call.texts('agent said').at(-1)).toBe('Connecting you to the reception.');
});
