import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DirectoryEntry } from '../contract/extension.ts';
import { silentLog } from '../log.ts';
import { ReceptionistBot, type ReceptionistSettings } from './receptionist-bot.ts';
import type { Speech } from './speech/speech.ts';
import { type CallEvent, TestCall } from './test-call.ts';
import { speechOf } from './test-speech.ts';

const entry = (ext: string, name: string, department = '', aliases: string[] = []): DirectoryEntry => ({
  ext,
  name,
  owner: '',
  department,
  aliases,
  enabled: true,
});
const demo = [entry('100', 'Reception'), entry('215', 'Sarah', 'Accounts', ['billing'])];
const twoSarahs = [
  entry('100', 'Reception'),
  entry('215', 'Sarah Jones', 'Accounts'),
  entry('216', 'Sarah Connor', 'Sales'),
];

let speech: Speech;
const dataDir = mkdtempSync(join(tmpdir(), 'offhook-speech-'));
beforeAll(async () => {
  speech = (await speechOf(dataDir))();
  await speech.start();
}, 300_000);
afterAll(async () => {
  await speech.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const settings: ReceptionistSettings = {
  confirm: 'when unsure',
  fallbackExtension: '100',
  silenceSeconds: 8,
};

/** An answered call on which the greeting has been said. The agent's voice is rms; callers have another. */
const greeted = async (options: {
  entries?: readonly DirectoryEntry[];
  settings?: Partial<ReceptionistSettings>;
  waitForGreeting?: boolean;
}): Promise<{ call: TestCall; bot: ReceptionistBot; over: Promise<void> }> => {
  const call = new TestCall({ entries: options.entries ?? demo, paceMs: 2 });
  const bot = new ReceptionistBot({
    call,
    speech,
    greeting: 'Thank you for calling Offhook.',
    settings: { ...settings, ...options.settings },
    log: silentLog(),
  });
  await bot.prepare();
  const over = bot.run({ resumed: false });
  if (options.waitForGreeting ?? true) await call.waitForAgent(bot, /speak to\?$/);
  return { call, bot, over };
};

const request = (text: string): Promise<Int16Array> => speech.say(text, { voice: 'slt' });
const transferTo =
  (ext: string) =>
  (events: readonly CallEvent[]): boolean =>
    events.some((event) => event.kind === 'transfer' && event.ext === ext);

/** Says yes for as long as it is asked. */
const throughConfirmation = async (call: TestCall, bot: ReceptionistBot, ext: string): Promise<void> => {
  await call.waitFor(
    bot,
    (events) => transferTo(ext)(events) || (call.texts('agent said').at(-1) ?? '').endsWith('right?'),
  );
  if (transferTo(ext)(call.events)) return;
  bot.digit('1');
  await call.waitFor(bot, transferTo(ext));
};

describe('a caller who speaks', () => {
  test.each([
    ['put me through to billing', '215'],
    ['speak to Sarah', '215'],
    ['reception please', '100'],
    ['extension two one five', '215'],
  ])('"%s" reaches %s', async (text, ext) => {
    const { call, bot, over } = await greeted({});
    await call.speak(bot, await request(text));
    await throughConfirmation(call, bot, ext);
    await over;
    bot.end();
    expect(call.texts('agent said').at(-1)).toMatch(/^Connecting you to /);
    // whoever answers can be told what was asked for
    const [told] = call.events.flatMap((event) => (event.kind === 'transfer' ? [event.summary] : []));
    expect(told).toMatch(/^The caller said: \w.*\.$/);
  });
});

describe('when two fit', () => {
  test('both are offered, and the second one is chosen by key', async () => {
    const { call, bot, over } = await greeted({ entries: twoSarahs });
    await call.speak(bot, await request('can I speak to Sarah'));
    await call.waitForAgent(bot, /Sarah Jones in Accounts, press 1, or Sarah Connor in Sales, press 2\?/);
    bot.digit('2');
    await call.waitFor(bot, transferTo('216'));
    await over;
    bot.end();
  });

  test('the name tells them apart', async () => {
    const { call, bot, over } = await greeted({ entries: twoSarahs });
    await call.speak(bot, await request('can I speak to Sarah'));
    await call.waitForAgent(bot, /press 2\?/);
    await call.speak(bot, await request('Sarah Connor'));
    await throughConfirmation(call, bot, '216');
    await over;
    bot.end();
  });
});

test('a keyed extension is dialled without a question, in the middle of the greeting', async () => {
  const { call, bot, over } = await greeted({ waitForGreeting: false });
  await call.waitFor(bot, () => call.agentSpeaks);
  for (const digit of '215') bot.digit(digit);
  await call.waitFor(bot, transferTo('215'));
  await over;
  bot.end();
  expect(call.texts('agent said')).toEqual([
    expect.stringMatching(/^Thank you/),
    'Connecting you to Sarah in Accounts.',
  ]);
});

test('a caller who interrupts the greeting is heard', async () => {
  const { call, bot, over } = await greeted({ waitForGreeting: false });
  await call.waitFor(bot, () => call.agentSpeaks);
  await call.speak(bot, await request('put me through to billing'));
  await throughConfirmation(call, bot, '215');
  await over;
  bot.end();
  const kinds = call.events.map((event) => event.kind);
  expect(kinds.slice(0, 3)).toEqual(['agent said', 'flushed', 'interrupted']);
});

test('a caller who asks for what is not there ends up at the fallback extension and is told', async () => {
  const { call, bot, over } = await greeted({});
  for (const [text, answer] of [
    ['what time does the swimming pool close', /didn't catch/],
    ['I would like to order a large pizza', /still did not understand/],
    ['the weather is very nice today', /could not help you/],
  ] as const) {
    await call.speak(bot, await request(text));
    await call.waitForAgent(bot, answer);
  }
  await call.waitFor(bot, transferTo('100'));
  await over;
  bot.end();
});

test('a caller who says nothing is asked once more and then taken to the fallback extension', async () => {
  const { call, bot, over } = await greeted({ settings: { silenceSeconds: 0.3 } });
  await call.waitForAgent(bot, /Are you still there/);
  await call.waitFor(bot, transferTo('100'));
  await over;
  bot.end();
});

test('a busy line is said, and the caller may ask for somebody else', async () => {
  const { call, bot, over } = await greeted({});
  call.outcomes.set('215', 'busy');
  for (const digit of '215') bot.digit(digit);
  await call.waitForAgent(bot, /line of Sarah is busy\. Who would you/);
  await call.speak(bot, await request('reception please'));
  await throughConfirmation(call, bot, '100');
  await over;
  bot.end();
});

/** The recogniser processes of this process, by their program's name. */
const recognisers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
        return (
          parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('pocketsphinx')
        );
      } catch {
        return false;
      }
    });

