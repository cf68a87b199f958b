/** What joins a caller with a leg that we placed: a bridge in FreeSWITCH, or the leg's dialog for a REFER with Replaces. */
import { SwitchError } from '../switch/port.ts';
import { bridgeCommand, dumpCommand, type ReplacedDialog, setVariablesCommand } from './commands.ts';
import type { EslConnection } from './connection.ts';
import { bridgedVariable, parseDialog } from './events.ts';
import type { LiveCalls } from './live-calls.ts';

/**
 * Bridges the two. The variable comes first, for a controller that starts after our death; `hangup_after_bridge` on both,
 * so that neither is left behind alone, and our own audio ends with the park (switch_ivr.c, switch_ivr_park).
 */
export const bridgeCalls = async (
  connection: EslConnection,
  calls: LiveCalls,
  channelId: string,
  dialledId: string,
): Promise<void> => {
  const call = calls.need(channelId);
  const dialled = calls.need(dialledId);
  if (!call.channel.answered || !dialled.dialled)
    throw new SwitchError('bad-argument', 'a call that is answered and a leg that we placed are joined');
  const bridgedTo = dialled.channel.calledNumber;
  for (const leg of [call, dialled]) {
    const variables = { [bridgedVariable]: bridgedTo.replace('+', ''), hangup_after_bridge: 'true' };
    await connection.run(setVariablesCommand(leg.channel.channelId, variables));
    leg.leg?.close();
    leg.leg = null;
  }
  await connection.run(bridgeCommand(channelId, dialledId));
  for (const leg of [call, dialled]) leg.channel = { ...leg.channel, bridgedTo };
};

/** Throws `no-such-channel` when the leg is gone. */
export const dialogOf = async (
  connection: EslConnection,
  calls: LiveCalls,
  channelId: string,
): Promise<ReplacedDialog> => {
  calls.need(channelId);
  return parseDialog(await connection.api(dumpCommand(channelId)));
};
