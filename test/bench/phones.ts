/**
 * Phones that only talk and count, in a process of their own with a scripted PBX: two hundred of them keep an event loop
 * busy, and it must be neither that of the few phones whose delay is measured nor that of the bots.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';
import { messageOf } from '../../controller/errors.ts';
import { repositoryPath } from '../../controller/paths.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { placeCalls } from './stage.ts';

const Order = z.discriminatedUnion('order', [
  z.object({ order: z.literal('place'), user: z.string(), count: z.number() }),
  z.object({ order: z.literal('count') }),
  z.object({ order: z.literal('hang up') }),
]);
type Order = z.infer<typeof Order>;

const Answers = {
  place: z.object({ answered: z.number(), failed: z.number() }),
  count: z.object({ lost: z.number(), late: z.number() }),
  'hang up': z.object({}),
};
const Place = z.object({ host: z.string(), port: z.number() });

export class Phones {
  /** where the trunk registers whose extension they call */
  readonly host: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { host, port }: z.infer<typeof Place>) {
    this.#child = child;
    this.host = host;
    this.port = port;
  }

  static async open(): Promise<Phones> {
    const child = fork(repositoryPath('test/bench/phones.ts'), { execArgv: ['--import', 'tsx'] });
    return new Phones(child, Place.parse(await nextMessage(child)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Calls, so many times, 20 ms apart; when all are answered or have failed. */
  place(user: string, count: number): Promise<{ answered: number; failed: number }> {
    return this.#ask({ order: 'place', user, count }, Answers.place);
  }

  /** Frames of the calls that stand that were lost or late, since they stand. */
  count(): Promise<{ lost: number; late: number }> {
    return this.#ask({ order: 'count' }, Answers.count);
  }

  async hangUp(): Promise<void> {
    await this.#ask({ order: 'hang up' }, Answers['hang up']);
  }

  close(): void {
    this.#child.kill();
  }

  async #ask<Answer>(order: Order, shape: z.ZodType<Answer>): Promise<Answer> {
    const answer = nextMessage(this.#child);
    this.#child.send(order);
    return shape.parse(await answer);
  }
}

const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the phones ended with code ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });

/** The process itself. One order after another. */
const serve = async (): Promise<void> => {
  const peer = await SipPeer.open();
  let calls: SipCall[] = [];
  const carryOut = async (order: Order): Promise<object> => {
    switch (order.order) {
      case 'place': {
        await peer.registrationOf(order.user, 30_000);
        const { answered, failed } = await placeCalls(peer, order.user, order.count, { keepSeconds: 0 });
        calls.push(...answered);
        return { answered: answered.length, failed };
      }
      case 'count': {
        const sum = (key: 'lost' | 'late') => calls.reduce((total, { rtp }) => total + rtp.counters[key], 0);
        return { lost: sum('lost'), late: sum('late') };
      }
      case 'hang up':
        await Promise.all(calls.map((call) => call.hangUp()));
        calls = [];
        return {};
    }
  };
  process.on('message', (message) => {
    carryOut(Order.parse(message)).then(
      (answer) => process.send?.(answer),
      (error: unknown) => {
        process.stderr.write(`phones: ${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  });
  // whoever made us is gone
  process.on('disconnect', () => process.exit());
  process.send?.({ host: peer.host, port: peer.port });
};

if (process.send !== undefined && process.argv[1] === repositoryPath('test/bench/phones.ts')) void serve();
