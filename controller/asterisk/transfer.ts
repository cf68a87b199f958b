/**
 * Blind transfer on Asterisk: the channel goes into the dialplan for Transfer(), which sends the REFER and waits for what
 * becomes of it, and comes back to us. Which calls there are and their audio are known elsewhere.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type ReferResult, SwitchError, type Transport } from '../switch/port.ts';
import type { AmiConnection } from './ami.ts';
import { isMissing } from './ari.ts';
import type { Call, Return } from './call.ts';
import type { Connections } from './link.ts';
import { ReferTrace } from './refer-trace.ts';

export type ReferTarget = { extension: string; domain: string; port: number; transport: Transport };

/** A dialog whose place the caller is to take (RFC 3891). */
export type ReplacedDialog = { callId: string; toTag: string; fromTag: string };

export type ReferOptions = {
  call: Call;
  target: ReferTarget;
  replaced: ReplacedDialog | null;
  timeoutMs: number;
  connections: () => Connections;
  /** joins the caller with his audio again, after the channel has come back */
  rejoin: () => Promise<void>;
  isKnown: () => boolean;
  log: Logger;
};

const returnTimeoutMs = 3000;
const messageGraceMs = 200;

/** It becomes an argument of a dialplan application and then a header. */
const uriOf = (
  { extension, domain, port, transport }: ReferTarget,
  replaced: ReplacedDialog | null,
): string => {
  const isGood =
    /^\+?[0-9][0-9*]{0,19}$/.test(extension) &&
    /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/i.test(domain) &&
    Number.isInteger(port) &&
    port > 0 &&
    port < 65_536;
  if (!isGood)
    throw new SwitchError('bad-argument', `${extension}@${domain}:${port} is no extension of a PBX`);
  const uri = `sip:${extension}@${domain}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`;
  // in angle brackets, since a bare URI has no headers (RFC 3261 §20.10)
  return replaced === null ? uri : `<${uri}?Replaces=${replacesOf(replaced)}>`;
};

/** Percent-encoded (RFC 3261 §19.1.1): so it holds nothing that the dialplan would read. */
const replacesOf = ({ callId, toTag, fromTag }: ReplacedDialog): string => {
  if (![callId, toTag, fromTag].every((part) => /^[\x21-\x7e]{1,256}$/.test(part)))
    throw new SwitchError('rejected', 'Asterisk does not tell the dialog of the leg that was placed');
  return encodeURIComponent(`${callId};to-tag=${toTag};from-tag=${fromTag}`).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
};

export const refer = async (options: ReferOptions): Promise<ReferResult> => {
  const { call, target, timeoutMs, connections } = options;
  const { channelId } = call.channel;
  const uri = uriOf(target, options.replaced);
  if (call.trace) throw new SwitchError('rejected', 'this call is being transferred already');
  const trace = new ReferTrace();
  call.trace = trace;
  try {
    const { ari } = connections();
    await ari.call('channels', 'setChannelVar', { channelId, variable: 'OFFHOOK_REFER', value: uri });
    const returned = untilReturned(call, timeoutMs);
    await ari.call('channels', 'continueInDialplan', {
      channelId,
      context: 'offhook-refer',
      extension: 's',
      priority: 1,
    });
    const outcome = await returned;
    if (outcome !== 'back' && outcome !== 'silent') await trace.settled(messageGraceMs);
    if (outcome === 'ended') return trace.resultOfEnd(call.endedBy === 'caller');
    if (outcome === 'back' || outcome === 'silent') return await silent(options);
    const result = trace.resultOfTransfer(outcome.status, outcome.protocol);
    if (result.result !== 'accepted') await options.rejoin();
    return result;
  } catch (thrown) {
    if (isMissing(thrown)) return { result: 'gone' };
    throw thrown;
  } finally {
    call.trace = null;
    call.onReturn = null;
  }
};

/** Sends a channel back to our application, out of Transfer(). False when there is none. */
export const takeBack = async (ami: AmiConnection, name: string, log: Logger): Promise<boolean> => {
  try {
    await ami.action(
      { Action: 'Redirect', Channel: name, Context: 'offhook-back', Exten: 's', Priority: '1' },
      returnTimeoutMs,
    );
    return true;
  } catch (thrown) {
    log.debug({ error: messageOf(thrown) }, 'a channel could not be taken back');
    return false;
  }
};

const untilReturned = (call: Call, timeoutMs: number): Promise<Return | 'silent'> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silent'), timeoutMs);
    call.onReturn = (what) => {
      clearTimeout(timer);
      resolve(what);
    };
  });

/** The PBX said nothing in time, and Transfer() would wait for ever. */
const silent = async ({ call, connections, rejoin, isKnown, log }: ReferOptions): Promise<ReferResult> => {
  const returned = untilReturned(call, returnTimeoutMs);
  if (!(await takeBack(connections().ami, call.name, log))) return { result: 'silent', legAlive: false };
  if ((await returned) === 'ended') return { result: 'silent', legAlive: false };
  await rejoin();
  return { result: 'silent', legAlive: isKnown() };
};
