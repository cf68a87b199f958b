/** Builds what has to do with who somebody is, and where he comes from: users, sessions, tokens, the audit log. Starts nothing. */
import { Passwords } from './accounts/password.ts';
import { SignIn } from './accounts/sign-in.ts';
import { Authentication } from './api/authentication.ts';
import type { TokenHash } from './api/token.ts';
import type { Config } from './config.ts';
import type { Configuration } from './configuration.ts';
import { ApiTokenStore } from './db/api-token-store.ts';
import { AuditLog } from './db/audit-log.ts';
import type { Database } from './db/database.ts';
import { RequestKeyStore } from './db/request-key-store.ts';
import { SessionStore } from './db/session-store.ts';
import { UserStore } from './db/user-store.ts';
import { WorkspaceStore } from './db/workspace-store.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export type Accounts = ReturnType<typeof openAccounts>;

export function openAccounts(options: {
  database: Database;
  configuration: Configuration;
  /** of the token in the data directory */
  tokenHash: TokenHash;
  config: Pick<Config, 'HTTP_TRUSTED_PROXIES'>;
  log: Logger;
  passwords?: Passwords;
}) {
  const { database, configuration, tokenHash, log } = options;
  const users = new UserStore({ database });
  const sessions = new SessionStore({ database });
  const tokens = new ApiTokenStore({ database });
  const requestKeys = new RequestKeyStore({ database });
  const passwords = options.passwords ?? new Passwords();
  let pruning: NodeJS.Timeout | null = null;
  const prune = async (): Promise<void> => {
    try {
      await sessions.prune();
      await requestKeys.prune();
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'old sessions could not be removed');
    }
  };
  return {
    users,
    sessions,
    tokens,
    requestKeys,
    passwords,
    workspaces: new WorkspaceStore({ database }),
    audit: new AuditLog({ database }),
    signIn: new SignIn({ users, sessions, passwords, log }),
    authentication: new Authentication({
      tokenHash,
      sessions,
      tokens,
      isWorkspace: (id) => configuration.current.workspaces.has(id),
    }),
    tokenHash,
    proxies: new TrustedProxies(options.config.HTTP_TRUSTED_PROXIES),
    /** Removes old sessions and request keys every hour. */
    start: (): void => {
      pruning ??= setInterval(() => void prune(), 3600_000).unref();
    },
    stop: (): void => {
      if (pruning !== null) clearInterval(pruning);
      pruning = null;
    },
  };
}
