/** What the live monitor says, as a value: a snapshot with numbered changes applied. Pure; the socket is elsewhere. */
import type { CallRecord, TimelineEntry } from '../call.ts';
import type { LiveCall, LiveChange, LiveSnapshot, LiveTrunk, NumberedChange, SystemState } from '../live.ts';
import type { Validation } from '../validation.ts';

export type LiveView = {
  /** of the last change that is in it */
  number: number;
  /** null until the first snapshot */
  system: SystemState | null;
  trunks: ReadonlyMap<string, LiveTrunk>;
  /** calls that stand */
  calls: ReadonlyMap<string, LiveCall>;
  /** that ended while this client was open, the newest first */
  ended: readonly LiveCall[];
  /** how far the validation of a trunk is, since the last snapshot */
  validations: ReadonlyMap<string, Validation>;
  /** grows by one with each `configuration` change */
  configurations: number;
};

export const emptyView: LiveView = {
  number: 0,
  system: null,
  trunks: new Map(),
  calls: new Map(),
  ended: [],
  validations: new Map(),
  configurations: 0,
};

const endedKept = 50;

export const fromSnapshot = (snapshot: LiveSnapshot, before: LiveView): LiveView => ({
  number: snapshot.number,
  system: snapshot.system,
  trunks: new Map(snapshot.trunks.map((trunk) => [trunk.id, trunk])),
  calls: new Map(
    snapshot.calls.map((call) => [
      call.id,
      { ...call, timeline: joined(before.calls.get(call.id)?.timeline ?? [], call.timeline) },
    ]),
  ),
  ended: before.ended,
  // what was missed of them is asked for
  validations: new Map(),
  // something may have been configured that was missed
  configurations: before.configurations + 1,
});

/** The view after these changes; null when one is missing, so that a snapshot has to be asked for. */
export const applyChanges = (view: LiveView, changes: readonly NumberedChange[]): LiveView | null => {
  let { number, system, ended, configurations } = view;
  // copied once for all changes that came together
  const trunks = new Map(view.trunks);
  const calls = new Map(view.calls);
  const validations = new Map(view.validations);
  const apply = (change: LiveChange): void => {
    switch (change.type) {
      case 'system':
        system = change.system;
        return;
      case 'configuration':
        configurations += 1;
        return;
      case 'trunk':
        trunks.set(change.trunk.id, change.trunk);
        return;
      case 'trunk removed':
        trunks.delete(change.trunkId);
        return;
      case 'validation':
        validations.set(change.validation.trunkId, change.validation);
        return;
      case 'call': {
        const call = withRecord(calls.get(change.call.id), change.call);
        if (call.outcome === null) {
          calls.set(call.id, call);
        } else {
          calls.delete(call.id);
          ended = [call, ...ended.filter(({ id }) => id !== call.id)].slice(0, endedKept);
        }
        return;
      }
      case 'timeline': {
        const call = calls.get(change.callId);
        if (call) calls.set(call.id, { ...call, timeline: added(call.timeline, change.entry) });
        return;
      }
    }
  };
  for (const { number: next, change } of changes) {
    if (next <= number) continue;
    if (next !== number + 1) return null;
    number = next;
    apply(change);
  }
  return { number, system, trunks, calls, ended, validations, configurations };
};

/** Of each call; a snapshot has fewer. The whole is asked for by REST. */
export const timelineKept = 100;
const added = (timeline: readonly TimelineEntry[], entry: TimelineEntry): TimelineEntry[] =>
  timeline.length < timelineKept ? [...timeline, entry] : [...timeline.slice(1 - timelineKept), entry];

const isSame = (one: TimelineEntry | undefined, other: TimelineEntry | undefined): boolean =>
  one?.at === other?.at && one?.kind === other?.kind && one?.text === other?.text;

/**
 * What was known goes on where a snapshot follows on it without a hole: nothing is lost of it, and what is the same stays
 * the same object, so that a screen draws only what is new.
 */
const joined = (before: readonly TimelineEntry[], now: readonly TimelineEntry[]): TimelineEntry[] => {
  if (before.length === 0) return [...now];
  for (let end = now.length; end > 0; end--) {
    const common = Math.min(end, before.length);
    const isOverlap = now
      .slice(end - common, end)
      .every((entry, index) => isSame(entry, before[before.length - common + index]));
    if (isOverlap) return [...before, ...now.slice(end)].slice(-timelineKept);
  }
  return [...now];
};

const withRecord = (before: LiveCall | undefined, record: CallRecord): LiveCall => ({
  ...record,
  timeline: before?.timeline ?? [],
});
