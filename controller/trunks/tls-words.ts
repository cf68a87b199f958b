/** What is wrong with a PBX's TLS, in the product's words, with what the PBX admin should look at. Pure. */
import type { TlsProblem } from '../switch/port.ts';

/** `3 May 2026`, in UTC: what a certificate's own dates are given in. */
export const dayOf = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(iso));

/** A certificate's text is whatever its maker wrote. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e\u00a1-\u024f]/g, '?').slice(0, 80);

export const explainTls = (
  problem: TlsProblem,
  { domain, port }: { domain: string; port: number },
): { reason: string; check: string } => {
  const certificate = `the certificate of ${domain}`;
  switch (problem.problem) {
    case 'expired':
      return {
        reason: `TLS: ${certificate} expired on ${dayOf(problem.on)}`,
        check: `Renew the PBX's certificate, or have it renewed by itself, then press Re-register.`,
      };
    case 'not-yet-valid':
      return {
        reason: `TLS: ${certificate} is valid only from ${dayOf(problem.from)}`,
        check: `Check the clock of the PBX and of this machine, and the certificate's dates.`,
      };
    case 'wrong-name': {
      const names = problem.names.slice(0, 4).map(plain).join(', ');
      return {
        reason: names
          ? `TLS: ${certificate} is made out to ${names}`
          : `TLS: ${certificate} is made out to no name`,
        check: `Enter the name of the certificate as the PBX SIP Domain, or give the PBX a certificate for ${domain}.`,
      };
    }
    case 'unknown-authority':
      return problem.selfSigned
        ? {
            reason: `TLS: ${certificate} is self-signed`,
            check: `Paste the PBX's certificate (PEM) into this trunk as trusted certificate, or give the PBX one of a public authority.`,
          }
        : {
            reason: `TLS: ${certificate} comes from an authority that is not trusted (${plain(problem.issuer) || 'no name'})`,
            check: `Paste that authority's certificate (PEM) into this trunk as trusted certificate. Where it is there already, the PBX may be sending no intermediate certificate: let it send the whole chain.`,
          };
    case 'no-tls':
      return {
        reason: `TLS: ${domain}:${port} does not speak TLS`,
        check: `Something answers there, but not with TLS. Check the port (5061 is usual for TLS), that TLS is turned on at the PBX, or choose UDP or TCP.`,
      };
    case 'handshake':
      return {
        reason: `TLS: no secure connection to ${domain}`,
        check: `The TLS handshake failed: ${plain(problem.detail)}. Offhook speaks TLS 1.2 and 1.3: check that the PBX allows one of them and asks for no client certificate.`,
      };
  }
};
