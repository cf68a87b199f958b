/**
 * The start line and the headers of a SIP message (RFC 3261 §7), as far as one needs them to say what a message was.
 * Pure; it keeps no state and checks no grammar beyond what it reads.
 */

export type SipHead = {
  callId: string;
  cseq: { number: number; method: string };
  /** the values of a header, by its long name in lower case */
  headers: ReadonlyMap<string, readonly string[]>;
  body: string;
} & ({ kind: 'request'; method: string; uri: string } | { kind: 'response'; status: number; reason: string });

/** RFC 3261 §20 and later: the one-letter names. */
const compactNames = new Map<string, string>([
  ['i', 'call-id'],
  ['m', 'contact'],
  ['f', 'from'],
  ['t', 'to'],
  ['v', 'via'],
  ['l', 'content-length'],
  ['c', 'content-type'],
  ['r', 'refer-to'],
  ['b', 'referred-by'],
  ['o', 'event'],
  ['s', 'subject'],
  ['k', 'supported'],
]);

const readHeaders = (lines: readonly string[]): Map<string, string[]> | null => {
  const headers = new Map<string, string[]>();
  let last: string[] | null = null;
  for (const line of lines) {
    // A line that begins with a space goes on with the one before (§7.3.1).
    if (/^[ \t]/.test(line)) {
      if (!last) return null;
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const match = /^([!%'*+\-.0-9A-Z_`a-z~]+)[ \t]*:[ \t]*(.*)$/s.exec(line);
    if (!match) return null;
    const written = (match[1] ?? '').toLowerCase();
    const name = compactNames.get(written) ?? written;
    last = headers.get(name) ?? [];
    last.push((match[2] ?? '').trimEnd());
    headers.set(name, last);
  }
  return headers;
};

/** Null when the text is no SIP message, such as the empty lines of a keep-alive (RFC 5626 §3.5.1). */
export const parseSipHead = (message: Buffer): SipHead | null => {
  const text = message.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [startLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = readHeaders(lines);
  if (!headers) return null;
  const callId = headers.get('call-id')?.[0] ?? '';
  const cseq = /^(\d{1,10})[ \t]+([A-Z]+)$/.exec(headers.get('cseq')?.[0] ?? '');
  if (callId === '' || !cseq) return null;
  const common = {
    callId,
    cseq: { number: Number(cseq[1]), method: cseq[2] ?? '' },
    headers,
    body: text.slice(end + 4),
  };
  const response = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/.exec(startLine);
  if (response)
    return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '', ...common };
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(startLine);
  return request ? { kind: 'request', method: request[1] ?? '', uri: request[2] ?? '', ...common } : null;
};

/** The URI of a From, To or Contact value, with its parameters when it stands in angle brackets. */
export const uriIn = (value: string): string => {
  const bracketed = /<([^>]*)>/.exec(value.replace(/"(?:[^"\\]|\\.)*"/g, ''));
  return bracketed ? (bracketed[1] ?? '') : (value.split(';')[0] ?? '').trim();
};

/** The status of a NOTIFY's `message/sipfrag` body (RFC 3515 §2.4.5); null when there is none. */
export const sipfragStatus = (body: string): number | null => {
  const match = /^\s*SIP\/2\.0 ([1-6]\d\d)/.exec(body);
  return match ? Number(match[1]) : null;
};
