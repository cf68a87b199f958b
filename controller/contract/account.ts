/** Who may do what: roles, scopes, sessions, users, API tokens, workspaces. */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { plainText } from './trunk.ts';

/** From the least to the most: each may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/**
 * What an API token may be allowed. `all`: whatever an admin of its workspace may. Users, tokens and workspaces have no
 * scope of their own: whoever may make accounts may do everything.
 */
export const Scope = z.enum([
  'all',
  'trunks:read',
  'trunks:write',
  'trunks:control',
  'directory:read',
  'directory:write',
  'agents:read',
  'agents:write',
  'numbers:read',
  'numbers:write',
  'settings:read',
  'settings:write',
  'calls:read',
  'calls:control',
  'audit:read',
  'webhooks:read',
  'webhooks:write',
  'wallet:read',
  'wallet:write',
]);
export type Scope = z.infer<typeof Scope>;

const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}\uFFFD]*$/u, fieldFault.controls)
  .pipe(z.email(fieldFault.email));
/** Length is what counts (NIST SP 800-63B 5.1.1.2); no rules about signs. */
export const NewPassword = z
  .string()
  .min(10, fieldFault.password)
  .max(200)
  .refine((text) => new Set(text).size > 4, fieldFault.moreCharacters);
/** Any that may have been set: what is wrong with it is not said. */
const GivenPassword = z.string().min(1).max(1000);

export const SetupInput = z.strictObject({
  email: Email,
  name: plainText(80).min(1),
  password: NewPassword,
  /** the content of `api-token` in the data directory; needed from another machine */
  token: z.string().max(200).optional(),
});
export const SetupState = z.object({
  /** no administrator has been made yet */
  needed: z.boolean(),
  /** `POST /setup` wants the content of the file `api-token` too, because the request comes from another machine */
  tokenNeeded: z.boolean(),
});
export type SetupState = z.infer<typeof SetupState>;

export const SessionInput = z.strictObject({ email: Email, password: GivenPassword });
export const PasswordChange = z.strictObject({ currentPassword: GivenPassword, newPassword: NewPassword });

export const WorkspaceRole = z.object({ id: z.uuid(), name: z.string(), role: Role });
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** What the web UI has to know of who is signed in. */
export const SessionAnswer = z
  .object({
    user: z.object({
      id: z.uuid(),
      email: z.string(),
      name: z.string(),
      /** may make workspaces and change the secret key */
      installation: z.boolean(),
    }),
    workspaces: z.array(WorkspaceRole),
    /** the one that requests without the header `Offhook-Workspace` mean; null: no workspace yet */
    workspaceId: z.uuid().nullable(),
    role: Role.nullable(),
    /** to be sent in the header `Offhook-Proof` with every request that changes something */
    proof: z.string(),
    /** when the session ends, whatever happens; without requests it ends earlier */
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type SessionAnswer = z.infer<typeof SessionAnswer>;

export const UserInput = z.strictObject({
  email: Email,
  name: plainText(80).min(1).optional(),
  /** left out: an account that exists already joins the workspace */
  password: NewPassword.optional(),
  role: Role.default('viewer'),
});
export const UserPatch = z.strictObject({
  name: plainText(80).min(1).optional(),
  role: Role.optional(),
  /** a new one ends the user's sessions */
  password: NewPassword.optional(),
  /** false: can no longer sign in */
  active: z.boolean().optional(),
});
/** A user as a member of one workspace. */
export const UserAnswer = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: Role,
    active: z.boolean(),
    installation: z.boolean(),
    createdAt: z.iso.datetime(),
    /** last use of a session */
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'User' });
export type UserAnswer = z.infer<typeof UserAnswer>;

export const ApiTokenInput = z.strictObject({
  name: plainText(80).min(1),
  scopes: z
    .array(Scope)
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, fieldFault.scopesOnce),
  /** null = until it is revoked */
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export const ApiTokenAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scopes: z.array(Scope),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    /** to the minute */
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiToken' });
export type ApiTokenAnswer = z.infer<typeof ApiTokenAnswer>;
/** The only answer that ever has the token. */
export const NewApiToken = ApiTokenAnswer.extend({ token: z.string() }).meta({ id: 'NewApiToken' });

export const WorkspaceInput = z.strictObject({ name: plainText(80).min(1) });
export const WorkspaceAnswer = z
  .object({ id: z.uuid(), name: z.string(), createdAt: z.iso.datetime(), role: Role })
  .meta({ id: 'Workspace' });
export type WorkspaceAnswer = z.infer<typeof WorkspaceAnswer>;
