/** Signing in: the throttle, the password, a new session. Says the same whatever was wrong with address or password. */
import type { SessionStore, SignedIn } from '../db/session-store.ts';
import type { UserStore } from '../db/user-store.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { LoginThrottle } from './login-throttle.ts';
import type { Passwords } from './password.ts';

export type From = { address: string; userAgent: string };

export class SignIn {
  readonly #users: Pick<UserStore, 'credentials'>;
  readonly #sessions: SessionStore;
  readonly #passwords: Passwords;
  readonly #throttle: LoginThrottle;
  readonly #log: Logger;

  constructor(options: {
    users: Pick<UserStore, 'credentials'>;
    sessions: SessionStore;
    passwords: Passwords;
    log: Logger;
    throttle?: LoginThrottle;
  }) {
    this.#users = options.users;
    this.#sessions = options.sessions;
    this.#passwords = options.passwords;
    this.#log = options.log;
    this.#throttle = options.throttle ?? new LoginThrottle();
  }

  async signIn(email: string, password: string, from: From): Promise<SignedIn> {
    const found = await this.#users.credentials({ email });
    await this.#verify(email, found, password, from);
    if (found === null) throw wrong();
    return await this.#sessions.open(found.id, from);
  }

  /** For what a session alone is not enough for. */
  async confirm(user: { id: string; email: string }, password: string, from: From): Promise<void> {
    await this.#verify(user.email, await this.#users.credentials({ id: user.id }), password, from);
  }

  async #verify(
    email: string,
    found: { id: string; passwordHash: string; active: boolean } | null,
    password: string,
    { address }: From,
  ): Promise<void> {
    const isKnown = found !== null && (await this.#sessions.isKnown(found.id, address));
    const waitMs = this.#throttle.attempt(email, address, isKnown);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      throw new AppError('too-many-requests', `too many wrong passwords: try again in ${seconds} s`, {
        retryAfterSeconds: seconds,
      });
    }
    const stored = found?.active === true ? found.passwordHash : null;
    if (!(await this.#passwords.verify(password, stored))) {
      this.#log.warn({ pii: { email, address } }, 'sign-in refused');
      throw wrong();
    }
    this.#throttle.succeeded(email, address, isKnown);
  }
}

const wrong = (): AppError => new AppError('wrong-credentials', 'e-mail address or password is wrong');
