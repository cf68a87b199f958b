/** How long a call has lasted, counting while it stands. Drawn apart, so that only this text changes each second. */
import type { PastCall } from '../../../controller/contract/call.ts';
import { durationOf } from '../components/time.ts';
import { useNow } from '../components/use-now.ts';

type Times = Pick<PastCall, 'offeredAt' | 'answeredAt' | 'endedAt'>;

export const CallLength = ({ call }: { call: Times }) =>
  call.endedAt === null ? <Counting call={call} /> : <>{lengthBetween(call, Date.parse(call.endedAt))}</>;

const Counting = ({ call }: { call: Times }) => <>{lengthBetween(call, useNow())}</>;

const lengthBetween = ({ offeredAt, answeredAt }: Times, end: number): string =>
  durationOf(end - Date.parse(answeredAt ?? offeredAt));
