/** /certificate: our own, for PBXes that connect to us over TLS and check it. Its key is never here. */
import { CertificateDetails } from '../contract/certificate.ts';
import { AppError, messageOf } from '../errors.ts';
import type { CertificateText } from '../switch/port.ts';
import { describeCertificate } from '../tls/describe-certificate.ts';
import type { RegistrarAddress } from '../trunks/sip-trunk-guide.ts';
import { viewer } from './caller.ts';
import { type Route, route, sent } from './route.ts';

export type CertificateRoutes = {
  /** rejects with words for the operator */
  certificate: () => Promise<Pick<CertificateText, 'certificatePem'>>;
  registrar: RegistrarAddress | null;
};

export const certificateType = 'application/pem-certificate-chain';

export function certificateRoutes({ certificate, registrar }: CertificateRoutes): Route[] {
  return [
    route({
      method: 'get',
      path: '/certificate',
      id: 'getCertificate',
      tag: 'Trunks',
      summary:
        'Offhook’s own certificate, for PBXes that connect over TLS: the file, or as JSON what it says',
      access: viewer('trunks:read'),
      answer: CertificateDetails,
      sends: [certificateType],
      problems: ['conflict'],
      handle: async ({ request, response }) => {
        const { certificatePem } = await certificate().catch((cause: unknown) => {
          throw new AppError('conflict', `there is no usable certificate: ${messageOf(cause)}`, { cause });
        });
        response.vary('Accept');
        if (request.accepts([certificateType, 'application/json']) === 'application/json')
          return { body: describeCertificate(certificatePem, registrar?.host ?? null) };
        response.attachment('offhook.crt').type(certificateType).send(certificatePem);
        return sent;
      },
    }),
  ];
}
