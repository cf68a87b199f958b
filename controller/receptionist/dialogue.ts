/**
 * The receptionist's side of the conversation as a pure state machine: what happened → what to say and do. It hears
 * meanings, not sounds, and knows neither timers nor the switch.
 *
 *              ┌────────────── nothing understood, "no", transfer failed ───────────────┐
 *   start ─▶ listening ──one, unsure──▶ confirming ──"yes", 1──▶ transferring ──taken──▶ over
 *              │  └─────several──▶ choosing ──name, 1…4──▶ ─────────▲
 *              └──one, sure · digits · reception · too many misses──┘
 */
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { greet, phrases, transferFailed } from './phrases.ts';
import type { Expectation } from './speech/language-model.ts';
import type { Understanding } from './speech/understand.ts';

export type Settings = {
  greeting: string;
  /** `when unsure` asks unless the recogniser was sure of every word; `never` takes the best match */
  confirm: 'when unsure' | 'always' | 'never';
  fallbackExtension: string | null;
  /** not understood, refused or failed so often: it gives up */
  maxMisses: number;
};

/** The directory as it is at this step. */
export type Known = { settings: Settings; byExt: ReadonlyMap<string, DirectoryEntry> };

type Tries = {
  misses: number;
  silences: number;
  /** the caller's request in a sentence, for whoever answers the transfer; empty: he has not made one */
  wanted: string;
  /** who was to take the call before, in a sentence; empty: nobody */
  tried: string;
};
export type State =
  | ({ at: 'listening'; digits: string } & Tries)
  | ({ at: 'confirming'; entry: DirectoryEntry; asked: number } & Tries)
  | ({ at: 'choosing'; candidates: DirectoryEntry[]; asked: number } & Tries)
  | ({ at: 'transferring'; ext: string; name: string; last: boolean } & Tries)
  | { at: 'over' };

export type Input =
  | { type: 'started'; resumed: boolean }
  | { type: 'heard'; understanding: Understanding }
  /** somebody spoke, and the recogniser failed */
  | { type: 'unheard' }
  | { type: 'digit'; digit: string }
  /** nothing more was keyed for a while */
  | { type: 'digits over' }
  | { type: 'silence' }
  | { type: 'transfer failed'; result: TransferResult };

export type Action =
  | { do: 'say'; text: string }
  /** waits for the caller: his words are `expectation`, his silence is an input */
  | { do: 'listen'; expectation: Expectation }
  | { do: 'await digits' }
  /** `last`: to the agent's own fallback extension. `summary`: for the person who answers, where he is told */
  | { do: 'transfer'; ext: string; last: boolean; summary: string }
  | { do: 'hang up' };

export type Step = { state: State; actions: Action[] };

const noTries: Tries = { misses: 0, silences: 0, wanted: '', tried: '' };
export const start: State = { at: 'listening', digits: '', ...noTries };

const mostOffered = 4;
const say = (text: string): Action => ({ do: 'say', text });
const listenFor = (expectation: Expectation): Action => ({ do: 'listen', expectation });
const triesOf = (state: State): Tries => {
  if (state.at === 'over') return noTries;
  const { misses, silences, wanted, tried } = state;
  return { misses, silences, wanted, tried };
};

const ask = (tries: Tries, text: string): Step => ({
  state: { at: 'listening', digits: '', ...tries },
  actions: [say(text), listenFor('request')],
});

const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');
const transfer = (tries: Tries, ext: string, name: string, text: string, last: boolean): Step => ({
  state: { at: 'transferring', ext, name, last, ...tries },
  actions: [say(text), { do: 'transfer', ext, last, summary: joined(tries.wanted, tries.tried) }],
});

const connect = (tries: Tries, entry: DirectoryEntry): Step =>
  transfer(tries, entry.ext, entry.name, phrases.connecting(entry), false);

/** The end of what it can do: to the fallback extension, which is told `why`, or a goodbye. */
const giveUp = (tries: Tries, known: Known, goodbye: string, why: string): Step => {
  const { fallbackExtension } = known.settings;
  if (fallbackExtension === null)
    return { state: { at: 'over' }, actions: [say(goodbye), { do: 'hang up' }] };
  const name = known.byExt.get(fallbackExtension)?.name ?? null;
  const told = { ...tries, wanted: joined(why, tries.wanted) };
  return transfer(told, fallbackExtension, name ?? 'that extension', phrases.connectingFallback(name), true);
};

/** One more miss: `text` tells of it, unless it was the last one. */
const miss = (state: State, known: Known, text: (misses: number) => string): Step => {
  const tries = triesOf(state);
  const misses = tries.misses + 1;
  return misses >= known.settings.maxMisses
    ? giveUp({ ...tries, misses, silences: 0 }, known, phrases.goodbye, phrases.toldNotUnderstood)
    : ask({ ...tries, misses, silences: 0 }, text(misses));
};

/** What was taken for his request was not it. */
const afterNo = (state: State & Tries, known: Known): Step => {
  const asBefore: State & Tries = { ...state, wanted: '' };
  return miss(asBefore, known, () => phrases.afterNo);
};

