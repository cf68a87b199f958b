/** What a rung of the ladder says. Pure. */
import type { TracedMessage } from '../../../controller/contract/sip-trace.ts';
import type { Tone } from '../components/status-dot.tsx';

/** `INVITE sip:1000@…`, `486 Busy Here (INVITE)` */
export const labelOf = ({ method, status, firstLine, cseq }: TracedMessage): string => {
  if (status === null) return firstLine.replace(/ SIP\/2\.0$/, '');
  const of = cseq.split(' ')[1];
  const words = firstLine.replace(/^SIP\/2\.0 /, '');
  return method === null && of !== undefined ? `${words} (${of})` : words;
};

/** A challenge (401, 407) is part of every registration and no failure. */
export const toneOf = ({ status }: TracedMessage): Tone => {
  if (status === null || status < 200) return 'idle';
  if (status < 300) return 'good';
  return status === 401 || status === 407 || status < 400 ? 'wait' : 'bad';
};

const clock = new Intl.DateTimeFormat(navigator.language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
export const timeOf = (at: string): string => clock.format(new Date(at));
