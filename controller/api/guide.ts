/** /pbx-types: what choosing a PBX type fills in. /trunks/:trunkId/guide: how to connect it, as Markdown or JSON. */
import { Router } from 'express';
import type { Configuration } from '../configuration.ts';
import { PbxTypesQuery } from '../contract/guide.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { AppError } from '../errors.ts';
import { type GuideSubject, Guides } from '../trunks/guide.ts';
import { listPbxTypes } from '../trunks/presets.ts';
import { findTrunk, parseQuery } from './input.ts';

export function guideRouter(configuration: Configuration): Router {
  const guides = new Guides();
  const router = Router();
  router.get('/pbx-types', (request, response) => {
    const { connectionType } = parseQuery(PbxTypesQuery, request);
    response.json({ items: listPbxTypes(connectionType) });
  });
  router.get('/trunks/:trunkId/guide', (request, response) => {
    const subject = subjectOf(findTrunk(configuration, request), configuration);
    response.vary('Accept');
    // whoever does not ask for JSON gets the text, also a browser that asks for HTML
    if (request.accepts(['text/markdown', 'application/json']) === 'application/json') {
      response.json(guides.guide(subject));
      return;
    }
    response.type('text/markdown; charset=utf-8').send(guides.markdown(subject));
  });
  return router;
}

/** Field by field: the trunk that comes in has its password. */
function subjectOf(trunk: ConfiguredTrunk | UnreadableTrunk, configuration: Configuration): GuideSubject {
  if (trunk.connectionType !== 'extension')
    throw new AppError('conflict', 'there is no guide for SIP trunks yet');
  const { agents, numbers } = configuration.current;
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
