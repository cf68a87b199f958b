/** How a call is written: its state's tone, its caller, its length. Pure. */
import type { CallState, Fault, PastCall } from '../../../controller/contract/call.ts';
import type { Tone } from '../components/status-dot.tsx';
import { t } from '../texts/texts.ts';

export const toneOfState: Record<CallState, Tone> = {
  ringing: 'wait',
  talking: 'good',
  transferring: 'wait',
  bridged: 'good',
  ended: 'idle',
};

export const toneOfFault = (fault: Fault | null): Tone =>
  fault === null ? 'wait' : fault === 'none' ? 'good' : fault === 'caller' ? 'idle' : 'bad';

export const callerOf = ({
  callerName,
  callerNumber,
}: Pick<PastCall, 'callerName' | 'callerNumber'>): string =>
  callerName === '' || callerName === callerNumber
    ? callerNumber || t.calls.unknownCaller
    : `${callerName} ${callerNumber === '' ? '' : `(${callerNumber})`}`.trim();

/** `1:05`, `2:01:00` */
export const lengthOf = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Number(parts[0])}:${parts[1]}`;
};

const day = new Intl.DateTimeFormat(navigator.language, { day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat(navigator.language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const whole = new Intl.DateTimeFormat(navigator.language, { dateStyle: 'medium', timeStyle: 'medium' });

export const clockOf = (at: string): string => clock.format(new Date(at));
export const wholeTimeOf = (at: string): string => whole.format(new Date(at));

/** The time of day, with the day before it when it is not today. */
export const whenOf = (at: string, now = new Date()): string => {
  const time = new Date(at);
  const isToday = time.toDateString() === now.toDateString();
  return isToday ? clock.format(time) : `${day.format(time)}, ${clock.format(time)}`;
};
