/** How each kind of line in a call's timeline looks: a sign, a tone, and its name in words. */
import {
  Ban,
  Bot,
  CircleAlert,
  CircleCheck,
  CircleDot,
  Grid3x3,
  Headset,
  type LucideIcon,
  Megaphone,
  MessageSquare,
  Mic,
  PhoneForwarded,
  PhoneIncoming,
  PhoneOff,
  RotateCcw,
  Scissors,
  Undo2,
  Unplug,
  Volume2,
  Wrench,
} from 'lucide-react';
import type { TimelineKind } from '../../../controller/contract/call.ts';
import type { Tone } from '../components/status-dot.tsx';
import { said, t } from '../texts/texts.ts';

type Look = {
  icon: LucideIcon;
  tone: Tone;
  /** its text alone does not say what it is */
  isNamed?: true;
};

const looks: Readonly<Record<TimelineKind, Look>> = {
  offered: { icon: PhoneIncoming, tone: 'idle' },
  refused: { icon: Ban, tone: 'bad' },
  'agent ready': { icon: Bot, tone: 'idle' },
  answered: { icon: CircleCheck, tone: 'good' },
  'agent said': { icon: MessageSquare, tone: 'idle' },
  'caller said': { icon: MessageSquare, tone: 'idle' },
  dtmf: { icon: Grid3x3, tone: 'idle' },
  interrupted: { icon: Scissors, tone: 'idle' },
  'transfer started': { icon: PhoneForwarded, tone: 'idle' },
  'transfer result': { icon: PhoneForwarded, tone: 'idle' },
  'agent failed': { icon: CircleAlert, tone: 'bad' },
  'agent lost': { icon: Unplug, tone: 'bad' },
  'agent quiet': { icon: Unplug, tone: 'bad' },
  'agent back': { icon: Bot, tone: 'good' },
  tool: { icon: Wrench, tone: 'idle', isNamed: true },
  announcement: { icon: Megaphone, tone: 'idle', isNamed: true },
  audio: { icon: Volume2, tone: 'idle' },
  recording: { icon: Mic, tone: 'idle' },
  'taken over': { icon: Headset, tone: 'good' },
  'handed back': { icon: Undo2, tone: 'idle' },
  adopted: { icon: RotateCcw, tone: 'idle' },
  ended: { icon: PhoneOff, tone: 'idle' },
};

/** A kind that a newer controller has added, while this page is still open, is drawn as a plain dot. */
export const lookOf = (kind: string): Look & { name: string } => {
  const known: Look | undefined = (looks as Record<string, Look>)[kind];
  const names: Readonly<Record<string, string>> = t.calls.kinds;
  return { ...(known ?? { icon: CircleDot, tone: 'idle' }), name: names[kind] ?? '' };
};

/** `transfer_to_pbx: busy` → `Transfer to an extension: busy` */
export const toolWords = (text: string): string =>
  text.replace(
    /^(\w+): (.*)$/s,
    (_, tool: string, result: string) =>
      `${(t.agents.fields.toolNames as Record<string, string>)[tool] ?? tool}: ${said(result, 'toolResult')}`,
  );
