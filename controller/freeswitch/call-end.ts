/** Ends one call: before it is answered with a SIP status, after that with a BYE. Who else does is in events.ts. */
import { delay } from '../process/detached.ts';
import { type RefusalStatus, SwitchError } from '../switch/port.ts';
import { killCommand, refusalCauses, setVariablesCommand } from './commands.ts';
import type { EslConnection } from './connection.ts';
import { endedByUsVariable } from './events.ts';
import { type LiveCalls, unseenEnd } from './live-calls.ts';

/** the last event of a channel that is gone may be on its way */
const lastEventMs = 500;

export const refuseCall = async (
  connection: EslConnection,
  channelId: string,
  status: RefusalStatus,
  retryAfterSeconds: number | undefined,
): Promise<void> => {
  // sip_rh_: a header of the final answer (mod_sofia.c, sofia_on_hangup)
  const retryAfter =
    retryAfterSeconds === undefined
      ? {}
      : { 'sip_rh_Retry-After': Math.max(0, Math.ceil(retryAfterSeconds)) };
  await connection.run(setVariablesCommand(channelId, { [endedByUsVariable]: 1, ...retryAfter }));
  await connection.run(killCommand(channelId, refusalCauses[status]));
};

export const endCall = async (
  connection: EslConnection,
  calls: LiveCalls,
  channelId: string,
): Promise<void> => {
  try {
    await connection.run(setVariablesCommand(channelId, { [endedByUsVariable]: 1 }));
    await connection.run(killCommand(channelId, 'NORMAL_CLEARING'));
  } catch (error) {
    if (!(error instanceof SwitchError) || error.code !== 'no-such-channel') throw error;
    if (!calls.get(channelId)) return;
    await delay(lastEventMs);
    calls.end(channelId, unseenEnd);
  }
};
