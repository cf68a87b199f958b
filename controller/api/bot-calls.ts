/**
 * What bots ask over HTTP about a call that they have: tools at the call's own address, and Twilio's REST API for calls.
 * Neither takes the API's token: the first has its own in the path, the second its agent's account.
 */
import express, { type Request, Router } from 'express';
import type { BotCalls } from '../bots/bot-calls.ts';
import { offhookSchema } from '../bots/offhook-messages.ts';
import { type TwilioRequest, type TwilioRest } from '../bots/twilio-rest.ts';
import { AppError } from '../errors.ts';
import { pathPart } from './input.ts';

export type BotRoutes = { botCalls: BotCalls; twilioRest: TwilioRest };

export function botCallsRouter({ botCalls, twilioRest }: BotRoutes): Router {
  const router = Router();
  const schema = JSON.stringify(offhookSchema());
  router.get('/offhook.v1.schema.json', (_request, response) => {
    response.type('application/schema+json').send(schema);
  });

  router.post(
    '/bots/calls/:token/tools/:tool',
    express.json({ limit: '10kb' }),
    async (request, response) => {
      const call = botCalls.byToken(pathPart(request, 'token'));
      if (!call) throw new AppError('not-found', 'no live call has this address; it may have ended');
      const input: unknown = request.body ?? {};
      response.json(await call.tools.run(pathPart(request, 'tool'), input));
    },
  );

  const answer = async (request: Request, method: TwilioRequest['method']) =>
    twilioRest.answer({
      accountSid: pathPart(request, 'accountSid'),
      callSid: pathPart(request, 'callSid'),
      authorization: request.get('authorization') ?? '',
      method,
      form: request.body as unknown,
    });
  const path = '/2010-04-01/Accounts/:accountSid/Calls/:callSid.json';
  router.get(path, async (request, response) => {
    const { status, body } = await answer(request, 'GET');
    response.status(status).json(body);
  });
  router.post(path, express.urlencoded({ extended: false, limit: '20kb' }), async (request, response) => {
    const { status, body } = await answer(request, 'POST');
    response.status(status).json(body);
  });
  return router;
}
