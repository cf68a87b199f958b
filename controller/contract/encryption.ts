/**
 * How a trunk's signalling and audio are carried and protected, as the API, the UI and the controller see it. What a
 * certificate says is not read here: controller/tls/trusted-certificates.ts does, where there is Node's crypto.
 */
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';

export const Transport = z.enum(['udp', 'tcp', 'tls']);
export type Transport = z.infer<typeof Transport>;

/** RFC 3261 §19.1.2: 5061 for TLS, 5060 for everything else. */
export const defaultPort = (transport: Transport): number => (transport === 'tls' ? 5061 : 5060);

/**
 * SRTP with keys in the SDP (RFC 4568). `offered`: encrypted when the PBX offers or takes it, else plain; `required`:
 * a call without it is refused.
 */
export const MediaEncryption = z.enum(['off', 'offered', 'required']);
export type MediaEncryption = z.infer<typeof MediaEncryption>;

/** How many certificates one trunk may trust, and how much text they may be. */
export const caPemLimits = { certificates: 8, characters: 32_768 } as const;

/**
 * The certificates that the PBX's own is checked against instead of the public authorities: a private authority's, or
 * the PBX's own when it is self-signed. PEM; null = the public authorities.
 */
export const CaPem = z
  .string()
  .trim()
  .min(1)
  .max(caPemLimits.characters)
  .regex(/^[\x20-\x7e\t\r\n]*$/, fieldFault.pem);
