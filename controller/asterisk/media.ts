/**
 * The audio of all calls: for each an external media channel of Asterisk and a bridge that joins it with the caller. Both
 * are named after the call, so a restarted controller finds them again. G.711 comes as RTP through one UDP socket for all
 * calls; what is wider as decoded audio on a TCP stream a call (`audio-socket.ts`). What the caller's channel is and when
 * it ends is known in `calls.ts`.
 */
import type { RemoteInfo } from 'node:dgram';
import { isIP, type Socket } from 'node:net';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Codec, SwitchError } from '../switch/port.ts';
import type { AriConnection } from './ari.ts';
import { AriBridge, AriChannel } from './ari-events.ts';
import { AudioSocketServer, type Expected, WideLeg } from './audio-socket.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { RtpLeg } from './rtp-leg.ts';

const mediaPrefix = 'offhook-media-';
const bridgePrefix = 'offhook-bridge-';
const startTimeoutMs = 5000;

export const isMediaChannel = (channelId: string): boolean => channelId.startsWith(mediaPrefix);

/** where Asterisk sends a call's audio from, and takes it */
type Place = { address: string; port: number };

type Session = {
  channelId: string;
  leg: RtpLeg | WideLeg | null;
} & ({ codec: 'PCMU' | 'PCMA'; place: Place } | { codec: 'G722' | 'OPUS'; stream: Expected; socket: Socket });

