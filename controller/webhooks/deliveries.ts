/**
 * Sends what is due, a few at a time, a slow receiver never in the way of another one. What it knows of the queue is in
 * the database: a killed controller's deliveries are sent by the next.
 */
import { randomUUID } from 'node:crypto';
import type { WebhookBody } from '../contract/webhook.ts';
import type { Database } from '../db/database.ts';
import type { DueDelivery, WebhookQueue } from '../db/webhook-queue.ts';
import type { WebhookStore } from '../db/webhook-store.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { nextWaitSeconds } from './retry-plan.ts';
import type { SendResult, WebhookSender } from './send.ts';

const atOnce = 20;
const atOncePerWebhook = 4;
const pruneEveryMs = 3_600_000;

export type WebhookDeliveriesOptions = {
  database: Pick<Database, 'whenReady'>;
  queue: WebhookQueue;
  store: WebhookStore;
  sender: WebhookSender;
  keepDays: number;
  log: Logger;
  /** looks for what is due as often as this, besides being woken; another controller may have put something down */
  lookEveryMs?: number;
};

export class WebhookDeliveries {
  readonly #options: WebhookDeliveriesOptions;
  readonly #running = new Map<string, number>();
  readonly #open = new Set<Promise<void>>();
  #closed = false;
  #woken = false;
  #wake: () => void = () => undefined;
  #prunedAtMs = 0;
  #life: Promise<void> = Promise.resolve();

  constructor(options: WebhookDeliveriesOptions) {
    this.#options = options;
  }

  start(): void {
    this.#life = this.#live();
  }

  /** Something has been put down: it is looked for at once. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Sends one made-up event at once, to see whether it arrives; it is not tried again and not kept. */
  async test(workspaceId: string, webhookId: string): Promise<SendResult> {
    const { store, sender } = this.#options;
    const receiver = await store.receiver(webhookId);
    if (receiver === null) throw new AppError('not-found', 'there is no such webhook');
    const body: WebhookBody = {
      id: `webhook.test:${randomUUID()}`,
      type: 'webhook.test',
      createdAt: new Date().toISOString(),
      workspaceId,
      data: {},
    };
    return await sender.send({ ...receiver, eventId: body.id, body: JSON.stringify(body) });
  }

  /** Lets the tries that run come to their end, which their time-out bounds. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#options.sender.close(); // ends what hangs; it is sent again by the next controller
    await this.#life;
    await Promise.all(this.#open);
  }

  async #live(): Promise<void> {
    const { database, log, lookEveryMs = 5000 } = this.#options;
    while (!this.#closed) {
      this.#woken = false;
      try {
        await Promise.race([database.whenReady(), this.#pause(lookEveryMs)]);
        if (this.#closed) return;
        await this.#sendDue();
        await this.#prune();
      } catch (thrown) {
        const isDown = thrown instanceof AppError && thrown.code === 'database-down';
        log[isDown ? 'debug' : 'error']({ reason: messageOf(thrown) }, 'webhooks could not be looked after');
      }
      if (!this.#woken && !this.#closed) await this.#pause(lookEveryMs);
    }
  }

  #pause(timeoutMs: number): Promise<void> {
    return new Promise((settle) => {
      const timer = setTimeout(settle, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        settle();
      };
    });
  }

  async #sendDue(): Promise<void> {
    const { queue } = this.#options;
    const running = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
    if (running >= atOnce) return;
    const busy = [...this.#running].filter(([, count]) => count >= atOncePerWebhook).map(([id]) => id);
    const due = await queue.take({ limit: atOnce - running, perWebhook: atOncePerWebhook, busy });
    for (const delivery of due) {
      const sending = this.#send(delivery).finally(() => {
        this.#open.delete(sending);
        this.wake();
      });
      this.#open.add(sending);
    }
  }

  async #send(delivery: DueDelivery): Promise<void> {
    const { queue, store, sender, log } = this.#options;
    const { id, webhookId, eventId, body, attempts } = delivery;
    this.#running.set(webhookId, (this.#running.get(webhookId) ?? 0) + 1);
    try {
      const receiver = await store.receiver(webhookId);
      if (receiver === null) return;
      const result = await sender.send({ ...receiver, eventId, body });
      if (this.#closed && !result.delivered) return; // cut off by our own end: it is due again by itself
      await queue.note(id, result, nextWaitSeconds(attempts));
      if (!result.delivered)
        log.info({ webhookId, eventId, attempts, reason: result.error }, 'webhook not delivered');
    } catch (thrown) {
      // the try may have been made: it is due again when its time is up
      log.warn({ webhookId, eventId, reason: messageOf(thrown) }, 'webhook delivery not noted');
    } finally {
      const left = (this.#running.get(webhookId) ?? 1) - 1;
      if (left === 0) this.#running.delete(webhookId);
      else this.#running.set(webhookId, left);
    }
  }

  async #prune(): Promise<void> {
    if (Date.now() - this.#prunedAtMs < pruneEveryMs) return;
    this.#prunedAtMs = Date.now();
    await this.#options.queue.prune(this.#options.keepDays);
  }
}
