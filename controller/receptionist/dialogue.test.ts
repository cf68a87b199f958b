import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { type Action, type Input, type Known, next, type State, type Step, start } from './dialogue.ts';
import type { Understanding } from './speech/understand.ts';

const entry = (ext: string, name: string, department = ''): DirectoryEntry => ({
  ext,
  name,
  owner: '',
  department,
  aliases: [],
  enabled: true,
});
const reception = entry('100', 'Reception');
const jones = entry('215', 'Sarah Jones', 'Accounts');
const connor = entry('216', 'Sarah Connor', 'Sales');
const long = entry('2150', 'Warehouse');

const knowing = (settings: Partial<Known['settings']> = {}, entries = [reception, jones, connor]): Known => ({
  byExt: new Map(entries.map((one) => [one.ext, one])),
  settings: {
    greeting: 'Hello.',
    confirm: 'when unsure',
    fallbackExtension: '100',
    maxMisses: 3,
    ...settings,
  },
});
const saying = (meaning: Understanding['meaning'], more: Partial<Understanding> = {}): Input => ({
  type: 'heard',
  understanding: { text: 'words', meaning, answer: null, choice: null, ...more },
});
const nothing = { is: 'nothing' } as const;
const key = (digit: string): Input => ({ type: 'digit', digit });
const silence: Input = { type: 'silence' };

/** Runs inputs from the start. */
const after = (inputs: readonly Input[], known: Known = knowing()): Step => {
  let step: Step = next(start, { type: 'started', resumed: false }, known);
  for (const input of inputs) step = next(step.state, input, known);
  return step;
};
const said = (step: Step): string =>
  step.actions.flatMap((action) => (action.do === 'say' ? [action.text] : [])).join(' ');
const transferOf = (step: Step): string | undefined =>
  step.actions.flatMap((action) => (action.do === 'transfer' ? [action.ext] : []))[0];

describe('the beginning', () => {
  test.each([
    ['Thank you for calling Offhook', 'Thank you for calling Offhook. Who would you like to speak to?'],
    ['Welcome! How can I help you?', 'Welcome! How can I help you?'],
    ['', 'Hello. Thank you for calling. Who would you like to speak to?'],
  ])('the greeting "%s" asks', (greeting, text) => {
    const step = next(start, { type: 'started', resumed: false }, knowing({ greeting }));
    expect(step.actions).toEqual([
      { do: 'say', text },
      { do: 'listen', expectation: 'request' },
    ]);
  });

  test('after a restart it apologises instead of greeting again', () => {
    expect(said(next(start, { type: 'started', resumed: true }, knowing()))).toBe(
      'Sorry about that. Who would you like to speak to?',
    );
  });
});

describe('one entry', () => {
  const sure = saying({ is: 'entry', ext: '215', sure: true });
  const unsure = saying({ is: 'entry', ext: '215', sure: false });
  test.each([
    ['when unsure', sure, '215'],
    ['when unsure', unsure, undefined],
    ['always', sure, undefined],
    ['never', unsure, '215'],
  ] as const)('asking %s', (confirm, input, ext) => {
    const step = after([input], knowing({ confirm }));
    expect(transferOf(step)).toBe(ext);
    if (ext === undefined) expect(said(step)).toBe('Sarah Jones in Accounts, is that right?');
    else expect(said(step)).toBe('Connecting you to Sarah Jones in Accounts.');
  });

  test.each([
    ['yes', saying(nothing, { answer: 'yes' }), '215'],
    ['1', key('1'), '215'],
    ['the name again, clearly', sure, '215'],
    ['the name again, unclearly', unsure, undefined],
  ])('is confirmed by %s', (_, input, ext) => {
    expect(transferOf(after([unsure, input]))).toBe(ext);
  });

  test.each([
    ['no', saying(nothing, { answer: 'no' })],
    ['2', key('2')],
  ])('is given up by %s', (_, input) => {
    const step = after([unsure, input]);
    expect(step.state.at).toBe('listening');
    expect(said(step)).toBe('Sorry. Who would you like to speak to?');
  });

  test('another name instead of an answer is asked about, however sure it was', () => {
    const other = saying({ is: 'entry', ext: '216', sure: true }, { answer: 'no' });
    expect(said(after([unsure, other]))).toBe('Sarah Connor in Sales, is that right?');
  });

  test('a yes that was not clear transfers nobody', () => {
    const step = after([unsure, saying(nothing)]);
    expect(transferOf(step)).toBeUndefined();
    expect(said(step)).toMatch(/press 1 for yes/);
    expect(after([unsure, saying(nothing), saying(nothing)]).state.at).toBe('listening');
  });

  test('an entry that has left the directory meanwhile is not dialled', () => {
    expect(transferOf(after([saying({ is: 'entry', ext: '999', sure: true })]))).toBeUndefined();
  });
});

