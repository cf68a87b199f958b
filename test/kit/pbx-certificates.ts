/** The certificates that a test PBX shows, good and bad, from authorities of the test's own. Opens no socket. */
import { type MadeCertificate, makeCertificate } from '../../controller/tls/make-certificate.ts';

const dayMs = 86_400_000;

export type PbxCertificates = {
  /** the private authority that a trunk may trust */
  authorityPem: string;
  expiredOn: Date;
  shown: Record<PbxCertificateName, MadeCertificate>;
};
export type PbxCertificateName = 'good' | 'selfSigned' | 'expired' | 'wrongName' | 'strange' | 'notYet';

/** `host` is what the trunks call the PBX: FreeSWITCH reads an address only as a common name. */
export const makePbxCertificates = async (host: string): Promise<PbxCertificates> => {
  const now = Date.now();
  const valid = { notBefore: new Date(now - 10 * dayMs), notAfter: new Date(now + 300 * dayMs) };
  const made = { commonName: host, names: [host], ...valid };
  const [issuer, stranger] = await Promise.all([
    makeCertificate({ ...valid, commonName: 'Office Authority', names: [], isAuthority: true }),
    makeCertificate({ ...valid, commonName: 'Strange Authority', names: [], isAuthority: true }),
  ]);
  const expiredOn = new Date(now - 3 * dayMs);
  const [good, selfSigned, expired, wrongName, strange, notYet] = await Promise.all([
    makeCertificate({ ...made, issuer }),
    makeCertificate(made),
    makeCertificate({ ...made, issuer, notBefore: new Date(now - 30 * dayMs), notAfter: expiredOn }),
    makeCertificate({ ...made, issuer, commonName: 'pbx.example.com', names: ['pbx.example.com'] }),
    makeCertificate({ ...made, issuer: stranger }),
    makeCertificate({ ...made, issuer, notBefore: new Date(now + 5 * dayMs) }),
  ]);
  return {
    authorityPem: issuer.certificatePem,
    expiredOn,
    shown: { good, selfSigned, expired, wrongName, strange, notYet },
  };
};
