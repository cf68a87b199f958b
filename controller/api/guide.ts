/** /pbx-types: what choosing a PBX type fills in. /trunks/:trunkId/guide: how to connect it, as Markdown or JSON. */
import type { Configuration } from '../configuration.ts';
import { GuideAnswer, PbxTypesAnswer } from '../contract/answers.ts';
import type { CertificateDetails } from '../contract/certificate.ts';
import { type Guide, PbxTypesQuery } from '../contract/guide.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { describeCertificate } from '../tls/describe-certificate.ts';
import { type GuideSubject, Guides } from '../trunks/guide.ts';
import { listPbxTypes } from '../trunks/presets.ts';
import {
  type RegistrarAddress,
  type SipTrunkGuideSubject,
  SipTrunkGuides,
} from '../trunks/sip-trunk-guide.ts';
import type { WorkspaceView } from '../workspace-view.ts';
import { viewer } from './caller.ts';
import type { CertificateRoutes } from './certificate.ts';
import { findTrunk } from './input.ts';
import { type Route, route, sent } from './route.ts';

type Parts = {
  guides: Guides;
  sipTrunkGuides: SipTrunkGuides;
  /** where PBXes reach us to register and to call; null when nobody has said */
  registrar: RegistrarAddress | null;
  /** our own, which PBXes over TLS check; null when it cannot be used */
  certificate: CertificateDetails | null;
};

export type GuideRoutes = Pick<CertificateRoutes, 'certificate'> & {
  configuration: Configuration;
  registrar: Parts['registrar'];
};

export function guideRoutes({ configuration, registrar, certificate }: GuideRoutes): Route[] {
  const parts = { guides: new Guides(), sipTrunkGuides: new SipTrunkGuides(), registrar };
  const ownCertificate = async (): Promise<CertificateDetails | null> => {
    try {
      const { certificatePem } = await certificate();
      return describeCertificate(certificatePem, registrar?.host ?? null);
    } catch {
      // /readyz says what is wrong with it
      return null;
    }
  };
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
      handle: async ({ workspaceId, params, request, response }) => {
        const view = configuration.of(workspaceId);
        const trunk = findTrunk(view, params.trunkId);
        const rendered = guideOf(trunk, view, { ...parts, certificate: await ownCertificate() });
        response.vary('Accept');
        // whoever does not ask for JSON gets the text, also a browser that asks for HTML
        if (request.accepts(['text/markdown', 'application/json']) === 'application/json') {
          return { body: rendered.guide() };
        }
        response.type('text/markdown; charset=utf-8').send(rendered.markdown());
        return sent;
      },
    }),
  ];
}

type Rendered = { markdown: () => string; guide: () => Guide };

/** Field by field: the trunk that comes in has its password. */
const guideOf = (
  trunk: ConfiguredTrunk | UnreadableTrunk,
  { agents, numbers }: WorkspaceView,
  { guides, sipTrunkGuides, registrar, certificate }: Parts,
): Rendered => {
  const nameOf = (agentId: string | null): string | null =>
    (agentId === null ? undefined : agents.get(agentId))?.name ?? null;
  const own = [...numbers.values()]
    .filter(({ trunkId }) => trunkId === trunk.id)
    .sort((one, other) => one.number.localeCompare(other.number));
  const common = {
    name: trunk.name,
    pbxType: trunk.pbxType,
    domain: trunk.domain,
    port: trunk.port,
    transport: trunk.transport,
    username: trunk.username,
    codecs: trunk.codecs,
    concurrentCallLimit: trunk.concurrentCallLimit,
    active: trunk.active,
    agentName: nameOf(trunk.agentId),
  };
  if (trunk.connectionType === 'extension') {
    const { extension, authId, expirySeconds } = trunk;
    const { tlsVerify, tlsCaPem, mediaEncryption } = trunk;
    const encryption = { tlsVerify, tlsCaPem, mediaEncryption };
    const subject: GuideSubject = { ...common, extension, authId, expirySeconds, encryption, numbers: own };
    return { markdown: () => guides.markdown(subject), guide: () => guides.guide(subject) };
  }
  const { authentication, allowedAddresses, mediaEncryption } = trunk;
  const subject: SipTrunkGuideSubject = {
    ...common,
    authentication,
    allowedAddresses,
    mediaEncryption,
    registrar,
    certificate,
    numbers: own.map(({ number, label, agentId }) => ({ number, label, agentName: nameOf(agentId) })),
  };
  return { markdown: () => sipTrunkGuides.markdown(subject), guide: () => sipTrunkGuides.guide(subject) };
};
