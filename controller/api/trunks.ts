/** /trunks: the trunks with their status. Passwords go in and never come out. */
import { type Response, Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { type Trunk, TrunkInput, TrunkPatch, type TrunkStatus } from '../contract/trunk.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import type { TrunkStore } from '../db/trunk-store.ts';
import { AppError } from '../errors.ts';
import { checkedCaPem } from '../tls/trusted-certificates.ts';
import { parseBody, pathPart } from './input.ts';

export type TrunkRoutes = {
  configuration: Configuration;
  trunks: TrunkStore;
  registrations: {
    status(trunkId: string): TrunkStatus;
    /** sends a REGISTER now */
    reRegister(trunkId: string): Promise<void>;
  };
};

export function trunksRouter({ configuration, trunks, registrations }: TrunkRoutes): Router {
  const find = (trunkId: string): Trunk => {
    const { trunks: readable, unreadableTrunks } = configuration.current;
    const trunk = readable.get(trunkId);
    if (trunk !== undefined) return shown(trunk, registrations.status(trunkId));
    const unreadable = unreadableTrunks.get(trunkId);
    if (unreadable !== undefined) return shown(unreadable, unreadableStatus(unreadable));
    throw new AppError('not-found', 'there is no such trunk');
  };
  const router = Router();
  router.get('/', (_request, response) => {
    const { trunks: readable, unreadableTrunks } = configuration.current;
    const items = [...readable.keys(), ...unreadableTrunks.keys()].map(find);
    response.json({ items: items.sort((one, other) => one.name.localeCompare(other.name)) });
  });
  router.post('/', async (request, response) => {
    const trunkId = await trunks.create(withCheckedCertificates(parseBody(TrunkInput, request)));
    await configuration.refreshTrunk(trunkId);
    response.status(201).location(`/api/v1/trunks/${trunkId}`).json(find(trunkId));
  });
  router.get('/:trunkId', (request, response) => {
    response.json(find(pathPart(request, 'trunkId')));
  });
  router.patch('/:trunkId', async (request, response) => {
    const { id: trunkId } = find(pathPart(request, 'trunkId'));
    await trunks.change(trunkId, withCheckedCertificates(parseBody(TrunkPatch, request)));
    await configuration.refreshTrunk(trunkId);
    response.json(find(trunkId));
  });
  router.delete('/:trunkId', async (request, response) => {
    const { id: trunkId } = find(pathPart(request, 'trunkId'));
    await trunks.remove(trunkId);
    await configuration.refreshTrunk(trunkId);
    response.status(204).end();
  });
  router.post('/:trunkId/re-register', async (request, response: Response) => {
    const { id: trunkId, active } = find(pathPart(request, 'trunkId'));
    if (!active) throw new AppError('conflict', 'this trunk is deactivated: activate it first');
    await registrations.reRegister(trunkId);
    response.json(find(trunkId));
  });
  return router;
}

const withCheckedCertificates = <T extends { tlsCaPem?: string | null | undefined }>(input: T): T =>
  typeof input.tlsCaPem === 'string'
    ? { ...input, tlsCaPem: checkedCaPem(input.tlsCaPem, new Date()) }
    : input;

/** Field by field, so that nothing that is added to the configuration comes out by itself. */
function shown(trunk: ConfiguredTrunk | UnreadableTrunk, status: TrunkStatus): Trunk {
  return {
    id: trunk.id,
    name: trunk.name,
    pbxType: trunk.pbxType,
    domain: trunk.domain,
    port: trunk.port,
    transport: trunk.transport,
    tlsVerify: trunk.tlsVerify,
    tlsCaPem: trunk.tlsCaPem,
    mediaEncryption: trunk.mediaEncryption,
    extension: trunk.extension,
    username: trunk.username,
    authId: trunk.authId,
    expirySeconds: trunk.expirySeconds,
    codecs: trunk.codecs,
    concurrentCallLimit: trunk.concurrentCallLimit,
    transferMode: trunk.transferMode,
    allowAnyExtension: trunk.allowAnyExtension,
    allowOutsideTransfers: trunk.allowOutsideTransfers,
    transferSupport: trunk.transferSupport,
    agentId: trunk.agentId,
    active: trunk.active,
    status,
    createdAt: trunk.createdAt,
  };
}

const processStart = new Date().toISOString();
const unreadableStatus = (trunk: UnreadableTrunk): TrunkStatus =>
  trunk.active
    ? {
        state: 'failed',
        text: 'Failed — the stored password cannot be read',
        check: `Enter the password again, or give Offhook the key it was stored with: ${trunk.problem}`,
        since: processStart,
        nextAttemptAt: null,
      }
    : { state: 'inactive', text: 'Inactive', check: '', since: processStart, nextAttemptAt: null };
