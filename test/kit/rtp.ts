/**
 * RTP (RFC 3550) of one call of a test phone: sends a 20 ms frame at each beat, hears what comes, and sends and
 * hears digits as telephone-events (RFC 4733). It knows no SIP.
 */
import { createSocket, type Socket } from 'node:dgram';
import { silenceByte } from '../../controller/media/g711.ts';
import { Ear, frameMs } from './ear.ts';
import type { TelephoneCodec as Codec } from './sdp.ts';
import { payloadTypes } from './sdp.ts';
import { type AudioSource, frameSamples } from './tone.ts';

/** One 20 ms beat for all calls of a phone. Own code rather than the product's, whose faults it must not share. */
export class Beat {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #nextMs = 0;

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#nextMs = performance.now() + frameMs;
      this.#wait();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0 && this.#timer) {
        clearTimeout(this.#timer);
        this.#timer = null;
      }
    };
  }

  #wait(): void {
    this.#timer = setTimeout(
      () => {
        const nowMs = performance.now();
        if (nowMs - this.#nextMs > 100) this.#nextMs = nowMs;
        while (this.#nextMs <= nowMs) {
          this.#nextMs += frameMs;
          for (const listener of this.#listeners) listener();
        }
        this.#timer = null;
        if (this.#listeners.size > 0) this.#wait();
      },
      Math.max(0, this.#nextMs - performance.now()),
    );
  }
}

export type RtpCounters = {
  sent: number;
  received: number;
  /** sequence numbers that never came */
  lost: number;
  /** frames that came more than 40 ms after the one before */
  late: number;
  /** packets of a type that was not agreed on */
  foreign: number;
};

type Saying = { source: AudioSource; over: () => void };
type DigitInFlight = { event: number; packet: number; packets: number; startTimestamp: number };

const digitEvents = '0123456789*#ABCD';

const silentFrames: Readonly<Record<Codec, Uint8Array>> = {
  PCMU: new Uint8Array(frameSamples).fill(silenceByte.PCMU),
  PCMA: new Uint8Array(frameSamples).fill(silenceByte.PCMA),
};

export class RtpStream {
  readonly ear: Ear;
  readonly counters: RtpCounters = { sent: 0, received: 0, lost: 0, late: 0, foreign: 0 };
  /** digits heard as telephone-events */
  digits = '';
  codec: Codec = 'PCMU';
  dtmfPayloadType: number | null = 101;
  remote: { host: string; port: number } | null = null;
  /** performance.now() of the first frame that went out, and came in */
  firstSentMs: number | null = null;
  firstReceivedMs: number | null = null;
  /** false: sends nothing at all, as a phone that is muted with voice activity detection */
  sending = true;
  /** 2: packets of 40 ms, as some PBXes send them whatever was agreed */
  framesPerPacket = 1;
  /** false: no marker bit on the first packet of a digit, as some phones */
  marksDigits = true;
  /** how many of the three packets that end a digit arrive: the network may lose some, or all */
  digitEnds = 3;
  readonly #socket: Socket;
  readonly #beat: Beat;
  #removeFromBeat: (() => void) | null = null;
  #saying: Saying | null = null;
  #digit: DigitInFlight | null = null;
  readonly #digitQueue: { digit: string; sent: () => void }[] = [];
  #pauseFrames = 0;
  #sequence = Math.floor(Math.random() * 0x8000);
  #timestamp = Math.floor(Math.random() * 0x7fffffff);
  readonly #source = Math.floor(Math.random() * 0xffffffff);
  #lastSequence: number | null = null;
  #lastSource: number | null = null;
  #lastAtMs = 0;
  #lastDigitTimestamp: number | null = null;
  #marker = true;
  #held: Uint8Array[] = [];
  #closed = false;

  private constructor(socket: Socket, beat: Beat, keepSeconds: number) {
    this.#socket = socket;
    this.#beat = beat;
    this.ear = new Ear({ keepSeconds });
    socket.on('message', (packet) => this.#receive(packet));
    // an ICMP port unreachable after the far side has gone is no fault of the test
    socket.on('error', () => undefined);
  }

  static open(options: { beat: Beat; host: string; keepSeconds?: number | undefined }): Promise<RtpStream> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind({ address: options.host, port: 0, exclusive: true }, () => {
        socket.removeListener('error', reject);
        resolve(new RtpStream(socket, options.beat, options.keepSeconds ?? 120));
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Begins to send: silence until something is said. */
  start(): void {
    if (!this.#removeFromBeat && !this.#closed)
      this.#removeFromBeat = this.#beat.add(() => this.#sendFrame());
  }

  /** Says `source` from the next frame on; the promise resolves when it is over or replaced. */
  say(source: AudioSource): Promise<void> {
    this.#saying?.over();
    return new Promise((resolve) => {
      this.#saying = { source, over: resolve };
    });
  }

  hush(): void {
    this.#saying?.over();
    this.#saying = null;
  }

  /** Sends digits one after another, 100 ms each. Resolves when the last packet has left. */
  async sendDigits(digits: string): Promise<void> {
    const sent = digits
      .split('')
      .map((digit) => new Promise<void>((resolve) => this.#digitQueue.push({ digit, sent: resolve })));
    await Promise.all(sent);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.hush();
    for (const { sent } of this.#digitQueue.splice(0)) sent();
    this.#removeFromBeat?.();
    this.#socket.close();
  }

  #sendFrame(): void {
    if (!this.remote) return;
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0;
    if (this.#sendDigitPacket()) return;
    if (!this.sending) return;
    this.#held.push(this.#nextFrame());
    if (this.#held.length < this.framesPerPacket) return;
    const payload = this.#held.length === 1 ? (this.#held[0] as Uint8Array) : Buffer.concat(this.#held);
    const started = (this.#timestamp - (this.#held.length - 1) * frameSamples) >>> 0;
    this.#held = [];
    this.#send(payloadTypes[this.codec], payload, started, this.#marker);
    this.#marker = false;
    this.firstSentMs ??= performance.now();
  }

  #nextFrame(): Uint8Array {
    const frame = this.#saying?.source.next() ?? null;
    if (!frame && this.#saying) this.hush();
    return frame ?? silentFrames[this.codec];
  }

  #sendDigitPacket(): boolean {
    if (!this.#digit) {
      if (this.#pauseFrames > 0) {
        this.#pauseFrames--;
        return false;
      }
      const next = this.#digitQueue[0];
      if (!next || this.dtmfPayloadType === null) return false;
      this.#digit = {
        event: digitEvents.indexOf(next.digit.toUpperCase()),
        packet: 0,
        packets: 5,
        startTimestamp: this.#timestamp,
      };
    }
    const digit = this.#digit;
    digit.packet++;
    const isEnd = digit.packet > digit.packets;
    const payload = new Uint8Array(4);
    const view = new DataView(payload.buffer);
    view.setUint8(0, digit.event);
    view.setUint8(1, (isEnd ? 0x80 : 0) | 10);
    view.setUint16(2, Math.min(digit.packet, digit.packets + 1) * frameSamples);
    const type = this.dtmfPayloadType ?? 101;
    // the end is sent three times (RFC 4733 section 2.5.1.4)
    for (let copy = 0; copy < (isEnd ? this.digitEnds : 1); copy++) {
      this.#send(type, payload, digit.startTimestamp, digit.packet === 1 && this.marksDigits);
    }
    if (isEnd) {
      this.#digit = null;
      this.#pauseFrames = 4;
      this.#digitQueue.shift()?.sent();
    }
    return true;
  }

  #send(type: number, payload: Uint8Array, timestamp: number, marker: boolean): void {
    if (!this.remote || this.#closed) return;
    const packet = Buffer.allocUnsafe(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = type | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#source, 8);
    packet.set(payload, 12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#socket.send(packet, this.remote.port, this.remote.host);
    this.counters.sent++;
  }

  #receive(packet: Buffer): void {
    if (packet.length < 12 || ((packet[0] as number) & 0xc0) !== 0x80) return;
    const type = (packet[1] as number) & 0x7f;
    const sequence = packet.readUInt16BE(2);
    const timestamp = packet.readUInt32BE(4);
    const source = packet.readUInt32BE(8);
    const nowMs = performance.now();
    const payload = packet.subarray(12 + 4 * ((packet[0] as number) & 0x0f));
    if (type === this.dtmfPayloadType) {
      if (timestamp !== this.#lastDigitTimestamp && payload.length >= 4) {
        this.#lastDigitTimestamp = timestamp;
        this.digits += digitEvents[payload[0] as number] ?? '?';
      }
    } else if (type !== payloadTypes.PCMU && type !== payloadTypes.PCMA) {
      this.counters.foreign++;
      return;
    }
    this.#count(sequence, source, nowMs);
    if (type === this.dtmfPayloadType) return;
    this.counters.received++;
    this.firstReceivedMs ??= nowMs;
    if (!this.ear.listens) return;
    this.ear.take({
      atMs: nowMs,
      payload: new Uint8Array(payload),
      sequence,
      timestamp,
      codec: type === payloadTypes.PCMA ? 'PCMA' : 'PCMU',
    });
  }

  #count(sequence: number, source: number, nowMs: number): void {
    if (this.#lastSequence !== null && source === this.#lastSource) {
      const step = (sequence - this.#lastSequence) & 0xffff;
      if (step > 1 && step < 0x8000) this.counters.lost += step - 1;
      if (nowMs - this.#lastAtMs > 2 * frameMs) this.counters.late++;
    }
    this.#lastSequence = sequence;
    this.#lastSource = source;
    this.#lastAtMs = nowMs;
  }
}
