/** Why a registration failed, from the PBX's answer or from what the network said. Pure. */

import type { RegistrationFailure, RegistrationFailureKind } from '../switch/port.ts';
import type { ProbeResult } from '../switch/probe.ts';

const kinds = new Map<number, RegistrationFailureKind>([
  [401, 'authentication'],
  [403, 'forbidden'],
  [404, 'unknown-extension'],
  [407, 'authentication'],
]);

/** The PBX's final answer to REGISTER. A 401 or 407 is one only when the request had credentials (RFC 3261 §22.2). */
export const failureOfStatus = (status: number, reason: string): RegistrationFailure => ({
  kind: kinds.get(status) ?? 'other',
  sipStatus: status,
  detail: `${status} ${reason.slice(0, 200)}`.trim(),
});

/** Nothing was answered; what a look at the network said. */
export const failureOfProbe = (result: ProbeResult): RegistrationFailure => {
  if (typeof result === 'object')
    return {
      kind: 'tls',
      sipStatus: null,
      detail: `no TLS connection to the PBX: ${result.problem}`,
      tls: result,
    };
  switch (result) {
    case 'refused':
      return { kind: 'refused', sipStatus: null, detail: 'nothing listens at that address and port' };
    case 'name-not-found':
      return { kind: 'name-not-found', sipStatus: null, detail: 'the domain has no address in DNS' };
    case 'reachable':
      return {
        kind: 'no-answer',
        sipStatus: null,
        detail: 'something listens there, but REGISTER got no answer',
      };
    case 'no-answer':
      return { kind: 'no-answer', sipStatus: null, detail: 'no answer to REGISTER' };
  }
};
