/**
 * The calls that bots have, as they can be named from outside: by a token that is in nobody else's hands, and by the
 * identifiers that Twilio's REST API knows. Both die with the call.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { CallHandle } from './bot.ts';
import type { Tools } from './tools.ts';
import { sidOf } from './twilio.ts';

export type BotCall = {
  readonly call: Pick<CallHandle, 'callId' | 'callerNumber' | 'calledNumber' | 'hangUp'>;
  readonly tools: Tools;
  /** says a text in our own voice; resolves when it was heard, or dropped */
  readonly say: (text: string) => Promise<void>;
  readonly startedAt: Date;
  /** only of agents of kind twilio, with an auth token: what REST requests are checked against */
  readonly twilio: { accountSid: string; authToken: string } | null;
};

export class BotCalls {
  readonly #byToken = new Map<string, BotCall>();
  readonly #bySid = new Map<string, BotCall>();

  /** The token, which is told to the bot alone, and what takes everything back. */
  add(call: BotCall): { token: string; remove: () => void } {
    const token = randomBytes(24).toString('base64url');
    const key = keyOf(token);
    const sid = sidOf('CA', call.call.callId);
    this.#byToken.set(key, call);
    this.#bySid.set(sid, call);
    return {
      token,
      remove: () => {
        this.#byToken.delete(key);
        if (this.#bySid.get(sid) === call) this.#bySid.delete(sid);
      },
    };
  }

  byToken(token: string): BotCall | undefined {
    return this.#byToken.get(keyOf(token));
  }

  bySid(callSid: string): BotCall | undefined {
    return this.#bySid.get(callSid);
  }

  get size(): number {
    return this.#byToken.size;
  }
}

/** Looked up by its hash, so that how long a look-up takes tells nothing about a token. */
const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
