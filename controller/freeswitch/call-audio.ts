/**
 * Opens one call's audio: asks FreeSWITCH for a `unicast` stream, or takes up the one that an earlier controller asked
 * for, and believes neither before a datagram has come. It plays and decodes nothing.
 */
import { type Codec, type MediaLeg, SwitchError } from '../switch/port.ts';
import { setVariablesCommand, unicastHeaders } from './commands.ts';
import type { EslConnection } from './connection.ts';
import { mediaPortVariable } from './events.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';
import type { MediaSocket } from './media.ts';

/** A stream that runs sends 50 datagrams a second. */
const runningTimeoutMs = 300;
const startTimeoutMs = 2000;
const attempts = 4;

export const codecOf = (readCodec: string): Codec => {
  if (readCodec === 'PCMU' || readCodec === 'PCMA') return readCodec;
  throw new SwitchError('rejected', `the call's codec is ${readCodec || 'unknown'}, not G.711`);
};

/** Rejects with `rejected` when no audio comes, and with `no-such-channel` when the call ends meanwhile. */
export const openCallAudio = async (options: {
  call: LiveCall;
  codec: Codec;
  calls: LiveCalls;
  media: MediaSocket;
  connection: EslConnection;
  switchAddress: string;
}): Promise<MediaLeg> => {
  const { call, codec, calls, media } = options;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = call.mediaPort ?? media.freePort();
    const leg = media.attach(port, codec);
    const running = call.mediaPort !== null && (await leg.heard(runningTimeoutMs));
    if (running || (await startStream(options, port, leg.heard(startTimeoutMs)))) {
      if (!calls.isLive(call)) {
        media.release(port);
        throw new SwitchError('no-such-channel', 'the call ended');
      }
      call.mediaPort = port;
      call.leg = leg;
      return leg;
    }
    // Somebody else has this port on FreeSWITCH's machine, or the stream that had it is broken.
    leg.close();
    call.mediaPort = null;
    call.spentPorts.push(port);
  }
  throw new SwitchError('rejected', 'FreeSWITCH sends no audio for this call');
};

const startStream = async (
  options: { call: LiveCall; media: MediaSocket; connection: EslConnection; switchAddress: string },
  switchPort: number,
  heard: Promise<boolean>,
): Promise<boolean> => {
  const { channelId } = options.call.channel;
  // first the variable: a controller that starts after our death looks for the stream at this port
  await options.connection.run(setVariablesCommand(channelId, { [mediaPortVariable]: switchPort }));
  const own = options.media.own;
  const answer = await options.connection.message(
    channelId,
    unicastHeaders({
      switchAddress: options.switchAddress,
      switchPort,
      ourAddress: own.address,
      ourPort: own.port,
    }),
  );
  if (!answer.startsWith('+OK')) throw new SwitchError('no-such-channel', answer.trim());
  return heard;
};
