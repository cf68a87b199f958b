/** What the benches of media, set-up and the soak stand on: a controller with its switch, and a scripted PBX that calls it. */
import type { Agent } from '../../controller/contract/agent.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import type { SwitchKind } from '../../controller/switch/port.ts';
import { BotServer } from '../kit/bot-server.ts';
import { Offhook, type OffhookOptions } from '../kit/offhook.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { type PeerCallOptions, SipPeer } from '../kit/sip-peer.ts';
import { Inspector, inspectable } from './inspector.ts';

export type BenchOptions = {
  kind: SwitchKind;
  tell: (line: string) => void;
  /** a number from the command line */
  number: (name: 'calls' | 'seconds' | 'minutes' | 'rate', ordinary: number) => number;
  /** where the controller's CPU profile of the measured time goes; it makes the figures worse */
  profile?: string;
};

export const echoExtension = '1000';
export const botExtension = '1001';

export type BenchStage = {
  peer: SipPeer;
  offhook: Offhook;
  bots: BotServer;
  echoTrunk: Trunk;
  botTrunk: Trunk;
  /** another trunk of the echo agent; who is at `at` waits for its registration */
  echoTrunkAt: (extension: string, at: { host: string; port: number }) => Promise<Trunk>;
  /** everything but the switch's folder, which `remove` takes */
  remove: () => Promise<void>;
};

export const setStage = async (
  kind: SwitchKind,
  options: Pick<OffhookOptions, 'nodeArguments'> = {},
): Promise<BenchStage> => {
  const peer = await SipPeer.open();
  const bots = await BotServer.open();
  const offhook = await Offhook.started({
    switch: kind,
    environment: { LOG_LEVEL: 'warn' },
    ...options,
  });
  const trunkAt = (extension: string, agentId: string, at: { host: string; port: number }) =>
    offhook.api<Trunk>('POST', '/trunks', {
      name: `Bench ${extension}`,
      domain: at.host,
      port: at.port,
      extension,
      password: `pw-${extension}`,
      concurrentCallLimit: 1000,
      agentId,
    });
  const trunkTo = async (extension: string, agentId: string): Promise<Trunk> => {
    const trunk = await trunkAt(extension, agentId, peer);
    await peer.registrationOf(extension, 30_000);
    return trunk;
  };
  const echo = await offhook.api<Agent>('POST', '/agents', { name: 'Echo', kind: 'echo' });
  const bot = await offhook.api<Agent>('POST', '/agents', {
    name: 'Bot',
    kind: 'twilio',
    connection: { kind: 'twilio', url: bots.url },
    settings: { silenceTimeoutSeconds: 0, firstWordSeconds: 0 },
  });
  return {
    peer,
    offhook,
    bots,
    echoTrunk: await trunkTo(echoExtension, echo.id),
    botTrunk: await trunkTo(botExtension, bot.id),
    echoTrunkAt: (extension, at) => trunkAt(extension, echo.id, at),
    remove: async () => {
      await peer.close();
      await bots.close();
      await offhook.remove();
    },
  };
};

/** Runs the measured part, under a profile when one is wanted. */
export const profiled = async <Result>(
  { offhook }: Pick<BenchStage, 'offhook'>,
  { profile }: Pick<BenchOptions, 'profile'>,
  work: () => Promise<Result>,
): Promise<Result> => {
  if (profile === undefined) return work();
  const inspector = await Inspector.of(offhook);
  await inspector.startProfile();
  try {
    return await work();
  } finally {
    await inspector.stopProfile(profile);
    inspector.close();
  }
};

/** How a controller is started whose profile is wanted. */
export const nodeArgumentsOf = ({
  profile,
}: Pick<BenchOptions, 'profile'>): Pick<OffhookOptions, 'nodeArguments'> =>
  profile === undefined ? {} : { nodeArguments: inspectable };

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Places calls 20 ms apart; gives those that are answered. */
export const placeCalls = async (
  peer: SipPeer,
  user: string,
  count: number,
  options: PeerCallOptions = {},
): Promise<{ answered: SipCall[]; failed: number }> => {
  const placed: SipCall[] = [];
  for (let i = 0; i < count; i++) {
    placed.push(await peer.call(user, options));
    await pause(20);
  }
  const results = await Promise.allSettled(placed.map((call) => call.answered(20_000)));
  const answered = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { answered, failed: count - answered.length };
};
