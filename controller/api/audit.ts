/** /audit: who changed what. */
import { AuditEntry, AuditQuery } from '../contract/audit.ts';
import { pageOf } from '../contract/page.ts';
import type { AuditLog } from '../db/audit-log.ts';
import { admin } from './caller.ts';
import { type Route, route } from './route.ts';

export const auditRoutes = ({ audit }: { audit: Pick<AuditLog, 'list'> }): Route[] => [
  route({
    method: 'get',
    path: '/audit',
    id: 'listAuditEntries',
    tag: 'Audit',
    summary: 'The audit log of the workspace, latest first',
    access: admin('audit:read'),
    query: AuditQuery,
    answer: pageOf(AuditEntry),
    handle: async ({ workspaceId, query }) => ({ body: await audit.list(workspaceId, query) }),
  }),
];
