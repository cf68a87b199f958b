/**
 * /trunks: the trunks with their status. Passwords go in and never come out, but for one that was generated: the answer
 * of making a SIP trunk and of rotating its password has it, once.
 */
import { type Response, Router } from 'express';
import type { Configuration } from '../configuration.ts';
import {
  ExtensionTrunkPatch,
  PasswordRotation,
  type PbxRegistration,
  type SipTrunk,
  SipTrunkPatch,
  type SipTrunkWithPassword,
  type Trunk,
  type TrunkCredentials,
  TrunkInput,
  type TrunkStatus,
} from '../contract/trunk.ts';
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
    /** how the PBX of a SIP trunk is registered on us */
    registration(trunkId: string): PbxRegistration | null;
    /** whether this switch takes the old password beside the new one; in words when it does not */
    overlapFault(): Promise<string | null>;
    /** sends a REGISTER now */
    reRegister(trunkId: string): Promise<void>;
  };
};

export function trunksRouter({ configuration, trunks, registrations }: TrunkRoutes): Router {
  const find = (trunkId: string): Trunk => {
    const { trunks: readable, unreadableTrunks } = configuration.current;
    const trunk = readable.get(trunkId);
    if (trunk !== undefined)
      return shown(trunk, registrations.status(trunkId), registrations.registration(trunkId));
    const unreadable = unreadableTrunks.get(trunkId);
    if (unreadable !== undefined) return shown(unreadable, unreadableStatus(unreadable), null);
    throw new AppError('not-found', 'there is no such trunk');
  };
  const findSipTrunk = (trunkId: string): SipTrunk => {
    const trunk = find(trunkId);
    if (trunk.connectionType === 'sip-trunk') return trunk;
    throw new AppError(
      'conflict',
      'this trunk is an extension of the PBX: its password is changed there, and entered here',
    );
  };
  const router = Router();
  router.get('/', (_request, response) => {
    const { trunks: readable, unreadableTrunks } = configuration.current;
    const items = [...readable.keys(), ...unreadableTrunks.keys()].map(find);
    response.json({ items: items.sort((one, other) => one.name.localeCompare(other.name)) });
  });
  router.post('/', async (request, response) => {
    const input = withCheckedCertificates(parseBody(TrunkInput, request));
    const { trunkId, password } =
      input.connectionType === 'extension'
        ? { trunkId: await trunks.create(input), password: null }
        : await trunks.createSipTrunk(input);
    await configuration.refreshTrunk(trunkId);
    const shownOnce: TrunkCredentials | null =
      input.connectionType === 'extension' ? null : { password, notice: '' };
    response
      .status(201)
      .location(`/api/v1/trunks/${trunkId}`)
      .json({ ...find(trunkId), ...shownOnce });
  });
  router.get('/:trunkId', (request, response) => {
    response.json(find(pathPart(request, 'trunkId')));
  });
  router.patch('/:trunkId', async (request, response) => {
    const { id: trunkId, connectionType } = find(pathPart(request, 'trunkId'));
    if (connectionType === 'extension')
      await trunks.change(trunkId, withCheckedCertificates(parseBody(ExtensionTrunkPatch, request)));
    else await trunks.changeSipTrunk(trunkId, withCheckedCertificates(parseBody(SipTrunkPatch, request)));
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
    const { id: trunkId, active, connectionType } = find(pathPart(request, 'trunkId'));
    if (connectionType === 'sip-trunk')
      throw new AppError('conflict', 'on a SIP trunk the PBX registers: let it register again there');
    if (!active) throw new AppError('conflict', 'this trunk is deactivated: activate it first');
    await registrations.reRegister(trunkId);
    response.json(find(trunkId));
  });
  router.post('/:trunkId/rotate-password', async (request, response) => {
    const before = findSipTrunk(pathPart(request, 'trunkId'));
    // a body is not needed: everything has its default
    const rotation =
      request.body === undefined ? PasswordRotation.parse({}) : parseBody(PasswordRotation, request);
    const password = await trunks.rotatePassword(before.id, rotation);
    await configuration.refreshTrunk(before.id);
    const trunk = findSipTrunk(before.id);
    const notice = trunk.oldPasswordUntil === null ? '' : ((await registrations.overlapFault()) ?? '');
    response.json({ ...trunk, password, notice } satisfies SipTrunkWithPassword);
  });
  return router;
}

const withCheckedCertificates = <T extends { tlsCaPem?: string | null | undefined }>(input: T): T =>
  typeof input.tlsCaPem === 'string'
    ? { ...input, tlsCaPem: checkedCaPem(input.tlsCaPem, new Date()) }
    : input;

/** Field by field, so that nothing that is added to the configuration comes out by itself. */
function shown(
  trunk: ConfiguredTrunk | UnreadableTrunk,
  status: TrunkStatus,
  registration: PbxRegistration | null,
): Trunk {
  const common = {
    id: trunk.id,
    name: trunk.name,
    pbxType: trunk.pbxType,
    domain: trunk.domain,
    port: trunk.port,
    transport: trunk.transport,
    tlsVerify: trunk.tlsVerify,
    tlsCaPem: trunk.tlsCaPem,
    mediaEncryption: trunk.mediaEncryption,
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
  if (trunk.connectionType === 'extension')
    return {
      ...common,
      connectionType: trunk.connectionType,
      extension: trunk.extension,
      username: trunk.username,
      authId: trunk.authId,
      expirySeconds: trunk.expirySeconds,
    };
  const oldPassword = 'oldPassword' in trunk ? trunk.oldPassword : null;
  const isOldRight = oldPassword !== null && Date.parse(oldPassword.until) > Date.now();
  return {
    ...common,
    connectionType: trunk.connectionType,
    authentication: trunk.authentication,
    allowedAddresses: trunk.allowedAddresses,
    username: trunk.username,
    registration,
    passwordChangedAt: trunk.passwordChangedAt,
    oldPasswordUntil: isOldRight ? oldPassword.until : null,
  };
}

const processStart = new Date().toISOString();
const unreadableStatus = (trunk: UnreadableTrunk): TrunkStatus =>
  trunk.active
    ? {
        state: 'failed',
        text: 'Failed — the stored password cannot be read',
        check: `${trunk.connectionType === 'extension' ? 'Enter the password again' : 'Rotate the password'}, or give Offhook the key it was stored with: ${trunk.problem}`,
        since: processStart,
        nextAttemptAt: null,
      }
    : { state: 'inactive', text: 'Inactive', check: '', since: processStart, nextAttemptAt: null };
