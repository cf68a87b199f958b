/**
 * Slows down whoever guesses passwords, without locking anybody out. Counted are failures
 *
 *   of an account from one address     5 free
 *   of an account from all addresses  20 free   ┐ not for an address from which the account has signed in before:
 *   of an address for all accounts    50 free   ┘ so neither a guesser nor a colleague behind the same NAT locks it out
 *
 * After the free ones each doubles the wait. In memory, bounded; a restart forgets it. Knows neither accounts nor HTTP.
 */
type Count = { failures: number; lastAt: number };

const free = { pair: 5, account: 20, address: 50 } as const;
const longestWaitMs = { pair: 300_000, account: 60_000, address: 60_000 } as const;
const forgottenAfterMs = 15 * 60_000;
const mostCounts = 50_000;

export class LoginThrottle {
  readonly #now: () => number;
  readonly #counts = new Map<string, Count>();

  constructor(options: { now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  /**
   * How long to wait before the password may be looked at; 0 counts the attempt as a failure until `succeeded` says
   * otherwise, so that many at once gain nothing. `known`: the account has signed in from this address before.
   */
  attempt(account: string, address: string, known: boolean): number {
    const place = placeOf(address);
    const keys = [
      ['pair', `p:${account}:${place}`],
      ...(known
        ? []
        : ([
            ['account', `a:${account}`],
            ['address', `i:${place}`],
          ] as const)),
    ] as const;
    const waitMs = Math.max(...keys.map(([kind, key]) => this.#waitMs(kind, key)));
    if (waitMs > 0) return waitMs;
    for (const [, key] of keys) this.#count(key, 1);
    return 0;
  }

  succeeded(account: string, address: string, known: boolean): void {
    const place = placeOf(address);
    this.#counts.delete(`p:${account}:${place}`);
    if (known) return;
    this.#count(`a:${account}`, -1);
    this.#count(`i:${place}`, -1);
  }

  #waitMs(kind: keyof typeof free, key: string): number {
    const count = this.#counts.get(key);
    if (count === undefined || this.#isForgotten(count)) return 0;
    const over = count.failures - free[kind];
    if (over < 0) return 0;
    const waitMs = Math.min(1000 * 2 ** over, longestWaitMs[kind]);
    return Math.max(0, count.lastAt + waitMs - this.#now());
  }

  #count(key: string, by: 1 | -1): void {
    const before = this.#counts.get(key);
    const failures = before === undefined || this.#isForgotten(before) ? 0 : before.failures;
    this.#counts.delete(key); // the last touched stands last
    if (failures + by > 0) this.#counts.set(key, { failures: failures + by, lastAt: this.#now() });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= mostCounts) break;
      this.#counts.delete(oldest);
    }
  }

  #isForgotten({ lastAt }: Count): boolean {
    return this.#now() - lastAt > forgottenAfterMs;
  }
}

/** An IPv6 customer has a whole /64 to choose from. */
function placeOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('::');
  const front = head.split(':').filter((part) => part !== '');
  const back = tail.split(':').filter((part) => part !== '');
  const middle = address.includes('::')
    ? Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
    : [];
  return [...front, ...middle, ...back].slice(0, 4).join(':');
}