/** What the media channel speaks with us. */
const formats: Readonly<Record<Codec, string>> = {
  PCMU: 'ulaw',
  PCMA: 'alaw',
  G722: 'slin16',
  OPUS: 'slin48',
};
const peer = ({ address, port }: Place): string => `${address} ${port}`;
const hostPort = (address: string, port: number): string =>
  `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;

/** chan_rtp.c sets these variables when it makes the channel; `channelvars` in ari.conf tells them. */
const placeOf = ({ channelvars }: AriChannel): Place => {
  const address = channelvars?.['UNICASTRTP_LOCAL_ADDRESS'] ?? '';
  const port = channelvars?.['UNICASTRTP_LOCAL_PORT'] ?? '';
  if (!/^[1-9]\d{0,4}$/.test(port) || isIP(address) === 0)
    throw new SwitchError('rejected', `Asterisk says that its audio is at ${address}:${port}`);
  return { address, port: Number(port) };
};

export class Media {
  readonly #address: string;
  readonly #port: number;
  readonly #appName: string;
  readonly #log: Logger;
  #socket: DatagramSocket | null = null;
  readonly #sessions = new Map<string, Session>();
  readonly #byPeer = new Map<string, Session>();
  /** media channels that have been asked for and have not come to our application yet */
  readonly #starting = new Map<string, (channel: AriChannel) => void>();
  #strayDatagrams = 0;
  readonly #audioSockets: AudioSocketServer;

  constructor(options: { address: string; port: number; appName: string; log: Logger }) {
    this.#address = options.address;
    this.#audioSockets = new AudioSocketServer({ address: options.address });
    this.#port = options.port;
    this.#appName = options.appName;
    this.#log = options.log;
  }

  /** datagrams from an address and port that no call has, and streams that none has */
  get strayDatagrams(): number {
    return this.#strayDatagrams + this.#audioSockets.strangers;
  }

  async listen(): Promise<void> {
    this.#socket ??= await DatagramSocket.open({
      address: this.#address,
      port: this.#port,
      purpose: 'audio',
      onDatagram: (datagram, from) => this.#receive(datagram, from),
    });
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    for (const session of this.#sessions.values()) session.leg?.close();
    this.#sessions.clear();
    this.#byPeer.clear();
    await socket?.close();
    await this.#audioSockets.close();
  }

  /** A media channel has come to our application. */
  started(channel: AriChannel): void {
    this.#starting.get(channel.id)?.(channel);
  }

  /**
   * Opens the audio of a call, or takes up what Asterisk has of it. `isNew`: no other controller has had this call. An
   * older leg of the call is closed.
   */
  async open(ari: AriConnection, channelId: string, codec: Codec, isNew: boolean): Promise<RtpLeg | WideLeg> {
    let session = this.#sessions.get(channelId);
    if (session && (session.codec !== codec || ('socket' in session && session.socket.destroyed))) {
      // a re-INVITE has changed the codec, or the stream broke: all of it anew
      this.#forget(session);
      await this.#removeFromAsterisk(ari, channelId);
      session = undefined;
    }
    if (session) await this.#join(ari, channelId);
    else {
      session = await this.#begin(ari, channelId, codec, isNew);
      this.#sessions.set(channelId, session);
      if ('place' in session) this.#byPeer.set(peer(session.place), session);
    }
    session.leg?.close();
    return this.#legOf(session);
  }

  #legOf(session: Session): RtpLeg | WideLeg {
    const onClose = () => {
      if (session.leg !== leg) return;
      session.leg = null;
      if ('stream' in session) session.stream.leg = null;
    };
    let leg: RtpLeg | WideLeg;
    if ('place' in session) {
      const { address, port } = session.place;
      leg = new RtpLeg({
        codec: session.codec,
        sendDatagram: (datagram) => this.#socket?.send(datagram, port, address),
        onClose,
      });
    } else {
      leg = new WideLeg({ codec: session.codec, socket: session.socket, onClose });
      session.stream.leg = leg;
    }
    session.leg = leg;
    return leg;
  }

  async #begin(ari: AriConnection, channelId: string, codec: Codec, isNew: boolean): Promise<Session> {
    if (codec === 'PCMU' || codec === 'PCMA') {
      const found = isNew ? null : await this.#find(ari, channelId);
      return {
        channelId,
        codec,
        leg: null,
        place: found ?? placeOf(await this.#make(ari, channelId, codec, this.#rtpTo())),
      };
    }
    // the stream of an earlier controller ended with it
    if (!isNew) await this.#removeFromAsterisk(ari, channelId);
    const port = await this.#audioSockets.listen();
    const stream = this.#audioSockets.expect(startTimeoutMs);
    try {
      await this.#make(ari, channelId, codec, {
        external_host: hostPort(this.#address, port),
        encapsulation: 'audiosocket',
        transport: 'tcp',
        data: stream.id,
      });
      return { channelId, codec, leg: null, stream, socket: await stream.connected };
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  #rtpTo(): Record<string, string> {
    return {
      external_host: hostPort(this.#address, this.#port),
      encapsulation: 'rtp',
      transport: 'udp',
    };
  }

  #forget(session: Session): void {
    session.leg?.close();
    this.#sessions.delete(session.channelId);
    if ('place' in session) this.#byPeer.delete(peer(session.place));
    else session.stream.close();
  }

  /** The caller's channel has come back from the dialplan, outside its bridge. */
  async rejoin(ari: AriConnection, channelId: string): Promise<void> {
    if (this.#sessions.has(channelId)) await this.#join(ari, channelId);
  }

  /** The call is over: our side of it, and Asterisk's when it can be reached. */
  release(ari: AriConnection | null, channelId: string): void {
    const session = this.#sessions.get(channelId);
    if (!session) return;
    this.#forget(session);
    if (ari) void this.#removeFromAsterisk(ari, channelId);
  }

  /** Removes what belongs to no call: left behind by a controller that was gone when its call ended. */
  sweep(ari: AriConnection, channelIds: readonly string[], live: ReadonlySet<string>): void {
    for (const mediaId of channelIds) {
      const channelId = mediaId.slice(mediaPrefix.length);
      if (isMediaChannel(mediaId) && !live.has(channelId)) void this.#removeFromAsterisk(ari, channelId);
    }
  }

  /** What a controller before us made; null when it had not come that far, and then nothing of it is left. */
  async #find(ari: AriConnection, channelId: string): Promise<Place | null> {
    const channel = await ari.find(AriChannel, 'channels', 'get', { channelId: mediaPrefix + channelId });
    const bridge = await ari.find(AriBridge, 'bridges', 'get', { bridgeId: bridgePrefix + channelId });
    if (channel && bridge) {
      await this.#join(ari, channelId);
      return placeOf(channel);
    }
    await this.#removeFromAsterisk(ari, channelId);
    return null;
  }

  async #make(
    ari: AriConnection,
    channelId: string,
    codec: Codec,
    to: Record<string, string>,
  ): Promise<AriChannel> {
    const bridgeId = bridgePrefix + channelId;
    const [channel] = await Promise.all([
      this.#startMediaChannel(ari, mediaPrefix + channelId, codec, to),
      ari.call('bridges', 'createWithId', { bridgeId, type: 'mixing' }),
    ]);
    await ari.call('bridges', 'addChannel', { bridgeId, channel: `${channelId},${channel.id}` });
    return channel;
  }

  async #startMediaChannel(
    ari: AriConnection,
    mediaId: string,
    codec: Codec,
    to: Record<string, string>,
  ): Promise<AriChannel> {
    let timer: NodeJS.Timeout | undefined;
    // Before its StasisStart a bridge refuses it (422, "Channel not in Stasis application").
    const started = new Promise<AriChannel>((resolve, reject) => {
      this.#starting.set(mediaId, resolve);
      timer = setTimeout(
        () => reject(new SwitchError('timeout', 'the audio channel did not start')),
        startTimeoutMs,
      );
    });
    try {
      const [channel] = await Promise.all([
        started,
        ari.call('channels', 'externalMedia', {
          channelId: mediaId,
          app: this.#appName,
          format: formats[codec],
          ...to,
          connection_type: 'client',
          direction: 'both',
        }),
      ]);
      return channel;
    } finally {
      clearTimeout(timer);
      this.#starting.delete(mediaId);
    }
  }

  /** Both channels into the bridge, as far as they are not in it. */
  async #join(ari: AriConnection, channelId: string): Promise<void> {
    const bridgeId = bridgePrefix + channelId;
    const bridge = await ari.ask(AriBridge, 'bridges', 'get', { bridgeId });
    const missing = [channelId, mediaPrefix + channelId].filter((id) => !bridge.channels.includes(id));
    if (missing.length > 0) await ari.call('bridges', 'addChannel', { bridgeId, channel: missing.join(',') });
  }

  async #removeFromAsterisk(ari: AriConnection, channelId: string): Promise<void> {
    for (const [resource, operation, parameters] of [
      ['channels', 'hangup', { channelId: mediaPrefix + channelId }],
      ['bridges', 'destroy', { bridgeId: bridgePrefix + channelId }],
    ] as const) {
      try {
        await ari.call(resource, operation, parameters);
      } catch (thrown) {
        this.#log.debug(
          { channelId, error: messageOf(thrown) },
          'the audio of an ended call was gone already',
        );
      }
    }
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const session = this.#byPeer.get(peer(from));
    if (!session) this.#strayDatagrams += 1;
    else if (session.leg instanceof RtpLeg) session.leg.receive(datagram);
  }
}
