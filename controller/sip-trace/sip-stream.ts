/**
 * SIP messages out of what a switch saw on a stream (RFC 3261 §18.3). sofia copies to us what each read gave it
 * (tport_type_tcp.c), which may be a piece of a message or several; Asterisk copies whole messages, which pass as they
 * are. What has begun is kept for a bounded time in a bounded room.
 */

const longestMessageBytes = 64 * 1024;
const mostStreams = 1000;

/** Where the first message ends; null when more is to come. */
const endOfMessage = (bytes: Buffer): number | null => {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return null;
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*$/im.exec(
    bytes.toString('latin1', 0, head),
  );
  // without it nobody could tell where the next one begins: it is all of it
  if (!length) return bytes.length;
  const end = head + 4 + Number(length[1]);
  return end <= bytes.length ? end : null;
};

const beginsMessage = (bytes: Buffer): boolean =>
  /^(?:SIP\/2\.0 \d{3}|[A-Z]{3,20} \S+ SIP\/2\.0\r\n)/.test(bytes.toString('latin1', 0, 2000));

/** CRLFs between messages are keep-alives (RFC 5626 §3.5.1). */
const withoutKeepAlive = (bytes: Buffer): Buffer => {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at += 1;
  return bytes.subarray(at);
};

export class SipStreams {
  /** what has begun on a stream, oldest first */
  readonly #rest = new Map<string, Buffer>();

  /** The messages that are complete with this piece. `stream` names the connection and its direction. */
  take(stream: string, piece: Buffer): Buffer[] {
    const before = this.#rest.get(stream);
    this.#rest.delete(stream);
    // a body may look like a beginning (sipfrag does); where a head should go on, one means that a piece was lost
    const goesOn = before !== undefined && (before.includes('\r\n\r\n') || !beginsMessage(piece));
    let bytes = withoutKeepAlive(goesOn ? Buffer.concat([before, piece]) : piece);
    const messages: Buffer[] = [];
    while (bytes.length > 0) {
      const end = endOfMessage(bytes);
      if (end === null) break;
      messages.push(bytes.subarray(0, end));
      bytes = withoutKeepAlive(bytes.subarray(end));
    }
    if (bytes.length > 0 && bytes.length <= longestMessageBytes && beginsMessage(bytes)) {
      const [oldest] = this.#rest.keys();
      if (this.#rest.size >= mostStreams && oldest !== undefined) this.#rest.delete(oldest);
      this.#rest.set(stream, Buffer.from(bytes));
    }
    return messages;
  }
}
