/**
 * Twilio Media Streams, with Offhook in Twilio's place: a bot that answers <Connect><Stream> works as it is. The stream
 * begins when the call is answered, as with Twilio. What bots ask of Twilio's REST API is `twilio-rest.ts`'s.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { pcmu } from '../contract/audio.ts';
import { longestMessageBytes } from './longest-message.ts';
import { parseTwilio, type StreamIds, TwilioWriter } from './twilio-messages.ts';
import type { Protocol, Wire, WireHost } from './wire.ts';

export type TwilioOptions = {
  url: string;
  headers: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, string>>;
  accountSid: string;
  callSid: string;
  /** signs the handshake; null = it is not signed */
  signingToken: string | null;
};

/** The form of Twilio's identifiers: two letters and 32 hexadecimal digits, which is what a UUID has. */
export const sidOf = (prefix: 'AC' | 'CA', uuid: string): string => `${prefix}${uuid.replaceAll('-', '')}`;

/** X-Twilio-Signature of a WebSocket: HMAC-SHA1 of the address under the auth token (Twilio, "Security"). */
export const twilioSignature = (url: string, authToken: string): string =>
  createHmac('sha1', authToken).update(url, 'utf8').digest('base64');

/** Marks that may wait for their audio: one for each 20 ms of what may be queued. */
const mostMarks = 50_000;

export const twilioProtocol = (options: TwilioOptions): Protocol => ({
  name: 'Twilio Media Streams',
  audio: { hears: pcmu, speaks: pcmu },
  target: {
    url: options.url,
    protocols: [],
    headers: {
      ...options.headers,
      ...(options.signingToken === null
        ? {}
        : { 'X-Twilio-Signature': twilioSignature(options.url, options.signingToken) }),
    },
    longestMessageBytes: longestMessageBytes(pcmu, 'base64'),
  },
  closingEndsCall: true,
  wire: (host) => new TwilioWire(options, host),
});

class TwilioWire implements Wire {
  readonly #options: TwilioOptions;
  readonly #host: WireHost;
  readonly #ids: StreamIds;
  readonly #writer: TwilioWriter;
  #phase: 'waiting' | 'streaming' | 'stopped' = 'waiting';
  #marks = 0;

  constructor(options: TwilioOptions, host: WireHost) {
    this.#options = options;
    this.#host = host;
    const { accountSid, callSid } = options;
    // a stream of its own for each connection, as with Twilio
    this.#ids = { streamSid: `MZ${randomBytes(16).toString('hex')}`, accountSid, callSid };
    this.#writer = new TwilioWriter(this.#ids);
  }

  open(): void {
    // the protocol has no word for "ready"
    this.#host.ready();
  }

  start({ resumed }: { resumed: boolean }): void {
    const { call, agent, toolsUrl, tools } = this.#host;
    this.#phase = 'streaming';
    // nothing comes between the two: Pipecat reads exactly two messages as the handshake
    this.#host.send(this.#writer.connected());
    this.#host.send(
      this.#writer.start({
        ...this.#options.parameters,
        from_number: call.callerNumber,
        to_number: call.calledNumber,
        offhook_call_id: call.callId,
        offhook_caller_name: call.callerName,
        offhook_language: agent.language,
        offhook_first_message: agent.firstMessage,
        offhook_tools: tools.map(({ name }) => name).join(','),
        offhook_tools_url: toolsUrl,
        offhook_resumed: String(resumed),
      }),
    );
  }

  hear(frame: Uint8Array): void {
    if (this.#phase === 'streaming') this.#host.send(this.#writer.media(frame));
  }

  digit(digit: string): void {
    if (this.#phase === 'streaming') this.#host.send(this.#writer.dtmf(digit));
  }

  text(text: string): void {
    const message = parseTwilio(text);
    if (typeof message === 'string') {
      this.#host.malformed(message);
      return;
    }
    if (message.event === 'ignored') {
      this.#host.passedOver(`messages of the type ${message.type}`);
      return;
    }
    if (this.#phase !== 'streaming') return;
    if (message.streamSid !== this.#ids.streamSid) {
      this.#host.malformed(`a message for another stream: ${message.streamSid.slice(0, 40)}`);
      return;
    }
    switch (message.event) {
      case 'media':
        if (message.audio.length > 0) this.#host.play(message.audio);
        return;
      case 'mark':
        this.#echoMark(message.name);
        return;
      case 'clear':
        // settles every mark that waits, in order
        this.#host.call.flush();
        return;
    }
  }

  binary(): void {
    this.#host.malformed('a binary message: Twilio has text only');
  }

  stop(): void {
    if (this.#phase === 'streaming') this.#host.send(this.#writer.stop());
    this.#phase = 'stopped';
  }

  /** When the audio before it has been played, or dropped: Twilio sends a mark back in both cases. */
  #echoMark(name: string): void {
    if (this.#marks >= mostMarks) {
      this.#host.malformed('more marks than can wait');
      return;
    }
    this.#marks++;
    void this.#host.call.mark().then(() => {
      this.#marks--;
      if (this.#phase === 'streaming') this.#host.send(this.#writer.mark(name));
    });
  }
}