describe('several', () => {
  const both = saying({ is: 'several', exts: ['215', '216'] });
  test('are offered with keys', () => {
    expect(said(after([both]))).toBe(
      'Would you like Sarah Jones in Accounts, press 1, or Sarah Connor in Sales, press 2?',
    );
  });

  test.each([
    ['2', key('2'), '216'],
    ['the second one', saying(nothing, { choice: 2 }), '216'],
    ['a name', saying({ is: 'entry', ext: '216', sure: true }), '216'],
  ])('are told apart by %s', (_, input, ext) => {
    expect(transferOf(after([both, input]))).toBe(ext);
  });

  test('a name that was not offered is asked about', () => {
    expect(said(after([both, saying({ is: 'entry', ext: '100', sure: true })]))).toBe(
      'Reception, is that right?',
    );
  });

  test('a department leaves one of them, who is asked about', () => {
    const three = saying({ is: 'several', exts: ['100', '216'] });
    expect(said(after([both, three]))).toBe('Sarah Connor in Sales, is that right?');
  });

  test.each([key('7'), saying(nothing)])('are offered again, and then the question starts anew', (input) => {
    expect(said(after([both, input]))).toMatch(/^Would you like/);
    expect(after([both, input, input]).state.at).toBe('listening');
  });

  test('two of one name and department are told apart by extension', () => {
    const twins = [entry('10', 'Ann Lee', 'Sales'), entry('11', 'Ann Lee', 'Sales')];
    const step = after([saying({ is: 'several', exts: ['10', '11'] })], knowing({}, twins));
    expect(said(step)).toMatch(/Ann Lee in Sales, extension 1 0, press 1, or .*extension 1 1, press 2/);
  });

  test('too many are not read out', () => {
    const crowd = Array.from({ length: 12 }, (_, at) => entry(String(10 + at), `Sarah ${at}`));
    const step = after([saying({ is: 'several', exts: crowd.map(({ ext }) => ext) })], knowing({}, crowd));
    expect(said(step)).toMatch(/full name/);
  });
});

describe('keys', () => {
  const withLonger = knowing({}, [reception, jones, connor, long]);
  test.each([
    ['at once, when no other can be meant', [key('2'), key('1'), key('6')], knowing(), '216'],
    ['not yet, while a longer one can be meant', [key('2'), key('1'), key('5')], withLonger, undefined],
    ['after #', [key('2'), key('1'), key('5'), key('#')], withLonger, '215'],
    ['after a pause', [key('2'), key('1'), key('5'), { type: 'digits over' } as const], withLonger, '215'],
    ['the longer one', [key('2'), key('1'), key('5'), key('0')], withLonger, '2150'],
    ['after a fresh start by *', [key('1'), key('*'), key('2'), key('1'), key('6')], knowing(), '216'],
    ['0 is the reception', [key('0')], knowing(), '100'],
  ])('%s', (_, inputs, known, ext) => {
    expect(transferOf(after(inputs, known))).toBe(ext);
  });

  test('an extension that is not there is said', () => {
    expect(said(after([key('2'), key('9')]))).toMatch(/^There is no extension 2 9\./);
  });
});

describe('the reception', () => {
  const asked = saying({ is: 'reception' });
  test('that no entry is called is the fallback extension', () => {
    expect(transferOf(after([asked], knowing({ fallbackExtension: '215' })))).toBe('215');
    const outside = after([asked], knowing({ fallbackExtension: '900' }));
    expect(outside.actions.at(-1)).toMatchObject({ ext: '900', last: true });
  });
  test('that is nowhere is said', () => {
    expect(said(after([asked], knowing({ fallbackExtension: null }, [jones])))).toMatch(/no reception/);
  });
});

describe('giving up', () => {
  const misses = [
    saying(nothing),
    { type: 'unheard' } as const,
    saying({ is: 'unknown extension', digits: '99' }),
  ];
  test('goes to the fallback extension and says so', () => {
    const step = after(misses);
    expect(said(step)).toBe("I'm sorry, I could not help you. I'll connect you to Reception.");
    expect(transferOf(step)).toBe('100');
    expect(after(misses).actions.at(-1)).toMatchObject({ ext: '100', last: true });
  });

  test('without one it says goodbye and hangs up', () => {
    const step = after(misses, knowing({ fallbackExtension: null }));
    expect(said(step)).toMatch(/Goodbye\.$/);
    expect(step.actions.at(-1)).toEqual({ do: 'hang up' });
  });

  test('who says nothing twice is taken there, too', () => {
    expect(said(after([silence]))).toMatch(/still there/);
    expect(transferOf(after([silence, silence]))).toBe('100');
  });

  test('a word between two silences begins the count anew', () => {
    const step = after([silence, saying(nothing), silence]);
    expect(transferOf(step)).toBeUndefined();
  });
});

