/**
 * Cuts the byte stream of the event socket into frames (mod_event_socket.c: header lines, an empty line, and a body
 * of Content-Length bytes). It does not know what a frame means. What is no ESL at all ends in an `EslFrameError`;
 * a header that cannot be decoded stays as it came.
 */

export type EslFrame = { headers: Record<string, string>; body: string | null };

/** The stream cannot be read any further: where the next frame begins is unknown. */
export class EslFrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EslFrameError';
  }
}

const maxHeaderBytes = 64 * 1024;
/** `sofia xmlstatus gateway` with 10,000 gateways has about 15 MB. */
const maxBodyBytes = 128 * 1024 * 1024;

/** Percent-decoding that leaves a lone `%` alone: a caller's name may hold one. */
export const decodeValue = (text: string): string => {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const parseHeaders = (text: string): Record<string, string> => {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    // a line without a colon is none of ours: FreeSWITCH writes `Name: value` only
    if (colon > 0) headers[line.slice(0, colon)] = decodeValue(line.slice(colon + 1).trim());
  }
  return headers;
};

const bodyLength = (headers: Record<string, string>): number | null => {
  const text = headers['Content-Length'];
  if (text === undefined) return null;
  const length = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(length <= maxBodyBytes))
    throw new EslFrameError(`Content-Length ${JSON.stringify(text.slice(0, 20))} is no length`);
  return length;
};

/** One per connection. */
export class EslFrames {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** headers that wait for their body */
  #pending: { headers: Record<string, string>; length: number } | null = null;

  /** Takes what arrived and gives back the frames that are complete now. */
  push(chunk: Buffer): EslFrame[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: EslFrame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): EslFrame | null {
    if (this.#pending === null) {
      const buffer = this.#joined();
      // Line breaks between frames mean nothing; FreeSWITCH sends one after some replies.
      let start = 0;
      while (buffer[start] === 0x0a) start += 1;
      const end = buffer.indexOf('\n\n', start);
      if (end === -1) {
        if (buffer.length - start > maxHeaderBytes) throw new EslFrameError('headers without an end');
        return null;
      }
      if (end - start > maxHeaderBytes) throw new EslFrameError('headers too long');
      const headers = parseHeaders(buffer.toString('utf8', start, end));
      this.#keep(buffer.subarray(end + 2));
      const length = bodyLength(headers);
      if (length === null || length === 0) return { headers, body: null };
      this.#pending = { headers, length };
    }
    const { headers, length } = this.#pending;
    // Chunks are joined only when the body is complete, so that a large one is copied once.
    if (this.#bytes < length) return null;
    const buffer = this.#joined();
    this.#keep(buffer.subarray(length));
    this.#pending = null;
    return { headers, body: buffer.toString('utf8', 0, length) };
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
  }
}
