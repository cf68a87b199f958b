/** /numbers: which trunk a phone number belongs to, and which agent answers it. */
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { NumberAnswer } from '../contract/answers.ts';
import { NumberInput, NumberPatch } from '../contract/number.ts';
import { PageQuery, pageOf, SearchText } from '../contract/page.ts';
import { AppError } from '../errors.ts';
import { normaliseNumber } from '../numbers/normalise.ts';
import type { StoresOf } from '../open-stores.ts';
import { admin, viewer } from './caller.ts';
import { is, matches, paginate } from './paginate.ts';
import { type Route, route } from './route.ts';

export type NumberRoutes = { configuration: Configuration; stores: StoresOf };

export function numberRoutes({ configuration, stores }: NumberRoutes): Route[] {
  const tag = 'Numbers';
  const find = (workspaceId: string, numberId: string) => {
    const number = configuration.of(workspaceId).numbers.get(numberId);
    if (number === undefined) throw new AppError('not-found', 'there is no such number');
    return { body: number, version: number.version };
  };
  const normalised = (workspaceId: string, text: string): string => {
    const { defaultCountry } = configuration.of(workspaceId).settings;
    const number = normaliseNumber(text, defaultCountry);
    if (number !== null) return number;
    const words =
      defaultCountry === null
        ? 'a whole number with its country code, such as +27 87 250 0100 (no default country is set)'
        : `a whole number of ${defaultCountry}, or one with its country code, such as +27 87 250 0100`;
    throw new AppError('invalid-input', `number: ${words}`, { fields: { number: words } });
  };
  return [
    route({
      method: 'get',
      path: '/numbers',
      id: 'listNumbers',
      tag,
      summary: 'The phone numbers',
      access: viewer('numbers:read'),
      query: PageQuery.extend({
        search: SearchText.optional(),
        trunkId: z.uuid().optional(),
        agentId: z.uuid().optional(),
      }),
      answer: pageOf(NumberAnswer),
      handle: ({ workspaceId, query }) => {
        const found = [...configuration.of(workspaceId).numbers.values()]
          .filter(({ number, label }) => matches(query.search, number, label))
          .filter(({ trunkId, agentId }) => is(query.trunkId, trunkId) && is(query.agentId, agentId));
        return { body: paginate(found, query, ({ number }) => number) };
      },
    }),
    // also "Connect PBX Extension": trunk, number, agent and label in one row, or nothing
    route({
      method: 'post',
      path: '/numbers',
      id: 'createNumber',
      tag,
      summary: 'Bind a phone number to a trunk and an agent',
      access: admin('numbers:write'),
      body: NumberInput,
      status: 201,
      answer: NumberAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, body, commit }) => {
        const input = { ...body, number: normalised(workspaceId, body.number) };
        const numberId = await commit('number', null, () => stores(workspaceId).numbers.create(input));
        await configuration.refreshNumber(numberId);
        return { ...find(workspaceId, numberId), location: `/api/v1/numbers/${numberId}` };
      },
    }),
    route({
      method: 'get',
      path: '/numbers/:numberId',
      id: 'getNumber',
      tag,
      summary: 'One phone number',
      access: viewer('numbers:read'),
      answer: NumberAnswer,
      handle: ({ workspaceId, params }) => find(workspaceId, params.numberId),
    }),
    route({
      method: 'patch',
      path: '/numbers/:numberId',
      id: 'changeNumber',
      tag,
      summary: 'Change a phone number; what is left out stays',
      access: admin('numbers:write'),
      body: NumberPatch,
      answer: NumberAnswer,
      problems: ['conflict'],
      handle: async ({ workspaceId, params, body, commit }) => {
        const { id } = find(workspaceId, params.numberId).body;
        const number = body.number === undefined ? undefined : normalised(workspaceId, body.number);
        await commit('number', id, () => stores(workspaceId).numbers.change(id, { ...body, number }));
        await configuration.refreshNumber(id);
        return find(workspaceId, id);
      },
    }),
    route({
      method: 'delete',
      path: '/numbers/:numberId',
      id: 'removeNumber',
      tag,
      summary: 'Delete a phone number',
      access: admin('numbers:write'),
      handle: async ({ workspaceId, params, commit }) => {
        const { id } = find(workspaceId, params.numberId).body;
        await commit('number', id, () => stores(workspaceId).numbers.remove(id));
        await configuration.refreshNumber(id);
        return { body: undefined };
      },
    }),
  ];
}
