/**
 * /trunks: the trunks with their status. Passwords go in and never come out, but for one that was generated: the answer
 * of making a SIP trunk and of rotating its password has it, once.
 */
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { NewTrunkAnswer, SipTrunkWithPasswordAnswer, TrunkAnswer } from '../contract/answers.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import {
  ConnectionType,
  ExtensionTrunkPatch,
  PasswordRotation,
  type PbxRegistration,
  PbxType,
  type SipTrunk,
  SipTrunkPatch,
  type Trunk,
  type TrunkCredentials,
  TrunkInput,
  TrunkPatch,
  type TrunkStatus,
} from '../contract/trunk.ts';
import { settingsOf } from '../contract/trunk-settings.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { checkedCaPem } from '../tls/trusted-certificates.ts';
import { type RegistrarAddress, registrarFor } from '../trunks/sip-trunk-guide.ts';
import { admin, operator, viewer } from './caller.ts';
import { findTrunk, parse } from './input.ts';
import { is, matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type TrunkRoutes = {
  configuration: Configuration;
  stores: StoresOf;
  /** where PBXes reach us; null when nobody has said */
  registrar: RegistrarAddress | null;
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

export function trunkRoutes({ configuration, stores, registrar, registrations }: TrunkRoutes): Route[] {
  const tag = 'Trunks';
  const view = (trunk: ConfiguredTrunk | UnreadableTrunk): Trunk =>
    'problem' in trunk
      ? shown(trunk, registrar, unreadableStatus(trunk), null)
      : shown(trunk, registrar, registrations.status(trunk.id), registrations.registration(trunk.id));
  const find = (workspaceId: string, trunkId: string) => {
    const trunk = findTrunk(configuration.of(workspaceId), trunkId);
    return { body: view(trunk), version: trunk.version };
  };
  const findSipTrunk = (workspaceId: string, trunkId: string): SipTrunk => {
    const { body } = find(workspaceId, trunkId);
    if (body.connectionType === 'sip-trunk') return body;
    throw new AppError(
      'conflict',
      'this trunk is an extension of the PBX: its password is changed there, and entered here',
    );
  };
  return [
    route({
      method: 'get',
      path: '/trunks',
      id: 'listTrunks',
      tag,
      summary: 'The trunks with their status, by name',
      access: viewer('trunks:read'),
      query: PageQuery.extend({
        /** in the name and the PBX SIP Domain */
        search: SearchText.optional(),
        connectionType: ConnectionType.optional(),
        pbxType: PbxType.optional(),
        agentId: z.uuid().optional(),
        state: TrunkAnswer.options[0].shape.status.shape.state.optional(),
      }),
      answer: pageOf(TrunkAnswer),
      handle: ({ workspaceId, query }) => {
        const { trunks, unreadableTrunks } = configuration.of(workspaceId);
        const found = [...trunks.values(), ...unreadableTrunks.values()]
          .map(view)
          .filter(({ name, domain }) => matches(query.search, name, domain))
          .filter(
            (trunk) =>
              is(query.connectionType, trunk.connectionType) &&
              is(query.pbxType, trunk.pbxType) &&
              is(query.agentId, trunk.agentId) &&
              is(query.state, trunk.status.state),
          );
        return { body: paginate(found, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/trunks',
      id: 'createTrunk',
      tag,
      summary: 'Make a trunk',
      description: 'For a SIP trunk the answer has the generated password, once.',
      access: admin('trunks:write'),
      body: TrunkInput,
      status: 201,
      answer: NewTrunkAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, body, commit }) => {
        const { trunks } = stores(workspaceId);
        const input = withCheckedCertificates(body);
        let credentials: TrunkCredentials | null = null;
        const trunkId = await commit('trunk', null, async () => {
          if (input.connectionType === 'extension') return await trunks.create(input);
          const made = await trunks.createSipTrunk(input);
          credentials = { password: made.password, notice: '' };
          return made.trunkId;
        });
        await configuration.refreshTrunk(trunkId);
        const { body: trunk, version } = find(workspaceId, trunkId);
        const withPassword = { ...trunk, ...(credentials as TrunkCredentials | null) } as z.input<
          typeof NewTrunkAnswer
        >;
        return { body: withPassword, version, location: `/api/v1/trunks/${trunkId}` };
      },
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId',
      id: 'getTrunk',
      tag,
      summary: 'One trunk with its status',
      access: viewer('trunks:read'),
      answer: TrunkAnswer,
      handle: ({ workspaceId, params }) => find(workspaceId, params.trunkId),
    }),
    route({
      method: 'patch',
      path: '/trunks/:trunkId',
      id: 'changeTrunk',
      tag,
      summary: 'Change a trunk; what is left out stays',
      access: admin('trunks:write'),
      body: z.record(z.string(), z.unknown()),
      documentedBody: TrunkPatch,
      answer: TrunkAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id, connectionType } = find(workspaceId, params.trunkId).body;
        const { trunks } = stores(workspaceId);
        if (connectionType === 'extension') {
          const patch = withCheckedCertificates(parse(ExtensionTrunkPatch, body));
          await commit('trunk', id, () => trunks.change(id, patch));
        } else {
          const patch = withCheckedCertificates(parse(SipTrunkPatch, body));
          await commit('trunk', id, () => trunks.changeSipTrunk(id, patch));
        }
        await configuration.refreshTrunk(id);
        return find(workspaceId, id);
      },
    }),
    route({
      method: 'delete',
      path: '/trunks/:trunkId',
      id: 'removeTrunk',
      tag,
      summary: 'Delete a trunk with its directory and numbers; its calls stay',
      access: admin('trunks:write'),
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = find(workspaceId, params.trunkId).body;
        await commit('trunk', id, () => stores(workspaceId).trunks.remove(id));
        await configuration.refreshTrunk(id);
        return { body: undefined };
      },
    }),
    route({
      method: 'post',
      path: '/trunks/:trunkId/re-register',
      id: 'reRegisterTrunk',
      tag,
      summary: 'Register on the PBX now',
      access: operator('trunks:control'),
      answer: TrunkAnswer,
      problems: ['conflict', 'switch-down'],
      handle: async ({ workspaceId, params }) => {
        const { id, active, connectionType } = find(workspaceId, params.trunkId).body;
        if (connectionType === 'sip-trunk')
          throw new AppError('conflict', 'on a SIP trunk the PBX registers: let it register again there');
        if (!active) throw new AppError('conflict', 'this trunk is deactivated: activate it first');
        await registrations.reRegister(id);
        return find(workspaceId, id);
      },
    }),
    route({
      method: 'post',
      path: '/trunks/:trunkId/rotate-password',
      id: 'rotateTrunkPassword',
      tag,
      summary: 'Give a SIP trunk a new password; the old one stays right for a while',
      description: 'The answer has the new password, once.',
      access: admin('trunks:write'),
      body: PasswordRotation,
      bodyOptional: true,
      answer: SipTrunkWithPasswordAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id } = findSipTrunk(workspaceId, params.trunkId);
        const password = await commit('trunk', id, () => stores(workspaceId).trunks.rotatePassword(id, body));
        await configuration.refreshTrunk(id);
        const trunk = findSipTrunk(workspaceId, id);
        const notice = trunk.oldPasswordUntil === null ? '' : ((await registrations.overlapFault()) ?? '');
        return { body: { ...trunk, password, notice }, version: find(workspaceId, id).version };
      },
    }),
  ];
}

const withCheckedCertificates = <T extends { tlsCaPem?: string | null | undefined }>(input: T): T =>
  typeof input.tlsCaPem === 'string'
    ? { ...input, tlsCaPem: checkedCaPem(input.tlsCaPem, new Date()) }
    : input;

/** Field by field, so that nothing that is added to the configuration comes out by itself. */
function shown(
  trunk: ConfiguredTrunk | UnreadableTrunk,
  registrar: RegistrarAddress | null,
  status: TrunkStatus,
  registration: PbxRegistration | null,
): Trunk {
  const common = {
    id: trunk.id,
    ...settingsOf(trunk),
    transferSupport: trunk.transferSupport,
    active: trunk.active,
    status,
    createdAt: trunk.createdAt,
  };
  if (trunk.connectionType === 'extension')
    return {
      ...common,
      connectionType: trunk.connectionType,
      extension: trunk.extension,
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
    registrar: registrarFor(trunk, registrar),
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
