/**
 * Which agent a called number is bound to. A number belongs to one trunk: called by another one it is not its. Prepared once
 * for each version of the numbers; knows no trunk's own agent.
 */
import type { PhoneNumberBinding } from '../contract/number.ts';
import { normaliseNumber } from './normalise.ts';

/** null: one of our numbers, and bound to nobody. undefined: none of ours. */
export type BoundAgent = string | null | undefined;

export class NumberBindings {
  /** by trunk and number */
  readonly #byNumber = new Map<string, string | null>();
  readonly #byTrunk = new Map<string, BoundAgent>();

  constructor(numbers: Iterable<PhoneNumberBinding>) {
    for (const { number, trunkId, agentId } of numbers) {
      this.#byNumber.set(keyOf(trunkId, number), agentId);
      const isFirst = !this.#byTrunk.has(trunkId);
      this.#byTrunk.set(trunkId, isFirst || this.#byTrunk.get(trunkId) === agentId ? agentId : undefined);
    }
  }

  /** `called`: as the trunk's PBX sent it, in any form. */
  ofNumber(called: string, trunkId: string, defaultCountry: string | null): BoundAgent {
    const text = called.split(';')[0] ?? ''; // a SIP user part may carry parameters (RFC 3261 25.1, RFC 3966)
    const number = normaliseNumber(text, defaultCountry);
    const key = number === null ? null : keyOf(trunkId, number);
    if (key !== null && this.#byNumber.has(key)) return this.#byNumber.get(key);
    return this.#byNumber.get(keyOf(trunkId, text.replace(/^(?:\+|00)/, '')));
  }

  /** The agent that all numbers of a trunk are bound to; undefined when they differ or there are none. */
  ofTrunk(trunkId: string): BoundAgent {
    return this.#byTrunk.get(trunkId);
  }
}

const keyOf = (trunkId: string, number: string): string => `${trunkId} ${number}`;
