/** Who asks, and what he may do. Pure. */
import { type Role, roles, type Scope } from '../contract/account.ts';
import type { Actor } from '../db/audit-log.ts';
import type { SignedIn } from '../db/session-store.ts';
import { AppError } from '../errors.ts';

export type Caller = {
  actor: Actor;
  /** all that he sees and changes is in it; null: he belongs to none */
  workspaceId: string | null;
  /** of a person; null for a program */
  role: Role | null;
  /** of a program */
  scopes: ReadonlySet<Scope> | null;
  /** may do what concerns all workspaces */
  installation: boolean;
  /** of a person */
  signedIn: SignedIn | null;
};

/** What a route asks of its caller. */
export type Access =
  /** nothing: whoever reaches the port */
  | { kind: 'public' }
  /** a person, whatever his role: it is about himself */
  | { kind: 'person' }
  /** a person of at least this role in the workspace, or a program with this scope */
  | { kind: 'workspace'; role: Role; scope: Scope }
  /** the administrator of the installation, or the token in the data directory */
  | { kind: 'installation' };

export const viewer = (scope: Scope): Access => ({ kind: 'workspace', role: 'viewer', scope });
export const operator = (scope: Scope): Access => ({ kind: 'workspace', role: 'operator', scope });
export const admin = (scope: Scope): Access => ({ kind: 'workspace', role: 'admin', scope });

/** Throws `forbidden` in words that say what is missing. */
export function demand(access: Access, caller: Caller): void {
  switch (access.kind) {
    case 'public':
      return;
    case 'person':
      if (caller.signedIn === null) throw forbidden('this is for people who signed in, not for API tokens');
      return;
    case 'installation':
      if (!caller.installation) throw forbidden('this is for the administrator of the installation');
      return;
    case 'workspace': {
      if (caller.workspaceId === null) throw forbidden('your account belongs to no workspace');
      const { role, scope } = access;
      if (caller.scopes !== null) {
        if (caller.scopes.has('all') || caller.scopes.has(scope)) return;
        throw forbidden(`this API token has not the scope ${scope}`);
      }
      if (caller.role !== null && roles.indexOf(caller.role) >= roles.indexOf(role)) return;
      throw forbidden(`this is for the role ${role}; yours is ${caller.role ?? 'none'}`);
    }
  }
}

const forbidden = (text: string): AppError => new AppError('forbidden', text);
