/**
 * Two legs that talk to each other through Asterisk: a bridge named after the caller's channel, so that a restarted
 * controller finds the pair again. When a leg ends, `calls.ts` ends the other.
 */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AriConnection } from './ari.ts';
import { AriBridge } from './ari-events.ts';

const pairPrefix = 'offhook-pair-';

/** Takes both out of the bridges that they are in. */
export const bridgePair = async (ari: AriConnection, channelId: string, dialledId: string): Promise<void> => {
  const bridgeId = pairPrefix + channelId;
  await ari.call('bridges', 'createWithId', { bridgeId, type: 'mixing', name: dialledId });
  await ari.call('bridges', 'addChannel', { bridgeId, channel: `${channelId},${dialledId}` });
};

const NamedBridge = AriBridge.extend({ name: z.string() });

/** Every pair, as the caller's channel and the dialled one; either may be gone. */
export const findPairs = async (ari: AriConnection): Promise<[string, string][]> => {
  const bridges = await ari.ask(z.array(NamedBridge), 'bridges', 'list');
  return bridges
    .filter(({ id, channels }) => id.startsWith(pairPrefix) && channels.length > 0)
    .map(({ id, name }) => [id.slice(pairPrefix.length), name]);
};

export const endPair = async (ari: AriConnection, channelId: string, log: Logger): Promise<void> => {
  try {
    await ari.call('bridges', 'destroy', { bridgeId: pairPrefix + channelId });
  } catch (thrown) {
    log.debug({ channelId, error: messageOf(thrown) }, 'the bridge of an ended pair was gone already');
  }
};
