/**
 * What bots ask of Twilio's REST API about their call: to end it, or to go on with other TwiML. Knows the calls that
 * bots have and no HTTP server. Answers and errors have Twilio's shapes; 20404 is what Pipecat takes for "gone already".
 */
import { timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BotCall, BotCalls } from './bot-calls.ts';
import type { ToolResult } from './tools.ts';
import { parseTwiml, type TwimlVerb } from './twiml.ts';

export type TwilioAnswer = { status: number; body: Record<string, unknown> };
export type TwilioRequest = {
  accountSid: string;
  callSid: string;
  /** of the Authorization header */
  authorization: string;
  method: 'GET' | 'POST';
  form: unknown;
};

const Update = z.object({
  Status: z.enum(['completed', 'canceled']).optional(),
  Twiml: z.string().max(4000).optional(),
  Url: z.string().optional(),
});

export class TwilioRest {
  readonly #calls: BotCalls;

  constructor(options: { calls: BotCalls }) {
    this.#calls = options.calls;
  }

  async answer(request: TwilioRequest): Promise<TwilioAnswer> {
    const call = this.#calls.bySid(request.callSid);
    const credentials = readBasic(request.authorization);
    if (!credentials) return refusal(401, 20003, 'Authenticate');
    // a call that is not there and one of another account look the same to whoever does not know its token
    if (!call?.twilio || !isRight(credentials, call.twilio)) {
      return call?.twilio && credentials.username === call.twilio.accountSid
        ? refusal(401, 20003, 'Authenticate')
        : notFound(request);
    }
    if (request.accountSid !== call.twilio.accountSid) return notFound(request);
    if (request.method === 'GET') return { status: 200, body: resource(request, call, 'in-progress') };
    const update = Update.safeParse(request.form);
    if (!update.success)
      return refusal(400, 20001, `${update.error.issues[0]?.path.join('.')}: not understood`);
    const { Status: status, Twiml: twiml, Url: url } = update.data;
    if (status !== undefined) {
      call.call.hangUp();
      return { status: 200, body: resource(request, call, 'completed') };
    }
    if (url !== undefined)
      return refusal(400, 21205, 'Url cannot be fetched here: send the TwiML itself as Twiml');
    if (twiml === undefined) return refusal(400, 20001, 'Status or Twiml is needed');
    const verbs = parseTwiml(twiml);
    if (typeof verbs === 'string') return refusal(400, 12100, verbs);
    return carryOut(request, call, verbs);
  }
}

/** To the end, or to the transfer that took the caller. The answer says what became of it. */
const carryOut = async (
  request: TwilioRequest,
  call: BotCall,
  verbs: readonly TwimlVerb[],
): Promise<TwilioAnswer> => {
  let last: ToolResult | null = null;
  for (const verb of verbs) {
    switch (verb.verb) {
      case 'Say':
        await call.say(verb.text);
        break;
      case 'Pause':
        await delay(verb.seconds * 1000);
        break;
      case 'Hangup':
        call.call.hangUp();
        return { status: 200, body: resource(request, call, 'completed') };
      case 'Dial':
      case 'Refer':
        last = await dial(call, verb.to);
        if (last.result === 'transferred') {
          return { status: 200, body: { ...resource(request, call, 'completed'), offhook: last } };
        }
        break;
    }
  }
  // unlike with Twilio the bot keeps the caller, and is told here why
  return {
    status: 200,
    body: { ...resource(request, call, 'in-progress'), ...(last ? { offhook: last } : {}) },
  };
};

/** An extension or a name of the directory first, then a number outside. */
const dial = async (call: BotCall, to: string): Promise<ToolResult> => {
  const inside = await call.tools.run('transfer_to_pbx', { destination: to });
  const isNumber = /^\+?[0-9][0-9 ().-]{4,30}$/.test(to);
  if (isNumber && (inside.result === 'not in the directory' || inside.result === 'no such extension')) {
    return call.tools.run('transfer_call', { number: to });
  }
  return inside;
};

const readBasic = (header: string): { username: string; password: string } | null => {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,4000})$/i.exec(header) ?? [];
  const [, username, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return username === undefined || password === undefined ? null : { username, password };
};

const isRight = (
  given: { username: string; password: string },
  { accountSid, authToken }: { accountSid: string; authToken: string },
): boolean => {
  const one = Buffer.from(`${given.username}:${given.password}`);
  const other = Buffer.from(`${accountSid}:${authToken}`);
  return one.length === other.length && timingSafeEqual(one, other);
};

const pathOf = ({ accountSid, callSid }: TwilioRequest): string =>
  `/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`;

const resource = (request: TwilioRequest, { call, startedAt }: BotCall, status: string) => ({
  sid: request.callSid,
  account_sid: request.accountSid,
  from: call.callerNumber,
  to: call.calledNumber,
  direction: 'inbound',
  status,
  start_time: startedAt.toUTCString(),
  api_version: '2010-04-01',
  uri: pathOf(request),
});

const refusal = (status: number, code: number, message: string): TwilioAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

const notFound = (request: TwilioRequest): TwilioAnswer =>
  refusal(404, 20404, `The requested resource ${pathOf(request)} was not found`);
