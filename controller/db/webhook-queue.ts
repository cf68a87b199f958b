/**
 * The deliveries that are due, as a queue in the database that several controllers may take from. A taken one is lent:
 * whoever took it and died gives it back by not answering in time, so that each is sent at least once.
 */
import { z } from 'zod';
import type { Database } from './database.ts';

/** longer than any try can last */
const lentSeconds = 60;

const DueDelivery = z.object({
  id: z.string(),
  webhook_id: z.string(),
  event_id: z.string(),
  body: z.unknown(),
  attempts: z.int(),
});
export type DueDelivery = { id: string; webhookId: string; eventId: string; body: string; attempts: number };

export class WebhookQueue {
  readonly #database: Database;

  constructor(options: { database: Database }) {
    this.#database = options.database;
  }

  /** Takes due deliveries, the oldest first, of each webhook as many as `perWebhook` and none of those in `busy`. */
  async take(options: {
    limit: number;
    perWebhook: number;
    busy: readonly string[];
  }): Promise<DueDelivery[]> {
    const found = await this.#database.run(
      (prisma) => prisma.$queryRaw`
      WITH due AS (
        SELECT delivery.id, row_number() OVER (PARTITION BY delivery.webhook_id ORDER BY next_attempt_at) AS place
        FROM webhook_delivery delivery JOIN webhook ON webhook.id = delivery.webhook_id
        WHERE delivery.next_attempt_at <= now() AND webhook.active AND NOT webhook.id = ANY (${options.busy}::uuid[])
        ORDER BY next_attempt_at LIMIT 500),
      chosen AS (
        SELECT delivery.id FROM webhook_delivery delivery JOIN due USING (id)
        WHERE due.place <= ${options.perWebhook} AND delivery.next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT ${options.limit} FOR UPDATE OF delivery SKIP LOCKED)
      UPDATE webhook_delivery SET next_attempt_at = now() + make_interval(secs => ${lentSeconds}),
             attempts = attempts + 1, last_attempt_at = now()
      WHERE id IN (SELECT id FROM chosen)
      RETURNING id, webhook_id, event_id, body, attempts`,
    );
    return z
      .array(DueDelivery)
      .parse(found)
      .map((row) => ({
        id: row.id,
        webhookId: row.webhook_id,
        eventId: row.event_id,
        body: JSON.stringify(row.body),
        attempts: row.attempts,
      }));
  }

  /** Writes down how a try went. `waitSeconds`: until the next; null: there is none. */
  async note(
    id: string,
    result: { delivered: boolean; status: number | null; error: string; durationMs: number },
    waitSeconds: number | null,
  ): Promise<void> {
    const state = result.delivered ? 'delivered' : waitSeconds === null ? 'given up' : 'waiting';
    const data = {
      state,
      lastStatus: result.status,
      lastError: result.error,
      lastDurationMs: result.durationMs,
      nextAttemptAt:
        state === 'waiting' && waitSeconds !== null ? new Date(Date.now() + waitSeconds * 1000) : null,
    };
    // gone with its webhook meanwhile: nothing to write
    await this.#database.run((prisma) => prisma.webhookDelivery.updateMany({ where: { id }, data }));
  }

  /** Deliveries that wait to be sent, for the metrics. */
  async waiting(): Promise<number> {
    return await this.#database.run((prisma) =>
      prisma.webhookDelivery.count({ where: { state: 'waiting' } }),
    );
  }

  /** Removes what is done with and older; returns how many. */
  async prune(days: number): Promise<number> {
    const { count } = await this.#database.run((prisma) =>
      prisma.webhookDelivery.deleteMany({
        where: { state: { not: 'waiting' }, createdAt: { lt: new Date(Date.now() - days * 86_400_000) } },
      }),
    );
    return count;
  }
}
