/** A call's timeline: what was said as a conversation, what happened between it. */
import { memo } from 'react';
import type { TimelineEntry } from '../../../controller/contract/call.ts';
import { timeOfDay } from '../components/time.ts';
import { said, t } from '../texts/texts.ts';
import classes from './timeline.module.css';
import { lookOf, toolWords } from './timeline-looks.ts';

export const Timeline = ({ entries }: { entries: readonly TimelineEntry[] }) => (
  <ol className={classes['list']}>
    {entries.map((entry) => (
      <Entry key={keyOf(entry)} entry={entry} />
    ))}
  </ol>
);

/** An entry never changes, and has no id: it is the same one as long as it is the same object. */
const keys = new WeakMap<TimelineEntry, number>();
let lastKey = 0;
const keyOf = (entry: TimelineEntry): number => {
  const known = keys.get(entry);
  if (known !== undefined) return known;
  lastKey += 1;
  keys.set(entry, lastKey);
  return lastKey;
};

const Entry = memo(({ entry }: { entry: TimelineEntry }) => {
  const { at, kind, text } = entry;
  const time = (
    <time className={classes['time']} dateTime={at}>
      {timeOfDay(at)}
    </time>
  );
  if (kind === 'agent said' || kind === 'caller said') {
    const speaker = kind === 'agent said' ? 'agent' : 'caller';
    return (
      <li className={classes['said']} data-speaker={speaker}>
        {time}
        <span className={classes['bubble']}>
          <span className={classes['speaker']}>
            {speaker === 'agent' ? t.calls.agentSaid : t.calls.callerSaid}
          </span>
          {text}
        </span>
      </li>
    );
  }
  const { icon: Icon, tone, name, isNamed } = lookOf(kind);
  return (
    <li className={classes['event']} data-tone={tone}>
      {time}
      <Icon
        size={16}
        strokeWidth={1.9}
        {...(isNamed ? { 'aria-hidden': true } : { role: 'img', 'aria-label': name })}
      />
      <span>
        {isNamed && <span className={classes['kind']}>{name}: </span>}
        {kind === 'tool' ? toolWords(text) : said(text)}
      </span>
    </li>
  );
});
Entry.displayName = 'Entry';