const confirm = (tries: Tries, entry: DirectoryEntry): Step => ({
  state: { at: 'confirming', entry, asked: 1, ...tries },
  actions: [say(phrases.confirm(entry)), listenFor('answer')],
});

const toReception = (state: State, known: Known): Step => {
  const { fallbackExtension } = known.settings;
  if (fallbackExtension === null) return miss(state, known, () => phrases.noReception);
  const entry = known.byExt.get(fallbackExtension);
  return entry === undefined
    ? transfer(triesOf(state), fallbackExtension, 'the reception', phrases.connectingReception, true)
    : connect(triesOf(state), entry);
};

const offer = (state: State, known: Known, candidates: DirectoryEntry[]): Step => {
  const [only] = candidates;
  if (only === undefined) return miss(state, known, phrases.askAgain);
  if (candidates.length === 1) return confirm(triesOf(state), only);
  if (candidates.length > mostOffered) return miss(state, known, () => phrases.tooMany);
  return {
    state: { at: 'choosing', candidates, asked: 1, ...triesOf(state) },
    actions: [say(phrases.choose(candidates)), listenFor('answer')],
  };
};

const meet = (state: State, known: Known, entry: DirectoryEntry, sure: boolean): Step => {
  const { confirm: when } = known.settings;
  return when === 'never' || (when === 'when unsure' && sure)
    ? connect(triesOf(state), entry)
    : confirm(triesOf(state), entry);
};

const entriesOf = (known: Known, exts: readonly string[]): DirectoryEntry[] =>
  exts.flatMap((ext) => known.byExt.get(ext) ?? []);

const request = (state: State, known: Known, { meaning }: Understanding): Step => {
  switch (meaning.is) {
    case 'entry': {
      const entry = known.byExt.get(meaning.ext);
      return entry === undefined
        ? miss(state, known, phrases.askAgain)
        : meet(state, known, entry, meaning.sure);
    }
    case 'several':
      return offer(state, known, entriesOf(known, meaning.exts));
    case 'reception':
      return toReception(state, known);
    case 'unknown extension':
      return miss(state, known, () => phrases.unknownExtension(meaning.digits));
    case 'nothing':
      return miss(state, known, phrases.askAgain);
  }
};

const repeatConfirm = (state: State & { at: 'confirming' }, known: Known): Step =>
  state.asked > 1
    ? miss(state, known, phrases.askAgain)
    : {
        state: { ...state, asked: state.asked + 1 },
        actions: [say(phrases.confirmByKey(state.entry)), listenFor('answer')],
      };

const answerConfirm = (state: State & { at: 'confirming' }, known: Known, said: Understanding): Step => {
  const { meaning } = said;
  const other =
    (meaning.is === 'entry' && meaning.ext !== state.entry.ext) ||
    meaning.is === 'several' ||
    meaning.is === 'reception';
  if (said.answer === 'yes' && !other) return connect(triesOf(state), state.entry);
  // "no, Sarah Connor": the other name says more than the no; it is always asked about
  if (meaning.is === 'entry' && other) {
    const entry = known.byExt.get(meaning.ext);
    if (entry !== undefined) return confirm(triesOf(state), entry);
  }
  if (said.answer === 'no') return afterNo(state, known);
  if (meaning.is === 'several') return offer(state, known, entriesOf(known, meaning.exts));
  if (meaning.is === 'reception') return toReception(state, known);
  // the name once more instead of a yes; but who repeats what was misheard is misheard in the same way again
  if (meaning.is === 'entry' && meaning.sure) return connect(triesOf(state), state.entry);
  return repeatConfirm(state, known);
};

const repeatChoice = (state: State & { at: 'choosing' }, known: Known): Step =>
  state.asked > 1
    ? miss(state, known, phrases.askAgain)
    : {
        state: { ...state, asked: state.asked + 1 },
        actions: [say(phrases.choose(state.candidates)), listenFor('answer')],
      };

const answerChoice = (state: State & { at: 'choosing' }, known: Known, said: Understanding): Step => {
  const { meaning } = said;
  const chosen = said.choice === null ? undefined : state.candidates[said.choice - 1];
  if (chosen !== undefined) return meet(state, known, chosen, true);
  const isCandidate = (ext: string): boolean => state.candidates.some((entry) => entry.ext === ext);
  if (meaning.is === 'entry') {
    const entry = known.byExt.get(meaning.ext);
    if (entry !== undefined) return meet(state, known, entry, meaning.sure && isCandidate(meaning.ext));
  }
  if (meaning.is === 'several') {
    const left = entriesOf(known, meaning.exts.filter(isCandidate));
    const [only] = left;
    if (left.length === 1 && only !== undefined) return confirm(triesOf(state), only);
    if (left.length === 0) return offer(state, known, entriesOf(known, meaning.exts));
  }
  if (meaning.is === 'reception') return toReception(state, known);
  if (said.answer === 'no') return afterNo(state, known);
  return repeatChoice(state, known);
};

