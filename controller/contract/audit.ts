/** The audit log: who changed what, from where. */
import { z } from 'zod';
import { PageQuery } from './page.ts';

/** installation token: the one in the file `api-token`. nobody: before anybody could sign in. */
export const ActorKind = z.enum(['user', 'token', 'installation token', 'nobody']);
export type ActorKind = z.infer<typeof ActorKind>;

export const AuditEntry = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    actor: z.object({ kind: ActorKind, id: z.string().nullable(), name: z.string() }),
    /** where the request came from */
    address: z.string(),
    /** the operation of this document, such as `createTrunk` */
    action: z.string(),
    resource: z.string(),
    resourceId: z.string().nullable(),
    /** what changed, as it was and as it became; secrets are `[hidden]` */
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditQuery = PageQuery.extend({
  actorId: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  resource: z.string().max(100).optional(),
  resourceId: z.string().max(100).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
