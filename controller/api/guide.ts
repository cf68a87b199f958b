/** /pbx-types: what choosing a PBX type fills in. /trunks/:trunkId/guide: how to connect it, as Markdown or JSON. */
import type { Configuration } from '../configuration.ts';
import { GuideAnswer, PbxTypesAnswer } from '../contract/answers.ts';
import { PbxTypesQuery } from '../contract/guide.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { AppError } from '../errors.ts';
import { type GuideSubject, Guides } from '../trunks/guide.ts';
import { listPbxTypes } from '../trunks/presets.ts';
import type { WorkspaceView } from '../workspace-view.ts';
import { viewer } from './caller.ts';
import { findTrunk } from './input.ts';
import { type Route, route, sent } from './route.ts';

export function guideRoutes(configuration: Configuration): Route[] {
  const guides = new Guides();
  return [
    route({
      method: 'get',
      path: '/pbx-types',
      id: 'listPbxTypes',
      tag: 'Trunks',
      summary: 'The PBX types with what choosing one fills in',
      access: viewer('trunks:read'),
      query: PbxTypesQuery,
      answer: PbxTypesAnswer,
      handle: ({ query }) => ({ body: { items: listPbxTypes(query.connectionType) } }),
    }),
    route({
      method: 'get',
      path: '/trunks/:trunkId/guide',
      id: 'getTrunkGuide',
      tag: 'Trunks',
      summary: 'How to connect the PBX of a trunk, step by step',
      access: viewer('trunks:read'),
      answer: GuideAnswer,
      sends: ['text/markdown'],
      problems: ['conflict'],
      handle: ({ workspaceId, params, request, response }) => {
        const view = configuration.of(workspaceId);
        const subject = subjectOf(findTrunk(view, params.trunkId), view);
        response.vary('Accept');
        // whoever does not ask for JSON gets the text, also a browser that asks for HTML
        if (request.accepts(['text/markdown', 'application/json']) === 'application/json') {
          return { body: guides.guide(subject) };
        }
        response.type('text/markdown; charset=utf-8').send(guides.markdown(subject));
        return sent;
      },
    }),
  ];
}

/** Field by field: the trunk that comes in has its password. */
function subjectOf(
  trunk: ConfiguredTrunk | UnreadableTrunk,
  { agents, numbers }: WorkspaceView,
): GuideSubject {
  if (trunk.connectionType !== 'extension')
    throw new AppError('conflict', 'there is no guide for SIP trunks yet');
  return {
    name: trunk.name,
    pbxType: trunk.pbxType,
    domain: trunk.domain,
    port: trunk.port,
    transport: trunk.transport,
    extension: trunk.extension,
    username: trunk.username,
    authId: trunk.authId,
    codecs: trunk.codecs,
    expirySeconds: trunk.expirySeconds,
    concurrentCallLimit: trunk.concurrentCallLimit,
    active: trunk.active,
    numbers: [...numbers.values()]
      .filter(({ trunkId }) => trunkId === trunk.id)
      .sort((one, other) => one.number.localeCompare(other.number)),
    agentName: (trunk.agentId === null ? undefined : agents.get(trunk.agentId))?.name ?? null,
  };
}
