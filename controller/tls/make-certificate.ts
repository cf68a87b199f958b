/**
 * Makes X.509 certificates (RFC 5280): Offhook's own for PBXes that connect to us, and in tests those of authorities
 * and PBXes. It writes no file.
 */
// @peculiar/x509 finds its parts by metadata that this adds to Reflect
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export type MadeCertificate = { certificatePem: string; keyPem: string };

export type CertificateRequest = {
  commonName: string;
  /** DNS names and IP addresses (subjectAltName) */
  names: readonly string[];
  notBefore: Date;
  notAfter: Date;
  /** may issue others */
  isAuthority?: boolean;
  /** who signs it; left out = itself */
  issuer?: MadeCertificate;
};

/** What every PBX of the last ten years can read. */
const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

export const makeCertificate = async (request: CertificateRequest): Promise<MadeCertificate> => {
  const { commonName, names, notBefore, notAfter, issuer } = request;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { keyCertSign, digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const keyUsages = request.isAuthority
    ? new x509.KeyUsagesExtension(keyCertSign, true)
    : // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are made to be or-ed
      new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true);
  const shared = {
    // RFC 5280 §4.1.2.2: positive, so the highest bit is clear
    serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(request.isAuthority === true, undefined, true),
      keyUsages,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(request.isAuthority
        ? []
        : [
            new x509.ExtendedKeyUsageExtension([
              x509.ExtendedKeyUsage.serverAuth,
              x509.ExtendedKeyUsage.clientAuth,
            ]),
          ]),
      ...(names.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
            ),
          ]),
    ],
  };
  const subject = [{ CN: [commonName] }];
  const certificate = issuer
    ? await x509.X509CertificateGenerator.create({
        ...shared,
        subject,
        issuer: new x509.X509Certificate(issuer.certificatePem).subject,
        publicKey: keys.publicKey,
        signingKey: await privateKeyOf(issuer.keyPem),
      })
    : await x509.X509CertificateGenerator.createSelfSigned({ ...shared, name: subject, keys });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificatePem: `${certificate.toString('pem').trim()}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${key.replace(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`,
  };
};

const privateKeyOf = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'pkcs8',
    Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'),
    algorithm,
    false,
    ['sign'],
  );
