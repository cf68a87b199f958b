/** Our own certificate, as far as somebody has to know of it whose PBX checks it. */
import { z } from 'zod';

export const CertificateDetails = z
  .object({
    /** host names and addresses that it is made out to */
    names: z.array(z.string()),
    /** null when nobody has said under which name PBXes reach us */
    fitsRegistrar: z.boolean().nullable(),
    isSelfSigned: z.boolean(),
    /** who signed it, by its common name */
    issuer: z.string(),
    validUntil: z.iso.datetime(),
    /** SHA-256 of it, in pairs of hexadecimal digits with colons, as PBXes show it */
    fingerprint: z.string(),
  })
  .meta({ id: 'Certificate' });
export type CertificateDetails = z.infer<typeof CertificateDetails>;
