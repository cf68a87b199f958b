/** A certificate for a controller of a test. It writes no file. */
import { type MadeCertificate, makeCertificate } from '../../controller/tls/make-certificate.ts';

/** Made when it is first needed, the same for as long as this process lives. */
export const temporaryCertificate = (): (() => Promise<MadeCertificate>) => {
  let made: Promise<MadeCertificate> | null = null;
  return () => {
    const now = Date.now();
    made ??= makeCertificate({
      commonName: 'Offhook',
      // where tests reach a switch
      names: ['127.0.0.1'],
      notBefore: new Date(now - 86_400_000),
      notAfter: new Date(now + 365 * 86_400_000),
    });
    return made;
  };
};
