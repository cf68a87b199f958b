/** How a call is written: its state's tone, its caller. Pure. */
import type { CallState, Fault, PastCall } from '../../../controller/contract/call.ts';
import type { Tone } from '../components/status-dot.tsx';
import { t } from '../texts/texts.ts';

export const toneOfState: Record<CallState, Tone> = {
  ringing: 'wait',
  talking: 'good',
  transferring: 'wait',
  bridged: 'good',
  ended: 'idle',
};

export const toneOfFault = (fault: Fault | null): Tone =>
  fault === null ? 'wait' : fault === 'none' ? 'good' : fault === 'caller' ? 'idle' : 'bad';

export const callerOf = ({
  callerName,
  callerNumber,
}: Pick<PastCall, 'callerName' | 'callerNumber'>): string =>
  callerName === '' || callerName === callerNumber
    ? callerNumber || t.calls.unknownCaller
    : `${callerName} ${callerNumber === '' ? '' : `(${callerNumber})`}`.trim();
