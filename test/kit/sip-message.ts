/**
 * SIP messages (RFC 3261) as the test phones read and write them: a start line, headers in order, a body. Strict in
 * nothing, so that a test can write a hostile header; it knows no transaction and no dialog.
 */

export type SipHeader = readonly [name: string, value: string];
export type SipRequest = {
  kind: 'request';
  method: string;
  uri: string;
  headers: SipHeader[];
  body: string;
};
export type SipResponse = {
  kind: 'response';
  status: number;
  reason: string;
  headers: SipHeader[];
  body: string;
};
export type SipMessage = SipRequest | SipResponse;

/** RFC 3261 section 7.3.3 and its followers */
const compactForms: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  c: 'content-type',
  l: 'content-length',
  s: 'subject',
  k: 'supported',
  e: 'content-encoding',
  r: 'refer-to',
  b: 'referred-by',
  o: 'event',
};

const normalName = (name: string): string => {
  const lower = name.toLowerCase();
  return compactForms[lower] ?? lower;
};

export const reasonPhrases: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  423: 'Interval Too Brief',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  603: 'Decline',
};

/** Every value of a header, in order. Via and the like are expected one a line or split at commas by the caller. */
export const headersOf = (message: { headers: readonly SipHeader[] }, name: string): string[] => {
  const wanted = normalName(name);
  return message.headers.filter(([header]) => normalName(header) === wanted).map(([, value]) => value);
};

/** The first value of a header, or an empty text. */
export const headerOf = (message: { headers: readonly SipHeader[] }, name: string): string =>
  headersOf(message, name)[0] ?? '';

/** The message of one datagram, or of one frame of a stream; null when it is no SIP. */
export const parseSip = (text: string): SipMessage | null => {
  const headEnd = text.indexOf('\r\n\r\n');
  const head = headEnd < 0 ? text : text.slice(0, headEnd);
  const body = headEnd < 0 ? '' : text.slice(headEnd + 4);
  // a line that begins with white space goes on from the one before (RFC 3261 section 7.3.1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers: SipHeader[] = [];
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  const start = lines[0] ?? '';
  const answer = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  if (answer) return { kind: 'response', status: Number(answer[1]), reason: answer[2] ?? '', headers, body };
  const asked = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  if (asked) return { kind: 'request', method: asked[1] ?? '', uri: asked[2] ?? '', headers, body };
  return null;
};

/** The text on the wire; Content-Length is always ours. */
export const renderSip = (message: SipMessage): string => {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers
    .filter(([name]) => normalName(name) !== 'content-length')
    .map(([name, value]) => `${name}: ${value}`);
  return `${[start, ...lines, `Content-Length: ${Buffer.byteLength(message.body)}`].join('\r\n')}\r\n\r\n${message.body}`;
};

/** A `name-addr` or `addr-spec` with its parameters, such as `"Ext 100" <sip:100@host;line=x>;tag=1`. */
export type NameAddress = { name: string; uri: string; parameters: Map<string, string> };

const parametersOf = (text: string): Map<string, string> => {
  const parameters = new Map<string, string>();
  for (const part of text.split(';')) {
    const [name, ...value] = part.split('=');
    if (name?.trim()) parameters.set(name.trim().toLowerCase(), value.join('=').trim().replace(/^"|"$/g, ''));
  }
  return parameters;
};

export const parseNameAddress = (value: string): NameAddress => {
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*/.exec(value);
  const rest = quoted ? value.slice(quoted[0].length) : value;
  const bracketed = /^([^<]*)<([^>]*)>(.*)$/s.exec(rest);
  if (bracketed) {
    return {
      name: quoted ? (quoted[1] ?? '').replace(/\\(.)/g, '$1') : (bracketed[1] ?? '').trim(),
      uri: bracketed[2] ?? '',
      parameters: parametersOf(bracketed[3] ?? ''),
    };
  }
  // without brackets the parameters are the header's, not the URI's (RFC 3261 section 20.10)
  const [uri, ...parameters] = rest.trim().split(';');
  return { name: '', uri: uri ?? '', parameters: parametersOf(parameters.join(';')) };
};

export type SipUri = { user: string; host: string; port: number; parameters: Map<string, string> };

export const parseSipUri = (uri: string): SipUri => {
  const bare = uri.replace(/^sips?:/i, '');
  // a user name may hold semicolons and question marks (RFC 3261 section 25.1, user-unreserved)
  const at = bare.lastIndexOf('@');
  const [hostPort, ...parameters] = bare.slice(at + 1).split(';');
  const found = /^(\[[^\]]*\]|[^:?]*)(?::(\d+))?/.exec(hostPort ?? '');
  return {
    user: at < 0 ? '' : (bare.slice(0, at).split(':')[0] ?? ''),
    host: found?.[1] ?? '',
    port: Number(found?.[2] ?? 5060),
    parameters: parametersOf(parameters.join(';')),
  };
};

/** A response to `request` with what RFC 3261 section 8.2.6 copies; `toTag` is put in where To has none. */
export const responseTo = (
  request: SipRequest,
  status: number,
  options: { toTag?: string; reason?: string; headers?: readonly SipHeader[]; body?: string } = {},
): SipResponse => {
  const to = headerOf(request, 'To');
  const tagged = options.toTag && !/;\s*tag=/i.test(to) ? `${to};tag=${options.toTag}` : to;
  return {
    kind: 'response',
    status,
    reason: options.reason ?? reasonPhrases[status] ?? 'Unknown',
    headers: [
      ...headersOf(request, 'Via').map((value): SipHeader => ['Via', value]),
      ...headersOf(request, 'Record-Route').map((value): SipHeader => ['Record-Route', value]),
      ['From', headerOf(request, 'From')],
      ['To', tagged],
      ['Call-ID', headerOf(request, 'Call-ID')],
      ['CSeq', headerOf(request, 'CSeq')],
      ...(options.headers ?? []),
    ],
    body: options.body ?? '',
  };
};
