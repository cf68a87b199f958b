/** Sends one REFER and waits for what becomes of it. What the parts of the answer mean is in refer.ts. */
import { delay } from '../process/detached.ts';
import type { ReferResult } from '../switch/port.ts';
import { SwitchError } from '../switch/port.ts';
import { getVariableCommand, killCommand, setVariablesCommand } from './commands.ts';
import type { EslConnection } from './connection.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import { ReferWatch } from './refer.ts';

const pollEveryMs = 150;

export const referCall = async (options: {
  call: LiveCall;
  calls: LiveCalls;
  connection: EslConnection;
  /** from `referCommand` */
  command: string;
  timeoutMs: number;
}): Promise<ReferResult> => {
  const { call, calls, connection } = options;
  const { channelId } = call.channel;
  if (call.refer) throw new SwitchError('rejected', 'a transfer of this call is under way');
  const watch = new ReferWatch();
  call.refer = watch;
  try {
    await forgetEarlier(connection, channelId);
    const timer = setTimeout(() => watch.handleTimeout(), options.timeoutMs);
    void pollStatus(connection, channelId, watch);
    try {
      // its +OK means nothing: with sip_refer_continue_after_reply it comes before any answer
      const answer = await connection.background(options.command);
      if (answer.startsWith('-')) return { result: 'gone' };
      const result = await watch.result;
      if (calls.isLive(call)) await tidyUp(connection, channelId, result);
      return result;
    } finally {
      clearTimeout(timer);
      watch.handleTimeout();
    }
  } catch (error) {
    if (error instanceof SwitchError && error.code === 'no-such-channel') return { result: 'gone' };
    throw error;
  } finally {
    call.refer = null;
  }
};

/** An empty value takes a variable away (switch_channel.c, switch_channel_set_variable_var_check). */
const forgetEarlier = (connection: EslConnection, channelId: string): Promise<void> =>
  connection.run(
    setVariablesCommand(channelId, {
      sip_refer_status_code: '',
      sip_refer_target_status_code: '',
      sip_refer_continue_after_reply: 'true',
    }),
  );

/** There is no event for the answer to the REFER itself, only a variable. */
const pollStatus = async (connection: EslConnection, channelId: string, watch: ReferWatch): Promise<void> => {
  const command = getVariableCommand(channelId, 'sip_refer_status_code');
  while (!watch.done) {
    await delay(pollEveryMs);
    const answer = await connection.api(command).catch(() => '');
    watch.handleStatus(/^\d{3}$/.test(answer.trim()) ? Number(answer) : null);
  }
};

const tidyUp = async (connection: EslConnection, channelId: string, result: ReferResult): Promise<void> => {
  if (result.result === 'accepted') return;
  try {
    if ('legAlive' in result && !result.legAlive)
      // FreeSWITCH has ended the dialog and keeps the channel: nobody is there any more
      await connection.run(killCommand(channelId, 'NORMAL_CLEARING'));
    // else a later check would take the variables for those of a leg that is gone
    else await forgetEarlier(connection, channelId);
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    // the channel or the connection went meanwhile: the next picture of FreeSWITCH's calls tells
  }
};