test('a recogniser that is killed while it listens is replaced, and the caller is still understood', async () => {
  const samples = await request('put me through to billing');
  const recognised = speech.recognise({ samples, entries: demo, expectation: 'request' });
  let killed = 0;
  while (killed === 0) {
    for (const pid of recognisers()) {
      process.kill(pid, 'SIGKILL');
      killed += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await recognised).toMatchObject({
    result: 'understood',
    understanding: { meaning: { is: 'entry', ext: '215' } },
  });
  expect(killed).toBe(1);
});

test('a directory that the listening thread has put away is shown to it again', async () => {
  const samples = await request('put me through to billing');
  const recognise = () => speech.recognise({ samples, entries: demo, expectation: 'request' });
  expect(await recognise()).toMatchObject({ result: 'understood' });
  const others = Array.from({ length: 51 }, (_, at) => [entry(String(300 + at), 'Sarah')]);
  for (const entries of others) await speech.ready(entries);
  expect(await recognise()).toMatchObject({
    result: 'understood',
    understanding: { meaning: { is: 'entry', ext: '215' } },
  });
});

test('a directory that changes during the call is the one that counts', async () => {
  const { call, bot, over } = await greeted({});
  call.entries = [...demo, entry('230', 'Legal Department', '', ['contracts'])];
  await call.speak(bot, await request('put me through to the legal department'));
  await throughConfirmation(call, bot, '230');
  await over;
  bot.end();
});

test('a call that a restarted controller took up is asked again, with an apology', async () => {
  const call = new TestCall({ entries: demo, paceMs: 2 });
  const bot = new ReceptionistBot({ call, speech, greeting: 'Hello.', settings, log: silentLog() });
  await bot.prepare();
  const over = bot.run({ resumed: true });
  await call.waitForAgent(bot, /^Sorry about that\. Who would you like to speak to\?$/);
  bot.end();
  await over;
});

test('without a fallback extension a caller who says nothing hears a goodbye before the call ends', async () => {
  const { call, bot, over } = await greeted({ settings: { silenceSeconds: 0.2, fallbackExtension: null } });
  await call.waitFor(bot, (events) => events.at(-1)?.kind === 'hang up');
  await over;
  bot.end();
  expect(call.texts('agent said').at(-1)).toMatch(/Goodbye\.$/);
  expect(call.agentSpeaks).toBe(false);
});

test('a click during the greeting does not interrupt it', async () => {
  const { call, bot, over } = await greeted({ waitForGreeting: false });
  await call.waitFor(bot, () => call.agentSpeaks);
  await call.speak(
    bot,
    Int16Array.from({ length: 320 }, (_, at) => (at % 7 < 3 ? 20_000 : -20_000)),
  );
  await call.waitForAgent(bot, /speak to\?$/);
  expect(call.events.map((event) => event.kind)).toEqual(['agent said']);
  bot.end();
  await over;
});

test('a caller who is gone in the middle of a word leaves nothing behind', async () => {
  const { call, bot, over } = await greeted({});
  const samples = await request('put me through to billing');
  await call.speak(bot, samples.subarray(0, samples.length / 2));
  bot.end();
  await over;
  const heard = call.events.length;
  await call.speak(bot, samples);
  bot.digit('1');
  expect(call.events).toHaveLength(heard);
});

test('several callers at once are each understood', async () => {
  const texts = [
    ['put me through to billing', '215'],
    ['reception please', '100'],
    ['put me through to Sarah', '215'],
  ] as const;
  await Promise.all(
    texts.map(async ([text, ext]) => {
      const { call, bot, over } = await greeted({});
      await call.speak(bot, await request(text));
      await throughConfirmation(call, bot, ext);
      await over;
      bot.end();
    }),
  );
});
