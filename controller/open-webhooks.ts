/** Builds what tells other programs of what happens: the table of what is to be told, and who sends it. Starts nothing. */
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { Secrets } from './db/secrets.ts';
import { WebhookQueue } from './db/webhook-queue.ts';
import { WebhookStore } from './db/webhook-store.ts';
import type { Logger } from './log.ts';
import { WebhookDeliveries } from './webhooks/deliveries.ts';
import { WebhookSender } from './webhooks/send.ts';

export const openWebhooks = (options: {
  database: Database;
  secrets: Secrets;
  config: Pick<Config, 'WEBHOOK_PRIVATE_ADDRESSES'>;
  log: Logger;
}) => {
  const { database, secrets, config, log } = options;
  const queue = new WebhookQueue({ database });
  const store = new WebhookStore({ database, secrets });
  const sender = new WebhookSender({ allowPrivateAddresses: config.WEBHOOK_PRIVATE_ADDRESSES });
  return {
    store,
    waiting: () => queue.waiting(),
    deliveries: new WebhookDeliveries({ database, queue, store, sender, keepDays: 30, log }),
  };
};
