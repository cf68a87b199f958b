/** What the PBXes' newest INVITEs offered of SRTP, by Call-ID: Asterisk itself does not say. Bounded; it sends nothing. */
import type { SipHead } from '../sip-trace/sip-head.ts';
import { type LiveChannel, SwitchError, type SwitchEvent } from '../switch/port.ts';
import { srtpOfferIn } from '../switch/srtp-offer.ts';
import type { AriConnection } from './ari.ts';
import { AriVariable } from './ari-events.ts';
import type { Call } from './call.ts';

type SrtpOffer = NonNullable<LiveChannel['srtpOffer']>;

const keptOffers = 1000;
const offerWaitMs = 300;

/** Asterisk itself would let plain audio pass (accounts.ts): the last gate before any of it is opened. */
export const requireEncryption = async (
  ari: AriConnection,
  call: Call,
  hangUp: () => Promise<void>,
): Promise<void> => {
  if (call.srtp !== 'required') return;
  const at = { channelId: call.channel.channelId, variable: 'CHANNEL(rtp,secure)' };
  if ((await ari.ask(AriVariable, 'channels', 'getChannelVar', at)).value === '1') return;
  await hangUp();
  throw new SwitchError('rejected', 'the trunk requires encrypted audio (SRTP), and this call has none');
};

export class SrtpOffers {
  readonly #offers = new Map<string, SrtpOffer>();
  readonly #waiting = new Map<string, () => void>();

  /** An INVITE from or to us; one within a call says nothing new. */
  handle(invite: SipHead): void {
    if (this.#offers.has(invite.callId)) return;
    const offer = srtpOfferIn(invite.body, true);
    if (offer === null) return;
    const [oldest] = this.#offers.keys();
    if (this.#offers.size >= keptOffers && oldest !== undefined) this.#offers.delete(oldest);
    this.#offers.set(invite.callId, offer);
    this.#waiting.get(invite.callId)?.();
  }

  /** Tells a new call. Where encryption matters its INVITE is waited for, for a moment: it comes on a way of its own. */
  announce(call: Call, onEvent: (event: SwitchEvent) => void): void {
    const { channel } = call;
    call.announce = () => {
      call.announce = null;
      const srtpOffer = this.#offers.get(channel.sipCallId);
      if (srtpOffer !== undefined) channel.srtpOffer = srtpOffer;
      onEvent({ type: 'offered', channel: { ...channel } });
    };
    if (call.srtp === 'off' || this.#offers.has(channel.sipCallId)) call.announce();
    else void this.#waitFor(channel.sipCallId, offerWaitMs).then(() => call.announce?.());
  }

  /** Resolves when it is known, or after the time. */
  #waitFor(callId: string, timeoutMs: number): Promise<void> {
    if (this.#offers.has(callId)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(callId);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.set(callId, done);
    });
  }
}