describe('a transfer that fails', () => {
  const toJones = saying({ is: 'entry', ext: '215', sure: true });
  test.each<[TransferResult, RegExp]>([
    ['busy', /^The line of Sarah Jones is busy\./],
    ['no answer', /^There is no answer from Sarah Jones\./],
    ['declined', /^Sarah Jones cannot take your call/],
    ['not permitted', /^I am not allowed/],
    ['no such extension', /not available/],
    ['PBX silent', /^I could not reach Sarah Jones\./],
  ])('%s is said, and the caller asked again', (result, words) => {
    const step = after([toJones, { type: 'transfer failed', result }]);
    expect(said(step)).toMatch(words);
    expect(said(step)).toMatch(/Who would you like to speak to\?$/);
    expect(step.state.at).toBe('listening');
  });

  test('a failing fallback is not tried in a circle', () => {
    const step = after([silence, silence, { type: 'transfer failed', result: 'busy' }]);
    expect(step.actions.at(-1)).toEqual({ do: 'hang up' });
  });
});

describe('the person who answers is told', () => {
  const billing = saying({ is: 'entry', ext: '215', sure: false }, { text: 'put me through to billing' });
  const sarah = saying({ is: 'several', exts: ['215', '216'] }, { text: 'speak to sarah' });
  const yes = saying(nothing, { answer: 'yes', text: 'yes please' });
  const no = saying(nothing, { answer: 'no', text: 'no' });
  test.each<[string, Input[], string]>([
    ['the request, not the yes after it', [billing, yes], 'The caller said: put me through to billing.'],
    ['the request that two fitted', [sarah, key('2')], 'The caller said: speak to sarah.'],
    [
      'no more of a long request than is listened to',
      [saying({ is: 'reception' }, { text: 'x'.repeat(500) })],
      `The caller said: ${'x'.repeat(120)}.`,
    ],
    ['keys', [key('2'), key('1'), key('6')], 'The caller pressed 2 1 6.'],
    ['the key of the reception', [billing, key('0')], 'The caller pressed 0.'],
    ['nothing that was misheard', [billing, no, sarah, no, no], 'The caller could not be understood.'],
    ['that nobody speaks', [silence, silence], 'The caller does not answer.'],
    [
      'what he wanted before he fell silent',
      [billing, silence, silence],
      'The caller does not answer. The caller said: put me through to billing.',
    ],
    [
      'whom he did not reach before',
      [billing, yes, { type: 'transfer failed', result: 'no answer' }, key('0')],
      'The caller pressed 0. Sarah Jones was tried before: no answer.',
    ],
  ])('%s', (_, inputs, summary) => {
    expect(after(inputs).actions.find((action) => action.do === 'transfer')).toMatchObject({ summary });
  });
});

const anyInput: fc.Arbitrary<Input> = fc.oneof(
  fc.constant<Input>({ type: 'started', resumed: true }),
  fc.constant<Input>({ type: 'unheard' }),
  fc.constant<Input>({ type: 'digits over' }),
  fc.constant<Input>({ type: 'silence' }),
  fc.constantFrom(...'0123456789*#'.split('')).map(key),
  fc
    .constantFrom<TransferResult>(
      'busy',
      'no answer',
      'declined',
      'not permitted',
      'no such extension',
      'PBX silent',
    )
    .map((result): Input => ({ type: 'transfer failed', result })),
  fc
    .record({
      meaning: fc.constantFrom<Understanding['meaning']>(
        nothing,
        { is: 'reception' },
        { is: 'entry', ext: '215', sure: true },
        { is: 'entry', ext: '216', sure: false },
        { is: 'entry', ext: '999', sure: true },
        { is: 'several', exts: ['215', '216'] },
        { is: 'several', exts: [] },
        { is: 'unknown extension', digits: '77' },
      ),
      answer: fc.constantFrom<Understanding['answer']>('yes', 'no', null),
      choice: fc.constantFrom<Understanding['choice']>(1, 2, 7, null),
    })
    .map(({ meaning, answer, choice }) => saying(meaning, { answer, choice })),
);

test('whatever happens, in whatever order: nobody outside the directory is dialled, and every step leads on', () => {
  const fallback = fc.constantFrom('100', null);
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 40 }), fallback, (inputs, fallbackExtension) => {
      const known = knowing({ fallbackExtension });
      let state: State = next(start, { type: 'started', resumed: false }, known).state;
      for (const input of inputs) {
        const before = state;
        const step = next(state, input, known);
        state = step.state;
        const last: Action | undefined = step.actions.at(-1);
        if (last === undefined) {
          // what does not fit changes nothing
          expect(step.state).toBe(before);
          continue;
        }
        expect(['listen', 'await digits', 'transfer', 'hang up']).toContain(last.do);
        if (last.do === 'transfer') expect(known.byExt.has(last.ext)).toBe(true);
        if (last.do === 'hang up') expect(state.at).toBe('over');
        expect(state.at === 'over').toBe(last.do === 'hang up');
      }
    }),
  );
});

test('a caller who is never understood comes to an end', () => {
  for (const input of [saying(nothing), { type: 'unheard' } as const, silence, key('9')]) {
    const known = knowing({ fallbackExtension: null });
    let step = next(start, { type: 'started', resumed: false }, known);
    let steps = 0;
    while (step.state.at !== 'over' && steps < 20) {
      step = next(step.state, input, known);
      steps += 1;
    }
    expect(steps).toBeLessThan(10);
  }
});