/** Keyed digits while listening: at once when only one extension can be meant, else after `#` or a pause. */
const digit = (state: State & { at: 'listening' }, known: Known, key: string): Step => {
  if (key === '*') return { state: { ...state, digits: '' }, actions: [{ do: 'await digits' }] };
  if (key === '#') return digitsOver(state, known);
  const digits = (state.digits + key).slice(0, 8);
  const longer = [...known.byExt.keys()].some((ext) => ext.length > digits.length && ext.startsWith(digits));
  if (!longer) return digitsOver({ ...state, digits }, known);
  return { state: { ...state, digits, silences: 0 }, actions: [{ do: 'await digits' }] };
};

/** What he pressed is what he asked for. */
const keyed = <S extends State>(state: S, keys: string): S => ({ ...state, wanted: phrases.toldKeys(keys) });

const digitsOver = (state: State & { at: 'listening' }, known: Known): Step => {
  const { digits } = state;
  if (digits === '') return { state, actions: [listenFor('request')] };
  const cleared = keyed({ ...state, digits: '' }, digits);
  const entry = known.byExt.get(digits);
  if (entry !== undefined) return connect(triesOf(cleared), entry);
  return digits === '0'
    ? operatorKey(cleared, known)
    : miss(cleared, known, () => phrases.unknownExtension(digits));
};

/** Zero is the reception everywhere, whatever the directory calls it. */
const operatorKey = (state: State, known: Known): Step => {
  const called = [...known.byExt.values()].find((entry) =>
    /^(?:the )?(?:reception(?:ist)?|operator|switchboard|front desk)$/i.test(entry.name.trim()),
  );
  return called === undefined ? toReception(state, known) : connect(triesOf(state), called);
};

const handleDigit = (state: State, known: Known, key: string): Step => {
  switch (state.at) {
    case 'listening':
      return digit(state, known, key);
    case 'confirming':
      if (key === '1') return connect(triesOf(state), state.entry);
      if (key === '2') return afterNo(state, known);
      return key === '0' ? operatorKey(keyed(state, key), known) : repeatConfirm(state, known);
    case 'choosing': {
      const chosen = state.candidates[Number(key) - 1];
      if (chosen !== undefined) return connect(triesOf(state), chosen);
      return key === '0' ? operatorKey(keyed(state, key), known) : repeatChoice(state, known);
    }
    case 'transferring':
    case 'over':
      return { state, actions: [] };
  }
};

const handleHeard = (state: State, known: Known, understanding: Understanding): Step => {
  if (state.at === 'over' || state.at === 'transferring') return { state, actions: [] };
  // an answer to a question of ours is no request
  const { meaning, answer, choice, text } = understanding;
  const isRequest = meaning.is !== 'nothing' && answer !== 'yes' && choice === null;
  const heard = { silences: 0, wanted: isRequest ? phrases.toldWords(text) : state.wanted };
  switch (state.at) {
    case 'listening':
      return request({ ...state, ...heard }, known, understanding);
    case 'confirming':
      return answerConfirm({ ...state, ...heard }, known, understanding);
    case 'choosing':
      return answerChoice({ ...state, ...heard }, known, understanding);
  }
};

const handleSilence = (state: State, known: Known): Step => {
  if (state.at === 'over' || state.at === 'transferring') return { state, actions: [] };
  const silences = state.silences + 1;
  if (silences >= 2)
    return giveUp({ ...triesOf(state), silences }, known, phrases.goodbyeSilent, phrases.toldSilent);
  switch (state.at) {
    case 'listening':
      return ask({ ...triesOf(state), silences }, phrases.stillThere);
    case 'confirming':
      return {
        state: { ...state, silences },
        actions: [say(phrases.confirmByKey(state.entry)), listenFor('answer')],
      };
    case 'choosing':
      return {
        state: { ...state, silences },
        actions: [say(phrases.choose(state.candidates)), listenFor('answer')],
      };
  }
};

const handleTransferFailed = (state: State, known: Known, result: TransferResult): Step => {
  if (state.at !== 'transferring') return { state, actions: [] };
  const why = transferFailed(state.name, result);
  const misses = state.misses + 1;
  // whom nobody could be found for is not sent in a circle
  if (state.last || misses >= known.settings.maxMisses)
    return { state: { at: 'over' }, actions: [say(`${why} ${phrases.goodbye}`), { do: 'hang up' }] };
  const tried = phrases.toldTried(state.name, result);
  return ask({ misses, silences: 0, wanted: '', tried }, `${why} ${phrases.askSomeoneElse}`);
};

/** One step of the dialogue. An input that does not fit the state leaves it as it is. */
export const next = (state: State, input: Input, known: Known): Step => {
  switch (input.type) {
    case 'started':
      return ask(triesOf(start), input.resumed ? phrases.askAfterRestart : greet(known.settings.greeting));
    case 'heard':
      return handleHeard(state, known, input.understanding);
    case 'unheard':
      return state.at === 'over' || state.at === 'transferring'
        ? { state, actions: [] }
        : miss(state, known, phrases.askAgain);
    case 'digit':
      return handleDigit(state, known, input.digit);
    case 'digits over':
      return state.at === 'listening' ? digitsOver(state, known) : { state, actions: [] };
    case 'silence':
      return handleSilence(state, known);
    case 'transfer failed':
      return handleTransferFailed(state, known, input.result);
  }
};
