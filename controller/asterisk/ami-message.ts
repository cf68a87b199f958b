/**
 * The text of Asterisk's manager interface: blocks of `Key: value` lines. Pure: bytes in, messages out, and requests
 * out. It knows no action and no event. Strict about sizes, since a peer that is not AMI must not fill our memory.
 */

/** One block. Keys are lower-case; the first of several lines with one key counts. */
export type AmiMessage = ReadonlyMap<string, string>;

export class AmiProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AmiProtocolError';
  }
}

const maxLine = 65_536;
const maxLines = 2000;

/** Collects bytes and gives the messages that are complete. Throws an `AmiProtocolError` when it cannot be AMI. */
export class AmiParser {
  #banner: string | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #lines: string[] = [];

  /** the first line of the connection, `Asterisk Call Manager/…`; null until it has come */
  get banner(): string | null {
    return this.#banner;
  }

  push(chunk: Uint8Array): AmiMessage[] {
    const messages: AmiMessage[] = [];
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10, start); end !== -1; end = bytes.indexOf(10, start)) {
      if (end - start > maxLine) throw new AmiProtocolError('a line is too long');
      // A name in Latin-1 from a caller gives replacement characters, never an exception.
      const line = bytes.toString('utf8', start, end > start && bytes[end - 1] === 13 ? end - 1 : end);
      start = end + 1;
      const message = this.#line(line);
      if (message) messages.push(message);
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > maxLine) throw new AmiProtocolError('a line is too long');
    return messages;
  }

  #line(line: string): AmiMessage | null {
    if (this.#banner === null) {
      if (!line.startsWith('Asterisk Call Manager/'))
        throw new AmiProtocolError(`this is no Asterisk manager: ${JSON.stringify(line.slice(0, 60))}`);
      this.#banner = line;
      return null;
    }
    if (line !== '') {
      this.#lines.push(line);
      if (this.#lines.length > maxLines) throw new AmiProtocolError('a message has too many lines');
      return null;
    }
    const lines = this.#lines;
    this.#lines = [];
    const message = new Map<string, string>();
    for (const text of lines) {
      // A value may hold colons and a key may not, so the first colon ends the key. Other lines are a command's output.
      const match = /^([A-Za-z0-9_.()-]+): ?(.*)$/s.exec(text);
      const key = match?.[1]?.toLowerCase();
      if (key !== undefined && !message.has(key)) message.set(key, match?.[2] ?? '');
    }
    return message.size === 0 ? null : message;
  }
}

/** The text of an action. Throws for a value that would end its line: that would be another header of our action. */
export const formatAction = (fields: Readonly<Record<string, string>>): string => {
  const lines = Object.entries(fields).map(([key, value]) => {
    if (!/^[A-Za-z]+$/.test(key) || /[\r\n\0]/.test(value))
      throw new AmiProtocolError(`AMI cannot carry ${JSON.stringify(`${key}: ${value}`.slice(0, 60))}`);
    return `${key}: ${value}\r\n`;
  });
  return `${lines.join('')}\r\n`;
};
