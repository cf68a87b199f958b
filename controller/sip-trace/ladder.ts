/**
 * SIP messages as a ladder for people, in plain ASCII: the PBX on the left, Offhook on the right, time downwards. Pure;
 * signs that a terminal would obey are not let through.
 *
 *                 PBX                                               Offhook
 *                  |                                                   |
 *   10:00:00.000   |-- INVITE sip:1000@192.0.2.9 --------------------->|  7 INVITE; SDP PCMU
 *   10:00:00.004   |<------------------------------------ 100 Trying --|  7 INVITE
 */
import type { TracedMessage } from '../contract/sip-trace.ts';
import { parseSipHead, uriIn } from './sip-head.ts';

const width = 60;

const ascii = (text: string, longest: number): string => {
  const clean = text.replace(/[^\x20-\x7e]/g, '?');
  return clean.length > longest ? `${clean.slice(0, longest - 3)}...` : clean;
};

/** RFC 3551 §6; the names of the others are in the offer itself. */
const staticPayloads = new Map([
  ['0', 'PCMU'],
  ['8', 'PCMA'],
  ['9', 'G722'],
  ['18', 'G729'],
]);

/** The audio that an SDP offers or takes, such as `PCMU PCMA telephone-event`. */
const audioOf = (sdp: string): string => {
  const payloads = /^m=audio \d+ \S+ (.*)$/m.exec(sdp)?.[1]?.trim().split(/\s+/) ?? [];
  const names = new Map([...sdp.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)].map(([, id, name]) => [id, name]));
  const audio = payloads.map((id) => names.get(id) ?? staticPayloads.get(id) ?? id);
  const hold = /^a=(sendonly|recvonly|inactive)\s*$/m.exec(sdp)?.[1];
  return ['SDP', ...audio.slice(0, 6), ...(hold === undefined ? [] : [hold])].join(' ');
};

type Words = { label: string; notes: string[] };

const wordsOf = (message: TracedMessage): Words => {
  const head = parseSipHead(Buffer.from(message.text));
  if (!head) return { label: message.firstLine, notes: [] };
  const header = (name: string): string => head.headers.get(name)?.[0] ?? '';
  const sipfrag = /^message\/sipfrag/i.test(header('content-type'))
    ? (head.body.trim().split('\r\n')[0] ?? '')
    : '';
  const body = sipfrag === '' ? '' : ` (sipfrag ${sipfrag.replace(/^SIP\/2\.0 /, '')})`;
  const notes = [
    ...(/^v=0/m.test(head.body) ? [audioOf(head.body.replaceAll('\r', ''))] : []),
    ...(header('reason') === '' ? [] : [`Reason: ${header('reason')}`]),
  ];
  if (head.kind === 'response') {
    if (header('warning') !== '') notes.push(`Warning: ${header('warning')}`);
    if (header('retry-after') !== '') notes.push(`Retry-After: ${header('retry-after')}`);
    return { label: `${head.status} ${head.reason}${body}`, notes };
  }
  switch (head.method) {
    case 'REFER':
      return { label: `REFER to ${uriIn(header('refer-to')).replace(/\?.*$/, '')}`, notes };
    case 'REGISTER': {
      const withCredentials = head.headers.has('authorization') || head.headers.has('proxy-authorization');
      const seconds = /;\s*expires=(\d+)/i.exec(header('contact'))?.[1] ?? header('expires');
      if (seconds !== '') notes.push(`for ${seconds} s`);
      if (withCredentials) notes.push('with credentials');
      return { label: `REGISTER ${head.uri}`, notes };
    }
    case 'INVITE':
      return { label: `INVITE ${head.uri}`, notes };
    default:
      return { label: `${head.method}${body}`, notes };
  }
};

const arrow = (label: string, isSent: boolean): string => {
  const text = ` ${ascii(label, width - 8)} `;
  const rest = '-'.repeat(width - 3 - text.length);
  return isSent ? `<${rest}${text}--` : `--${text}${rest}>`;
};

const clock = (at: string): string => at.slice(11, 23);

/** `title` stands above it; such as `Call from 101, SIP messages`. */
export const renderLadder = (title: string, messages: readonly TracedMessage[]): string => {
  const first = messages[0];
  if (!first) return `${ascii(title, 200)}\n\nThere are no SIP messages.\n`;
  const isSent = first.direction === 'to PBX';
  const [pbx, ours] = isSent ? [first.to, first.from] : [first.from, first.to];
  const margin = ' '.repeat(15);
  const lines = [
    ascii(title, 200),
    `${messages.length} messages from ${first.at} on (UTC), ${first.transport.toUpperCase()}`,
    '',
    `${margin}PBX ${ascii(pbx, 40)}`.padEnd(15 + width + 2 - ours.length - 8 + 1) +
      ` Offhook ${ascii(ours, 40)}`,
    `${margin}|${' '.repeat(width)}|`,
  ];
  let callId = first.callId;
  for (const message of messages) {
    if (message.callId !== callId) {
      callId = message.callId;
      lines.push(`${margin}|${ascii(` Call-ID ${callId} `, width).padEnd(width, '.')}|`);
    }
    const { label, notes } = wordsOf(message);
    const other = message.direction === 'to PBX' ? message.to : message.from;
    const remarks = [
      message.cseq,
      ...notes,
      ...(other === pbx ? [] : [`PBX at ${other}`]),
      ...(message.retransmission ? ['retransmission'] : []),
    ];
    const row = arrow(label, message.direction === 'to PBX');
    lines.push(`${clock(message.at)}   |${row}|  ${ascii(remarks.join('; '), 120)}`);
  }
  return `${lines.join('\n')}\n`;
};
