/** Webhooks and their deliveries in the database. Sends nothing. */
import { randomUUID } from 'node:crypto';
import type {
  DeliveryState,
  Webhook,
  WebhookDelivery,
  WebhookEventType,
  WebhookInput,
  WebhookPatch,
  WebhookWithSecret,
} from '../contract/webhook.ts';
import { newWebhookSecret } from '../webhooks/sign.ts';
import type { Database } from './database.ts';
import type * as rows from './generated/client.ts';
import { given } from './given.ts';
import type { Secrets } from './secrets.ts';
import { written } from './violation.ts';

/** how long the old secret goes on signing beside a new one, for receivers to change over */
const overlapHours = 24;

export type Receiver = { url: string; secrets: string[] };

export class WebhookStore {
  readonly #database: Database;
  readonly #secrets: Secrets;

  constructor(options: { database: Database; secrets: Secrets }) {
    this.#database = options.database;
    this.#secrets = options.secrets;
  }

  async list(workspaceId: string): Promise<Webhook[]> {
    const found = await this.#database.run((prisma) =>
      prisma.webhook.findMany({ where: { workspaceId }, orderBy: [{ name: 'asc' }, { id: 'asc' }] }),
    );
    return found.map(toWebhook);
  }

  async find(workspaceId: string, id: string): Promise<Webhook | null> {
    const row = await this.#database.run((prisma) =>
      prisma.webhook.findFirst({ where: { id, workspaceId } }),
    );
    return row && toWebhook(row);
  }

  async create(workspaceId: string, input: WebhookInput): Promise<WebhookWithSecret> {
    const id = randomUUID();
    const secret = newWebhookSecret();
    const data = { ...input, id, workspaceId, secretEncrypted: this.#secrets.encrypt(secret, id) };
    const row = await this.#database.run((prisma) => written('webhook', prisma.webhook.create({ data })));
    return { ...toWebhook(row), secret };
  }

  async change(workspaceId: string, id: string, patch: WebhookPatch): Promise<Webhook> {
    const row = await this.#database.run((prisma) =>
      written('webhook', prisma.webhook.update({ where: { id, workspaceId }, data: given(patch) })),
    );
    return toWebhook(row);
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    await this.#database.run((prisma) =>
      written('webhook', prisma.webhook.delete({ where: { id, workspaceId } })),
    );
  }

  /** A new secret; the one before signs too for a day. */
  async rotateSecret(workspaceId: string, id: string): Promise<WebhookWithSecret> {
    const secret = newWebhookSecret();
    const row = await this.#database.run((prisma) =>
      prisma.$transaction(async (tx) => {
        const before = await written('webhook', tx.webhook.findUniqueOrThrow({ where: { id, workspaceId } }));
        return await tx.webhook.update({
          where: { id },
          data: {
            secretEncrypted: this.#secrets.encrypt(secret, id),
            previousSecretEncrypted: before.secretEncrypted,
            previousSecretUntil: new Date(Date.now() + overlapHours * 3_600_000),
          },
        });
      }),
    );
    return { ...toWebhook(row), secret };
  }

  /** Address and secrets for sending, the present secret first. Null when it was deleted meanwhile. */
  async receiver(id: string): Promise<Receiver | null> {
    const row = await this.#database.run((prisma) => prisma.webhook.findUnique({ where: { id } }));
    if (row === null) return null;
    const { previousSecretEncrypted: previous, previousSecretUntil: until } = row;
    const secrets = [this.#secrets.decrypt(row.secretEncrypted, id)];
    if (previous !== null && until !== null && until > new Date()) {
      secrets.push(this.#secrets.decrypt(previous, id));
    }
    return { url: row.url, secrets };
  }

  /** The newest first; `before` is the id of the last one of the page before. */
  async deliveries(options: {
    workspaceId: string;
    webhookId: string;
    state?: DeliveryState | undefined;
    eventType?: WebhookEventType | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<WebhookDelivery[]> {
    const { workspaceId, webhookId, state, eventType, before, limit } = options;
    const found = await this.#database.run((prisma) =>
      prisma.webhookDelivery.findMany({
        where: { webhookId, webhook: { workspaceId }, ...given({ state, eventType }) },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit,
        ...(before === undefined ? {} : { cursor: { id: before }, skip: 1 }),
      }),
    );
    return found.map(toDelivery);
  }

  /** Makes a delivery due again at once, whatever became of it. */
  async repeat(workspaceId: string, webhookId: string, id: string): Promise<WebhookDelivery> {
    const row = await this.#database.run((prisma) =>
      written(
        'delivery',
        prisma.webhookDelivery.update({
          where: { id, webhookId, webhook: { workspaceId } },
          data: { state: 'waiting', nextAttemptAt: new Date(), attempts: 0 },
        }),
      ),
    );
    return toDelivery(row);
  }
}

const toWebhook = (row: rows.Webhook): Webhook => ({
  id: row.id,
  name: row.name,
  url: row.url,
  events: row.events as WebhookEventType[],
  active: row.active,
  createdAt: row.createdAt.toISOString(),
  previousSecretUntil: row.previousSecretUntil?.toISOString() ?? null,
});

const toDelivery = (row: rows.WebhookDelivery): WebhookDelivery => ({
  id: row.id,
  eventId: row.eventId,
  eventType: row.eventType,
  createdAt: row.createdAt.toISOString(),
  state: row.state as DeliveryState,
  attempts: row.attempts,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
  lastStatus: row.lastStatus,
  lastError: row.lastError,
  lastDurationMs: row.lastDurationMs,
});
