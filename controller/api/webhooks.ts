/** /webhooks: who is told what happens, and how that went. */
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import {
  DeliveryQuery,
  Webhook,
  WebhookDelivery,
  WebhookInput,
  WebhookPatch,
  WebhookTestResult,
  WebhookWithSecret,
} from '../contract/webhook.ts';
import type { WebhookStore } from '../db/webhook-store.ts';
import type { WebhookDeliveries } from '../webhooks/deliveries.ts';
import { admin } from './caller.ts';
import { matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type WebhookRoutes = {
  webhooks: { store: WebhookStore; deliveries: Pick<WebhookDeliveries, 'test' | 'wake'> };
};

export function webhookRoutes({ webhooks: { store, deliveries } }: WebhookRoutes): Route[] {
  const tag = 'Webhooks';
  const find = async (workspaceId: string, id: string) => {
    const { webhook, version } = await store.find(workspaceId, id);
    return { body: webhook, version };
  };
  return [
    route({
      method: 'get',
      path: '/webhooks',
      id: 'listWebhooks',
      tag,
      summary: 'The webhooks, by name',
      access: admin('webhooks:read'),
      query: PageQuery.extend({ search: SearchText.optional() }),
      answer: pageOf(Webhook),
      handle: async ({ workspaceId, query }) => {
        const found = await store.list(workspaceId);
        const fitting = found.filter(({ name, url }) => matches(query.search, name, url));
        return { body: paginate(fitting, query, ({ name }) => name) };
      },
    }),
    route({
      method: 'post',
      path: '/webhooks',
      id: 'createWebhook',
      tag,
      summary: 'Make a webhook',
      description:
        'The answer has the signing secret, which is never shown again. Bodies are signed after Standard Webhooks 1.0. Test calls are left out unless `testCalls` is set.',
      access: admin('webhooks:write'),
      body: WebhookInput,
      status: 201,
      answer: WebhookWithSecret,
      problems: ['conflict'],
      handle: async ({ workspaceId, body, commit }) => {
        let secret = '';
        const id = await commit('webhook', null, async () => {
          const made = await store.create(workspaceId, body);
          secret = made.secret;
          return made.id;
        });
        const { webhook, version } = await store.find(workspaceId, id);
        return { body: { ...webhook, secret }, version, location: `/api/v1/webhooks/${id}` };
      },
    }),
    route({
      method: 'get',
      path: '/webhooks/:webhookId',
      id: 'getWebhook',
      tag,
      summary: 'One webhook',
      access: admin('webhooks:read'),
      answer: Webhook,
      handle: ({ workspaceId, params }) => find(workspaceId, params.webhookId),
    }),
    route({
      method: 'patch',
      path: '/webhooks/:webhookId',
      id: 'changeWebhook',
      tag,
      summary: 'Change a webhook; what is left out stays',
      access: admin('webhooks:write'),
      body: WebhookPatch,
      answer: Webhook,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        await commit('webhook', id, () => store.change(workspaceId, id, body));
        deliveries.wake(); // what waited while it was switched off is due
        return await find(workspaceId, id);
      },
    }),
    route({
      method: 'delete',
      path: '/webhooks/:webhookId',
      id: 'removeWebhook',
      tag,
      summary: 'Delete a webhook with its deliveries',
      access: admin('webhooks:write'),
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        await commit('webhook', id, () => store.remove(workspaceId, id));
        return { body: undefined };
      },
    }),
    route({
      method: 'post',
      path: '/webhooks/:webhookId/rotate-secret',
      id: 'rotateWebhookSecret',
      tag,
      summary: 'A new signing secret; the one before signs too for a day',
      access: admin('webhooks:write'),
      answer: WebhookWithSecret,
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        const { secret } = await commit('webhook', id, () => store.rotateSecret(workspaceId, id));
        const { webhook, version } = await store.find(workspaceId, id);
        return { body: { ...webhook, secret }, version };
      },
    }),
    route({
      method: 'post',
      path: '/webhooks/:webhookId/test',
      id: 'testWebhook',
      tag,
      summary: 'Send a made-up event (webhook.test) now, and say how it went',
      access: admin('webhooks:write'),
      answer: WebhookTestResult,
      handle: async ({ workspaceId, params }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        return { body: await deliveries.test(workspaceId, id) };
      },
    }),
    route({
      method: 'get',
      path: '/webhooks/:webhookId/deliveries',
      id: 'listWebhookDeliveries',
      tag,
      summary: 'What was sent, latest first, and how it went',
      access: admin('webhooks:read'),
      query: DeliveryQuery,
      answer: pageOf(WebhookDelivery),
      handle: async ({ workspaceId, params, query }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        return { body: await store.deliveries(workspaceId, id, query) };
      },
    }),
    route({
      method: 'post',
      path: '/webhooks/:webhookId/deliveries/:deliveryId/repeat',
      id: 'repeatWebhookDelivery',
      tag,
      summary: 'Send a delivery again, under the same id',
      access: admin('webhooks:write'),
      answer: WebhookDelivery,
      handle: async ({ workspaceId, params }) => {
        const { id } = (await find(workspaceId, params.webhookId)).body;
        const delivery = await store.repeat(workspaceId, id, params.deliveryId);
        deliveries.wake();
        return { body: delivery };
      },
    }),
  ];
}
