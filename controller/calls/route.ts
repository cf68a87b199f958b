/** Which agent answers a call, or why it is refused. Pure: reads one snapshot of the configuration. */
import type { Agent } from '../contract/agent.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import type { PbxType, TransferMode, TransferSupport } from '../contract/trunk.ts';
import type { Codec, LiveChannel, MediaEncryption, Transport } from '../switch/port.ts';
import type { RefusalReason } from './outcome.ts';

/** A trunk as far as calls go. */
export type CallTrunk = {
  id: string;
  name: string;
  domain: string;
  port: number;
  transport: Transport;
  /** left out = off */
  mediaEncryption?: MediaEncryption;
  active: boolean;
  concurrentCallLimit: number;
  transferMode: TransferMode;
  transferSupport: TransferSupport;
  /** left out = no */
  briefTarget?: boolean;
  allowAnyExtension: boolean;
  allowOutsideTransfers: boolean;
  agentId: string | null;
  /** a SIP trunk brings numbers, each of which has to be somebody's; left out = extension */
  connectionType?: 'extension' | 'sip-trunk';
  /** left out = other */
  pbxType?: PbxType;
  /** its order of codecs: the first is what its calls most probably speak */
  codecs?: readonly Codec[];
};

/** The configuration as far as calls go: always in memory, so that a call works while the database is down. */
export type CallConfiguration = {
  trunk(trunkId: string): CallTrunk | undefined;
  agent(agentId: string): Agent | undefined;
  /** the agent that a number is bound to; null when it is one of ours and bound to nobody, undefined when it is none */
  agentIdOfNumber(calledNumber: string, trunkId: string): string | null | undefined;
  /** prepaid credit is asked for and spent: new calls are refused */
  walletIsEmpty(trunkId: string): boolean;
  /** the enabled entries of a trunk's directory */
  directory(trunkId: string): readonly DirectoryEntry[];
};

export type Route =
  | { kind: 'agent'; trunk: CallTrunk; agent: Agent }
  | { kind: 'refuse'; reason: RefusalReason; trunk: CallTrunk | null };

/** `liveOnTrunk` counts the trunk's calls without this one. Precedence: the number's binding, then the trunk's agent. */
export const decideRoute = (
  configuration: CallConfiguration,
  channel: Pick<LiveChannel, 'trunkId' | 'calledNumber' | 'srtpOffer'>,
  liveOnTrunk: number,
  /** made by Validate: it counts against no limit and costs nothing */
  isTest = false,
): Route => {
  const trunk = configuration.trunk(channel.trunkId);
  if (!trunk) return { kind: 'refuse', reason: 'unknown-trunk', trunk: null };
  if (!trunk.active) return { kind: 'refuse', reason: 'trunk-inactive', trunk };
  const { mediaEncryption = 'off' } = trunk;
  if (mediaEncryption === 'required' && channel.srtpOffer === 'none')
    return { kind: 'refuse', reason: 'not-encrypted', trunk };
  if (mediaEncryption === 'off' && channel.srtpOffer === 'only')
    return { kind: 'refuse', reason: 'only-encrypted', trunk };
  if (!isTest && liveOnTrunk >= trunk.concurrentCallLimit)
    return { kind: 'refuse', reason: 'over-limit', trunk };
  if (!isTest && configuration.walletIsEmpty(trunk.id))
    return { kind: 'refuse', reason: 'wallet-empty', trunk };
  return agentOf(configuration, channel, trunk);
};

/**
 * Who goes on with an answered call after a restart: the agent that has it. That its trunk was deactivated, is full or
 * lost its agent meanwhile concerns new calls; only without trunk or agent it cannot go on.
 */
export const resumeRoute = (
  configuration: CallConfiguration,
  channel: Pick<LiveChannel, 'trunkId' | 'calledNumber' | 'srtpOffer'>,
  agentId: string | null,
): Route => {
  const trunk = configuration.trunk(channel.trunkId);
  if (!trunk) return { kind: 'refuse', reason: 'unknown-trunk', trunk: null };
  const agent = agentId === null ? undefined : configuration.agent(agentId);
  return agent ? { kind: 'agent', trunk, agent } : agentOf(configuration, channel, trunk);
};

const agentOf = (
  configuration: CallConfiguration,
  channel: Pick<LiveChannel, 'calledNumber'>,
  trunk: CallTrunk,
): Route => {
  const bound = configuration.agentIdOfNumber(channel.calledNumber, trunk.id);
  const agentId = bound ?? trunk.agentId;
  if (agentId === null && (bound === null || trunk.connectionType === 'sip-trunk'))
    return { kind: 'refuse', reason: 'number-not-assigned', trunk };
  const agent = agentId === null ? undefined : configuration.agent(agentId);
  if (!agent) return { kind: 'refuse', reason: 'no-agent', trunk };
  return { kind: 'agent', trunk, agent };
};
