/**
 * Passwords of people, as scrypt hashes (RFC 7914) whose cost stands in them. Few are computed at once: each takes 32 MB
 * and a thread that the speech files need too. Knows no account.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';

// OWASP's second choice: N = 2^15, r = 8, p = 3; about 0.2 s of one thread
const usualCost = { N: 2 ** 15, r: 8, p: 3 };
const keyBytes = 32;
const atOnce = 2;
const mostWaiting = 40;

export class Passwords {
  readonly #cost: typeof usualCost;
  /** for an account that is not there */
  readonly #decoy: string;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Tests take a low `N`. */
  constructor(options: { N?: number } = {}) {
    const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
    this.#cost = { ...usualCost, N: options.N ?? usualCost.N };
    const { N, r, p } = this.#cost;
    this.#decoy = ['scrypt', N, r, p, random(16), random(keyBytes)].join(':');
  }

  /** `scrypt:N:r:p:salt:hash`, salt and hash in base64url. */
  async hash(password: string): Promise<string> {
    const { N, r, p } = this.#cost;
    const salt = randomBytes(16);
    const key = await this.#derive(password, salt, this.#cost);
    return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join(':');
  }

  /** `stored`: null for an account that is not there; takes the same time. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const [name, N, r, p, salt, hash] = (stored ?? this.#decoy).split(':');
    if (name !== 'scrypt' || salt === undefined || hash === undefined)
      throw new Error('a password hash of an unknown form');
    const given = await this.#derive(password, Buffer.from(salt, 'base64url'), {
      N: Number(N),
      r: Number(r),
      p: Number(p),
    });
    return timingSafeEqual(given, Buffer.from(hash, 'base64url')) && stored !== null;
  }

  async #derive(password: string, salt: Buffer, { N, r, p }: typeof usualCost): Promise<Buffer> {
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= mostWaiting) {
        throw new AppError('too-many-requests', 'too many people sign in at this moment', {
          retryAfterSeconds: 5,
        });
      }
      await new Promise<void>((settle) => {
        this.#waiting.push(settle);
      });
    } else {
      this.#running += 1;
    }
    try {
      return await new Promise<Buffer>((settle, fail) => {
        // one password typed on two keyboards is the same text only after this
        const text = password.normalize('NFKC');
        scrypt(text, salt, keyBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
          if (error) fail(error);
          else settle(key);
        });
      });
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
