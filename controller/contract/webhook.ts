/** Webhooks: what we tell other programs, and how it went. Headers and signature follow Standard Webhooks 1.0. */
import { z } from 'zod';
import { PageQuery } from './page.ts';
import { fieldFault } from './texts/field.ts';
import { plainText } from './trunk.ts';

export const webhookEventTypes = [
  'call.started',
  'call.answered',
  'call.transferred',
  'call.ended',
  'call.failed',
  'trunk.registered',
  'trunk.failed',
  'recording.ready',
] as const;
export const WebhookEventType = z.enum(webhookEventTypes);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

const WebhookUrl = z
  .url({ protocol: /^https?$/, error: fieldFault.webAddress })
  .max(2000)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && url.username === '' && url.password === '' && url.hash === '';
  }, fieldFault.webAddressParts);

const WebhookEvents = z
  .array(WebhookEventType)
  .min(1)
  .refine((events) => new Set(events).size === events.length, fieldFault.eventsOnce);

const TestCalls = z.boolean().meta({
  description:
    'Whether test calls (by Validate, and by Talk to this agent) are told of too. They are no calls of customers, so they are left out unless this is set; in what is sent they carry `isTest: true`.',
});

export const WebhookInput = z.strictObject({
  name: plainText(80).min(1),
  url: WebhookUrl,
  events: WebhookEvents,
  active: z.boolean().default(true),
  testCalls: TestCalls.default(false),
});
export type WebhookInput = z.infer<typeof WebhookInput>;

/** What is left out stays. The signing secret is changed by its own route. */
export const WebhookPatch = z.strictObject({
  name: plainText(80).min(1).optional(),
  url: WebhookUrl.optional(),
  events: WebhookEvents.optional(),
  active: z.boolean().optional(),
  testCalls: TestCalls.optional(),
});
export type WebhookPatch = z.infer<typeof WebhookPatch>;

export const Webhook = WebhookInput.extend({
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  /** until when the secret before the present one signs too; null when it does not */
  previousSecretUntil: z.iso.datetime().nullable(),
});
export type Webhook = z.infer<typeof Webhook>;

/** Only in the answer to creation and to a new secret: it is never shown again. */
export const WebhookWithSecret = Webhook.extend({ secret: z.string() });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const DeliveryState = z.enum(['waiting', 'delivered', 'given up']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const WebhookDelivery = z.strictObject({
  id: z.uuid(),
  /** the `webhook-id` header: the same at every try, so that a receiver can tell a repetition */
  eventId: z.string(),
  eventType: z.string(),
  createdAt: z.iso.datetime(),
  state: DeliveryState,
  attempts: z.int(),
  /** null when none is planned */
  nextAttemptAt: z.iso.datetime().nullable(),
  lastAttemptAt: z.iso.datetime().nullable(),
  /** the status that the receiver answered last; null when it did not answer */
  lastStatus: z.int().nullable(),
  /** what went wrong last, in words; empty when nothing did */
  lastError: z.string(),
  lastDurationMs: z.int().nullable(),
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const DeliveryQuery = PageQuery.extend({
  state: DeliveryState.optional(),
  eventType: WebhookEventType.optional(),
});
export type DeliveryQuery = z.infer<typeof DeliveryQuery>;

/** How a test went; nothing is tried again. */
export const WebhookTestResult = z.strictObject({
  delivered: z.boolean(),
  status: z.int().nullable(),
  error: z.string(),
  durationMs: z.int(),
});

/**
 * The body that is sent. `data` has `call`, `trunk` or `recording`, by the first word of the type; calls and recordings say
 * `isTest`.
 */
export type WebhookBody = {
  id: string;
  type: WebhookEventType | 'webhook.test';
  createdAt: string;
  workspaceId: string;
  data: Record<string, unknown>;
};
