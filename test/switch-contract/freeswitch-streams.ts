/** FreeSWITCH's `unicast` streams where they do not come at once: what went wrong here once ended FreeSWITCH itself. */
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { askOnce, type LaunchedFreeswitch } from '../../controller/freeswitch/launch.ts';
import { hearEachOther, type Stage } from './stage.ts';

export const freeswitchStreams = (use: () => Stage): void => {
  const launched = (): LaunchedFreeswitch => {
    const { settings } = use().instance;
    if (settings.kind !== 'freeswitch') throw new Error('for FreeSWITCH only');
    return settings.options;
  };
  /** The lines of its log about one channel's streams. */
  const streamsOf = async (channelId: string): Promise<string[]> => {
    const log = await readFile(launched().logFile, 'utf8');
    return log.split('\n').filter((line) => line.includes(channelId) && line.includes('unicast connection'));
  };

  test('a switch that is behind with its work is asked for the stream of a call once', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { call, channel } = await stage.ringing(onTestFinished);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    // the channel's thread is busy for longer than a stream is waited for
    const busy = await askOnce(launched().esl, `uuid_broadcast ${channel.channelId} 'system::sleep 3' aleg`);
    expect(busy).toMatch(/^\+OK/);
    const voice = await stage.voice(channel, onTestFinished);
    await hearEachOther(call, voice);
    expect(await streamsOf(channel.channelId)).toHaveLength(1);
    await call.hangUp();
    await stage.events.ended(channel.channelId);
  });

  test('a port that somebody else has is left, and the stream of another one is the only one', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { from, to } = launched().switchMediaPorts;
    // two of three: one of the first three is free, whichever is asked for first
    const taken = Array.from({ length: to - from + 1 }, (_, at) => from + at).filter(
      (port) => port % 3 !== 0,
    );
    const sockets = await Promise.all(
      taken.map(
        (port) =>
          new Promise<ReturnType<typeof createSocket> | null>((resolve) => {
            const socket = createSocket('udp4');
            // one that a call has already
            socket.once('error', () => resolve(null));
            socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket));
          }),
      ),
    );
    onTestFinished(() => {
      for (const socket of sockets) socket?.close();
    });
    const failures: number[] = [];
    for (let nth = 0; nth < 2; nth++) {
      const { call, channel, voice } = await stage.talking(onTestFinished);
      await hearEachOther(call, voice);
      const lines = await streamsOf(channel.channelId);
      expect(lines.filter((line) => line.includes('Created'))).toHaveLength(1);
      failures.push(lines.filter((line) => line.includes('Failure')).length);
      await call.hangUp();
      await stage.events.ended(channel.channelId);
    }
    // of two ports after one another at least one was taken
    expect(Math.max(...failures)).toBeGreaterThan(0);
    const log = await readFile(launched().logFile, 'utf8');
    expect(log).not.toContain('Attempting to join thread');
  });
};
