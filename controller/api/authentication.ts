/**
 * Finds out who sends a request: a person by his session cookie, a program by its bearer token (RFC 6750), the owner of
 * the machine by the token in the data directory, which needs no database. Knows no route, and nothing of Express.
 */
import { createHash } from 'node:crypto';
import type { Role } from '../contract/account.ts';
import type { ApiTokenStore, KnownToken } from '../db/api-token-store.ts';
import { defaultWorkspaceId } from '../db/database.ts';
import type { SessionStore, SignedIn } from '../db/session-store.ts';
import { AppError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { isToken, type TokenHash } from './token.ts';

/** Of a request or of a socket's handshake. */
export type Credentials = {
  /** of the header Authorization, or of the handshake */
  bearer: string | undefined;
  /** of the session cookie */
  cookie: string | undefined;
  /** which workspace is meant */
  workspaceId: string | undefined;
  address: string;
};

export type Found = { caller: Caller; newCookie: string | null };

type Remembered = { until: number; value: SignedIn | KnownToken };
/** so long somebody who is remembered needs no database; what this process revokes it forgets at once */
const rememberedMs = 5000;
const mostRemembered = 10_000;

export class Authentication {
  /** called when somebody may have lost a right */
  onForget: () => void = () => undefined;
  readonly #tokenHash: TokenHash;
  readonly #sessions: SessionStore;
  readonly #tokens: ApiTokenStore;
  readonly #isWorkspace: (id: string) => boolean;
  readonly #remembered = new Map<string, Remembered>();
  /** questions to the database that are not answered yet, and before which `forget` they were asked */
  readonly #asked = new Map<string, { era: number; found: Promise<SignedIn | KnownToken | null> }>();
  /** counts `forget`, so that what was read before is not remembered after */
  #era = 0;

  constructor(options: {
    /** of the token in the data directory */
    tokenHash: TokenHash;
    sessions: SessionStore;
    tokens: ApiTokenStore;
    isWorkspace: (id: string) => boolean;
  }) {
    this.#tokenHash = options.tokenHash;
    this.#sessions = options.sessions;
    this.#tokens = options.tokens;
    this.#isWorkspace = options.isWorkspace;
  }

  /** Throws `unauthorized` for whoever has no right name, `not-found` for a workspace that is not his. */
  async find(credentials: Credentials): Promise<Found> {
    const { bearer, cookie } = credentials;
    if (bearer !== undefined) return { caller: await this.#ofBearer(bearer, credentials), newCookie: null };
    if (cookie !== undefined) return await this.#ofCookie(cookie, credentials);
    throw new AppError('unauthorized', 'sign in, or send the header Authorization: Bearer <token>');
  }

  /** To be called after anything about sessions, users, tokens or workspaces has changed. */
  forget(): void {
    this.#era += 1;
    this.#remembered.clear();
    this.onForget();
  }

  async #ofBearer(bearer: string, { workspaceId, address }: Credentials): Promise<Caller> {
    if (isToken(bearer, this.#tokenHash)) {
      return {
        actor: { kind: 'installation token', id: null, name: 'the token in the data directory', address },
        workspaceId: this.#existing(workspaceId) ?? defaultWorkspaceId,
        role: null,
        scopes: new Set(['all']),
        installation: true,
        signedIn: null,
      };
    }
    const token = await this.#remember(bearer, () => this.#tokens.find(bearer));
    if (token === null || !('scopes' in token)) {
      throw new AppError('unauthorized', 'there is no such API token, or it has expired');
    }
    if (workspaceId !== undefined && workspaceId !== token.workspaceId) throw noWorkspace();
    return {
      actor: { kind: 'token', id: token.id, name: token.name, address },
      workspaceId: token.workspaceId,
      role: null,
      scopes: token.scopes,
      installation: false,
      signedIn: null,
    };
  }

  async #ofCookie(cookie: string, { workspaceId, address }: Credentials): Promise<Found> {
    const signedIn = await this.#remember(cookie, () => this.#sessions.find(cookie));
    if (signedIn === null || !('user' in signedIn)) {
      throw new AppError('unauthorized', 'the session has ended: sign in again');
    }
    const { user, workspaces } = signedIn;
    const actor = { kind: 'user' as const, id: user.id, name: user.email, address };
    const caller = (id: string | null, role: Role | null): Found => ({
      caller: {
        actor,
        workspaceId: id,
        role,
        scopes: null,
        installation: user.installation,
        signedIn,
      },
      newCookie: signedIn.newCookie,
    });
    const chosen = workspaces.find(({ id }) => workspaceId === undefined || id === workspaceId);
    if (chosen !== undefined) return caller(chosen.id, user.installation ? 'admin' : chosen.role);
    if (user.installation) return caller(this.#existing(workspaceId) ?? defaultWorkspaceId, 'admin');
    if (workspaceId !== undefined) throw noWorkspace();
    return caller(null, null);
  }

  #existing(workspaceId: string | undefined): string | undefined {
    if (workspaceId !== undefined && !this.#isWorkspace(workspaceId)) throw noWorkspace();
    return workspaceId;
  }

  async #remember<T extends SignedIn | KnownToken>(
    credential: string,
    find: () => Promise<T | null>,
  ): Promise<SignedIn | KnownToken | null> {
    const key = createHash('sha256').update(credential).digest('base64');
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > Date.now()) return known.value;
    // hundreds of requests may come with it at once: one of them asks
    const asked = this.#asked.get(key);
    if (asked !== undefined && asked.era === this.#era) {
      const value = await asked.found;
      // a new cookie is for one answer alone
      if (value === null || !('newCookie' in value) || value.newCookie === null) return value;
      return await find();
    }
    const era = this.#era;
    const found = find();
    this.#asked.set(key, { era, found });
    try {
      const value = await found;
      if (value === null || ('newCookie' in value && value.newCookie !== null) || era !== this.#era)
        return value;
      if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
      this.#remembered.set(key, { until: Date.now() + rememberedMs, value });
      return value;
    } finally {
      if (this.#asked.get(key)?.found === found) this.#asked.delete(key);
    }
  }
}

const noWorkspace = (): AppError => new AppError('not-found', 'there is no such workspace');
