/** A call's timeline: what was said as a conversation, what happened between it. */
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDot,
  Grid3x3,
  type LucideIcon,
  PhoneForwarded,
  PhoneIncoming,
  PhoneOff,
  RotateCcw,
  Scissors,
} from 'lucide-react';
import type { TimelineEntry } from '../../../controller/contract/call.ts';
import type { Tone } from '../components/status-dot.tsx';
import { timeOfDay } from '../components/time.ts';
import { t } from '../texts/texts.ts';
import classes from './timeline.module.css';

/** Kinds that later versions add are drawn as a plain dot. */
const looks: Readonly<Record<string, { icon: LucideIcon; tone: Tone }>> = {
  offered: { icon: PhoneIncoming, tone: 'idle' },
  refused: { icon: Ban, tone: 'bad' },
  'agent ready': { icon: CircleCheck, tone: 'idle' },
  answered: { icon: CircleCheck, tone: 'good' },
  dtmf: { icon: Grid3x3, tone: 'idle' },
  interrupted: { icon: Scissors, tone: 'idle' },
  'transfer started': { icon: PhoneForwarded, tone: 'idle' },
  'transfer result': { icon: PhoneForwarded, tone: 'idle' },
  'agent failed': { icon: CircleAlert, tone: 'bad' },
  adopted: { icon: RotateCcw, tone: 'idle' },
  ended: { icon: PhoneOff, tone: 'idle' },
};

export const Timeline = ({ entries }: { entries: readonly TimelineEntry[] }) => (
  <ol className={classes['list']}>
    {entries.map((entry, index) => (
      // entries are only ever added at the end
      <Entry key={`${entry.at}-${index}`} entry={entry} />
    ))}
  </ol>
);

const Entry = ({ entry }: { entry: TimelineEntry }) => {
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
  const { icon: Icon, tone } = looks[kind] ?? { icon: CircleDot, tone: 'idle' };
  return (
    <li className={classes['event']} data-tone={tone}>
      {time}
      <Icon size={16} strokeWidth={1.9} aria-hidden />
      <span>{text}</span>
    </li>
  );
};
