/** What is wrong with a PBX's TLS, in the product's words, with what the PBX admin should look at. Pure. */
import { say } from '../contract/texts/sentence.ts';
import { day, failureAdvice, failureReason } from '../contract/texts/trunk-status.ts';
import type { TlsProblem } from '../switch/port.ts';

/** `3 May 2026`, in UTC: what a certificate's own dates are given in. */
export const dayOf = (iso: string): string => {
  const [year = '', month = '', date = ''] = new Date(iso).toISOString().slice(0, 10).split('-');
  return say(day[month as keyof typeof day], { day: Number(date), year });
};

/** A certificate's text is whatever its maker wrote. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e\u00a1-\u024f]/g, '?').slice(0, 80);

export const explainTls = (
  problem: TlsProblem,
  { domain, port }: { domain: string; port: number },
): { reason: string; check: string } => {
  switch (problem.problem) {
    case 'expired':
      return {
        reason: say(failureReason.tlsExpired, { domain, day: dayOf(problem.on) }),
        check: failureAdvice.tlsExpired,
      };
    case 'not-yet-valid':
      return {
        reason: say(failureReason.tlsNotYetValid, { domain, day: dayOf(problem.from) }),
        check: failureAdvice.tlsNotYetValid,
      };
    case 'wrong-name': {
      const names = problem.names.slice(0, 4).map(plain).join(', ');
      return {
        reason: names
          ? say(failureReason.tlsWrongName, { domain, names })
          : say(failureReason.tlsNoName, { domain }),
        check: say(failureAdvice.tlsWrongName, { domain }),
      };
    }
    case 'unknown-authority': {
      if (problem.selfSigned)
        return { reason: say(failureReason.tlsSelfSigned, { domain }), check: failureAdvice.tlsSelfSigned };
      const authority = plain(problem.issuer);
      return {
        reason: authority
          ? say(failureReason.tlsUnknownAuthority, { domain, authority })
          : say(failureReason.tlsNamelessAuthority, { domain }),
        check: failureAdvice.tlsUnknownAuthority,
      };
    }
    case 'no-tls':
      return {
        reason: say(failureReason.noTls, { place: `${domain}:${port}` }),
        check: failureAdvice.noTls,
      };
    case 'handshake':
      return {
        reason: say(failureReason.tlsHandshake, { domain }),
        check: say(failureAdvice.tlsHandshake, { said: plain(problem.detail) }),
      };
  }
};
