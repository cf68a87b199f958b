/**
 * Opens one call's audio: asks FreeSWITCH for a `unicast` stream, or takes up the one that an earlier controller asked
 * for, and believes neither before a datagram has come. It plays and decodes nothing.
 */

import { silentFrameOf } from '../contract/audio.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Codec, type MediaLeg, SwitchError } from '../switch/port.ts';
import {
  fenceHeaders,
  fenceVariable,
  getVariableCommand,
  hearTonesHeaders,
  parkAgainHeaders,
  setVariablesCommand,
  unicastHeaders,
} from './commands.ts';
import type { EslConnection } from './connection.ts';
import { type ChannelReport, knownCodec, mediaPortVariable } from './events.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import type { MediaSocket } from './media.ts';

/** A stream that runs sends 50 datagrams a second. */
const runningTimeoutMs = 300;
const startTimeoutMs = 2000;
/** of a switch that is behind with its work */
const carriedOutTimeoutMs = 8000;
const attempts = 3;

export const codecOf = (readCodec: string): Codec => {
  const codec = knownCodec(readCodec);
  if (codec !== null) return codec;
  throw new SwitchError('rejected', `the call's codec is ${readCodec || 'unknown'}, which is none of ours`);
};

type StreamParts = {
  call: LiveCall;
  codec: Codec;
  media: MediaSocket;
  connection: EslConnection;
  switchAddress: string;
};

/** Rejects with `rejected` when no audio comes, and with `no-such-channel` when the call ends meanwhile. */
export const openCallAudio = async (options: StreamParts & { calls: LiveCalls }): Promise<MediaLeg> => {
  const { call, codec, calls, media } = options;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = call.mediaPort ?? media.freePort();
    const leg = media.attach(port, codec);
    // from here on the port is the call's: it is free again when the call is over
    const isKnown = call.mediaPort !== null;
    call.mediaPort = port;
    const isRunning = isKnown && (await leg.heard(runningTimeoutMs));
    if (!isRunning) await askForStream(options, port);
    const isHeard =
      isRunning ||
      (await behindSilence(
        options,
        leg,
        async () => (await leg.heard(startTimeoutMs)) || heardAfterAll(options, port, leg),
      ));
    if (!calls.isLive(call)) {
      media.release(port);
      throw new SwitchError('no-such-channel', 'the call ended');
    }
    if (isHeard) {
      call.leg = leg;
      return leg;
    }
    // Somebody else has this port on FreeSWITCH's machine, or the stream that had it is broken.
    leg.close();
    call.mediaPort = null;
    call.spentPorts.push(port);
    await parkAgain(options);
  }
  throw new SwitchError('rejected', 'FreeSWITCH sends no audio for this call');
};

/**
 * A PBX that has nothing to play may send no packet before it got one, and two legs of ours that are each other's far side
 * would both wait. FreeSWITCH meanwhile waits in its read and takes nothing from us either (switch_ivr.c, switch_ivr_park):
 * a message for the channel breaks that read (switch_core_session.c, SWITCH_SIG_BREAK). One that it does not know does
 * nothing else. So the stream begins, and silence goes out until something has come.
 */
const behindSilence = async <Result>(
  { call, connection }: StreamParts,
  leg: MediaLeg,
  work: () => Promise<Result>,
): Promise<Result> => {
  const silence = silentFrameOf(leg.format);
  const beat = setInterval(() => leg.send(silence), 20);
  let isWaking = false;
  const wake = setInterval(() => {
    // a switch that is behind with its work is not given more of it
    if (isWaking) return;
    isWaking = true;
    const woken = (): void => {
      isWaking = false;
    };
    connection.message(call.channel.channelId, { 'call-command': 'offhook-wake' }).then(woken, woken);
  }, 100);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    clearInterval(wake);
  }
};

/**
 * A second `unicast` beside one that runs ends FreeSWITCH itself: the park goes on with the first, and what ends with the
 * call is the second, so the first one's thread writes to a session that is gone (switch_ivr.c, unicast_thread_run; the
 * assertion in switch_core_session_write_frame). So before another port is tried, the message has to be carried out, in
 * case the switch was only slow; after this wait the stream runs, or will not.
 */
const heardAfterAll = async (
  { call, calls, connection }: StreamParts & { calls: LiveCalls },
  port: number,
  leg: ReturnType<MediaSocket['attach']>,
): Promise<boolean> => {
  const { channelId } = call.channel;
  await connection.message(channelId, fenceHeaders(port));
  const deadlineMs = performance.now() + carriedOutTimeoutMs;
  while (calls.isLive(call)) {
    if (await leg.heard(runningTimeoutMs)) return true;
    const mark = await connection.api(getVariableCommand(channelId, fenceVariable));
    if (mark.trim() === String(port)) return leg.heard(startTimeoutMs);
    // whatever comes later ends with the call, as it is the only one
    if (performance.now() > deadlineMs)
      throw new SwitchError('timeout', 'FreeSWITCH does not carry out what is asked for this call');
  }
  return false;
};

/** Ends what is left of a stream that did not come. */
const parkAgain = async ({ call, calls, connection }: StreamParts & { calls: LiveCalls }): Promise<void> => {
  const { parks } = call;
  await connection.message(call.channel.channelId, parkAgainHeaders);
  await calls.settled(call, carriedOutTimeoutMs, () => call.parks > parks);
  if (calls.isLive(call) && call.parks === parks)
    throw new SwitchError('timeout', 'FreeSWITCH did not park the call again');
};

/** Asks for the stream of a call at `switchPort`. That one comes is another matter. */
const askForStream = async (parts: StreamParts, switchPort: number): Promise<void> => {
  const { channelId } = parts.call.channel;
  // first the variable: a controller that starts after our death looks for the stream at this port
  await parts.connection.run(setVariablesCommand(channelId, { [mediaPortVariable]: switchPort }));
  const own = parts.media.own;
  const answer = await parts.connection.message(
    channelId,
    unicastHeaders({
      switchAddress: parts.switchAddress,
      switchPort,
      ourAddress: own.address,
      ourPort: own.port,
      isNative: isNative(parts.codec),
    }),
  );
  if (!answer.startsWith('+OK')) throw new SwitchError('no-such-channel', answer.trim());
};

/** G.711 comes and goes as it is on the wire; FreeSWITCH decodes and encodes the others. */
const isNative = (codec: Codec): boolean => codec === 'PCMU' || codec === 'PCMA';

/** The audio of a call that was parked anew by somebody else ended with its old park. */
export const mendAudio = (parts: StreamParts, log: Logger): void => {
  if (parts.call.mediaPort === null) return;
  const { channelId } = parts.call.channel;
  askForStream(parts, parts.call.mediaPort).catch((error: unknown) =>
    log.warn({ channelId, reason: messageOf(error) }, 'the audio of a call was lost'),
  );
};

/** Lets FreeSWITCH look for digits in the voice of a phone without telephone-events, the first time that its audio is opened. */
export const hearTones = async (
  connection: EslConnection,
  { channel, mediaPort }: LiveCall,
  { offersTelephoneEvents }: ChannelReport,
): Promise<void> => {
  if (mediaPort !== null || offersTelephoneEvents) return;
  // one lost packet in the middle of a tone must not make two keys of it: nobody lets go for less than this
  await connection.run(setVariablesCommand(channel.channelId, { min_dup_digit_spacing_ms: 45 }));
  await connection.message(channel.channelId, hearTonesHeaders);
};
