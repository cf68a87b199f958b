/**
 * One call's audio as RTP between Asterisk and us: counts sequence numbers in, makes them on the way out. It is given
 * datagrams and a way to send some; it knows neither sockets nor Asterisk's channels.
 */
import { randomInt } from 'node:crypto';
import type { AudioFormat } from '../contract/audio.ts';
import type { MediaCounters, MediaLeg } from '../switch/port.ts';
import { formatRtp, parseRtp, sequenceDistance } from './rtp.ts';

type Codec = 'PCMU' | 'PCMA';
const frameBytes = 160;
const frameMs = 20;
/** a jump of more than this is a new stream, not a loss */
const maxLoss = 50;

/** RFC 3551 §6: the static payload types of G.711. */
const payloadTypes: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 };
/** comfort noise (RFC 3389), and the dynamic ones, of which Asterisk uses one for telephone-events */
const isNoAudio = (payloadType: number): boolean => payloadType === 13 || payloadType >= 96;

export class RtpLeg implements MediaLeg {
  readonly codec: Codec;
  readonly format: AudioFormat;
  onFrame: ((payload: Uint8Array) => void) | null = null;
  readonly #counters: MediaCounters = { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 };
  readonly #sendDatagram: (datagram: Buffer) => void;
  readonly #onClose: () => void;
  readonly #ssrc = randomInt(1, 2 ** 32 - 1);
  #sequence = randomInt(0, 2 ** 16);
  #timestamp = randomInt(0, 2 ** 32);
  #lastSentMs: number | null = null;
  #last: { ssrc: number; sequence: number } | null = null;
  #closed = false;

  constructor(options: { codec: Codec; sendDatagram: (datagram: Buffer) => void; onClose: () => void }) {
    this.codec = options.codec;
    this.format = { encoding: options.codec, sampleRate: 8000 };
    this.#sendDatagram = options.sendDatagram;
    this.#onClose = options.onClose;
  }

  get counters(): Readonly<MediaCounters> {
    return this.#counters;
  }

  send(payload: Uint8Array): void {
    if (this.#closed) return;
    if (payload.length !== frameBytes) {
      this.#counters.malformed += 1;
      return;
    }
    const nowMs = performance.now();
    // After a silence the timestamp goes on with the clock and the marker begins a talkspurt (RFC 3551 §4.1), else the
    // caller's jitter buffer would take these frames for late ones.
    const pauseMs = this.#lastSentMs === null ? Number.POSITIVE_INFINITY : nowMs - this.#lastSentMs;
    const marker = pauseMs > 3 * frameMs;
    const frames = marker && Number.isFinite(pauseMs) ? Math.max(1, Math.round(pauseMs / frameMs)) : 1;
    this.#lastSentMs = nowMs;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + frames * frameBytes) >>> 0;
    this.#counters.framesSent += 1;
    this.#sendDatagram(
      formatRtp({
        payloadType: payloadTypes[this.codec],
        marker,
        sequence: this.#sequence,
        timestamp: this.#timestamp,
        ssrc: this.#ssrc,
        payload,
      }),
    );
  }

  receive(datagram: Buffer): void {
    if (this.#closed) return;
    const packet = parseRtp(datagram);
    if (!packet) {
      this.#counters.malformed += 1;
      return;
    }
    if (isNoAudio(packet.payloadType)) return;
    if (packet.payloadType !== payloadTypes[this.codec] || packet.payload.length % frameBytes !== 0) {
      this.#counters.malformed += 1;
      return;
    }
    const distance =
      this.#last?.ssrc === packet.ssrc ? sequenceDistance(this.#last.sequence, packet.sequence) : 1;
    // what comes twice or late was counted as a gap already
    if (distance <= 0 && distance > -maxLoss) return;
    this.#last = { ssrc: packet.ssrc, sequence: packet.sequence };
    if (distance > 1 && distance <= maxLoss) this.#counters.gaps += distance - 1;
    for (let at = 0; at < packet.payload.length; at += frameBytes) {
      this.#counters.framesReceived += 1;
      this.onFrame?.(packet.payload.subarray(at, at + frameBytes));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onFrame = null;
    this.#onClose();
  }
}
