/** Webhooks and their deliveries in the database. Sends nothing. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Page } from '../contract/page.ts';
import type {
  DeliveryQuery,
  DeliveryState,
  Webhook,
  WebhookDelivery,
  WebhookEventType,
  WebhookInput,
  WebhookPatch,
  WebhookWithSecret,
} from '../contract/webhook.ts';
import { AppError } from '../errors.ts';
import { newWebhookSecret } from '../webhooks/sign.ts';
import type { Database } from './database.ts';
import type * as rows from './generated/client.ts';
import { given } from './given.ts';
import type { Secrets } from './secrets.ts';
import { behind, pageOf } from './time-cursor.ts';
import { written } from './violation.ts';

/** how long the old secret goes on signing beside a new one, for receivers to change over */
const overlapHours = 24;

/** `version` counts the changes. */
export type VersionedWebhook = { webhook: Webhook; version: number };

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

  /** Throws `not-found` for one of another workspace too. */
  async find(workspaceId: string, id: string): Promise<VersionedWebhook> {
    const row = isUuid(id)
      ? await this.#database.run((prisma) => prisma.webhook.findFirst({ where: { id, workspaceId } }))
      : null;
    if (row === null) throw new AppError('not-found', 'there is no such webhook');
    return { webhook: toWebhook(row), version: row.version };
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

  /** The newest first. */
  async deliveries(
    workspaceId: string,
    webhookId: string,
    query: DeliveryQuery,
  ): Promise<Page<WebhookDelivery>> {
    const { state, eventType, limit } = query;
    const found = await this.#database.run((prisma) =>
      prisma.webhookDelivery.findMany({
        where: {
          webhookId,
          webhook: { workspaceId },
          ...given({ state, eventType }),
          ...behind('createdAt', query.cursor),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
      }),
    );
    return pageOf('createdAt', found, limit, toDelivery);
  }

  /** Makes a delivery due again at once, whatever became of it. */
  async repeat(workspaceId: string, webhookId: string, id: string): Promise<WebhookDelivery> {
    if (!isUuid(id)) throw new AppError('not-found', 'there is no such delivery');
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

const isUuid = (text: string): boolean => z.uuid().safeParse(text).success;

const toWebhook = (row: rows.Webhook): Webhook => ({
  id: row.id,
  name: row.name,
  url: row.url,
  events: row.events as WebhookEventType[],
  active: row.active,
  testCalls: row.testCalls,
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
