/**
 * The load of `npm run bench -- api`, a process of its own so that it delays no phone: requests at a fixed rate, whatever
 * the answers do, each timed from the moment at which it was due. Reads its orders from its parent.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { RestClient } from '../../controller/contract/client/rest-client.ts';
import { messageOf } from '../../controller/errors.ts';

export const LoadOrder = z.object({
  url: z.string(),
  token: z.string(),
  rate: z.number(),
  seconds: z.number(),
  trunkId: z.string(),
  agentId: z.string(),
  extensionIds: z.array(z.string()).min(1),
  /** the first of the extensions that are made */
  firstExt: z.number(),
});
export type LoadOrder = z.infer<typeof LoadOrder>;

export const LoadResult = z.object({
  /** of reads and of writes that were answered as they should */
  readMs: z.array(z.number()),
  writeMs: z.array(z.number()),
  /** what went wrong, and how often */
  errors: z.record(z.string(), z.number()),
  /** from the first request to the last answer */
  elapsedMs: z.number(),
  /** how long after it was due a request was sent at worst: what the load itself could not keep up with */
  sentLateMs: z.number(),
});
export type LoadResult = z.infer<typeof LoadResult>;

/** One in so many changes something. */
const writeEvery = 20;

const load = async (order: LoadOrder): Promise<LoadResult> => {
  const { trunkId, agentId, extensionIds } = order;
  const client = new RestClient({ url: order.url, token: order.token });
  const directory = `/trunks/${trunkId}/extensions`;
  const reads = [
    '/trunks',
    `/trunks/${trunkId}`,
    '/agents',
    `/agents/${agentId}`,
    '/numbers?limit=50',
    `${directory}?limit=50`,
    '/calls?live=true',
    '/calls?limit=50',
    '/settings',
    '/system',
  ];
  const result: LoadResult = { readMs: [], writeMs: [], errors: {}, elapsedMs: 0, sentLateMs: 0 };
  const one = async (nth: number, dueMs: number): Promise<void> => {
    const isWrite = nth % writeEvery === 0;
    try {
      if (!isWrite) await client.request('GET', reads[nth % reads.length] ?? '/trunks');
      else if (nth % (2 * writeEvery) === 0) {
        const extensionId = extensionIds[nth % extensionIds.length] ?? '';
        await client.request('PATCH', `${directory}/${extensionId}`, { body: { owner: `Owner ${nth}` } });
      } else {
        const body = { ext: String(order.firstExt + nth), name: `Made ${nth}` };
        await client.request('POST', directory, { body, headers: { 'Idempotency-Key': randomUUID() } });
      }
      (isWrite ? result.writeMs : result.readMs).push(performance.now() - dueMs);
    } catch (error) {
      const text = messageOf(error);
      result.errors[text] = (result.errors[text] ?? 0) + 1;
    }
  };
  const startMs = performance.now();
  const running: Promise<void>[] = [];
  for (let nth = 1; nth <= order.rate * order.seconds; nth++) {
    const dueMs = startMs + ((nth - 1) * 1000) / order.rate;
    const early = dueMs - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    result.sentLateMs = Math.max(result.sentLateMs, performance.now() - dueMs);
    running.push(one(nth, dueMs));
  }
  await Promise.all(running);
  result.elapsedMs = performance.now() - startMs;
  return result;
};

if (process.send !== undefined) {
  process.once('message', (message) => {
    load(LoadOrder.parse(message)).then(
      (result) => process.send?.(result, () => process.disconnect()),
      (error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  });
}
