/** What is asked of a channel itself, beyond what Asterisk's cache of it says. */
import { type Codec, SwitchError } from '../switch/port.ts';
import type { AriConnection } from './ari.ts';
import { AriVariable } from './ari-events.ts';

/** Whether there is a channel behind what Asterisk lists. */
export const isAlive = async (ari: AriConnection, channelId: string): Promise<boolean> =>
  (await ari.find(AriVariable, 'channels', 'getChannelVar', { channelId, variable: 'CHANNEL(name)' })) !==
  null;

const codecs = new Map<string, Codec>([
  ['ulaw', 'PCMU'],
  ['alaw', 'PCMA'],
  ['g722', 'G722'],
  ['opus', 'OPUS'],
]);

/** What the channel speaks; throws for what is none of ours. */
export const codecOf = async (ari: AriConnection, channelId: string): Promise<Codec> => {
  const variable = 'CHANNEL(audionativeformat)';
  const { value } = await ari.ask(AriVariable, 'channels', 'getChannelVar', { channelId, variable });
  const codec = codecs.get(/[a-z0-9]+/.exec(value)?.[0] ?? '');
  if (!codec)
    throw new SwitchError('rejected', `the call's audio is ${value.slice(0, 40)}, which is none of ours`);
  return codec;
};
