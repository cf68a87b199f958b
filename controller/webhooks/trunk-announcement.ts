/** What webhooks are told of a trunk's status: that it registered, and that it failed. Pure. */
import type { TrunkStatus } from '../contract/trunk.ts';
import type { Announcement } from '../db/webhook-outbox.ts';

/** Null for a status that nobody is told of. The id is the same as long as the status lasts. */
export const trunkAnnouncement = (
  trunk: { id: string; workspaceId: string; name: string; domain: string } | undefined,
  status: TrunkStatus,
): Announcement | null => {
  const type =
    status.state === 'registered' || status.state === 'active'
      ? 'trunk.registered'
      : status.state === 'failed'
        ? 'trunk.failed'
        : null;
  if (trunk === undefined || type === null) return null;
  const { id, name, domain } = trunk;
  const { text, check, since } = status;
  return {
    id: `${type}:${id}:${since}`,
    workspaceId: trunk.workspaceId,
    type,
    at: new Date().toISOString(),
    data: { trunk: { id, name, domain, status: text, check, since } },
  };
};
