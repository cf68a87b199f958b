/** A client made from the served OpenAPI document alone drives every operation, and every answer is as the document says. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type AxiosResponse } from 'axios';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder, sampleOf } from './every-request.ts';
import { openStage, type Stage } from './every-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.stop());

type Operation = {
  operationId: string;
  responses: Record<
    string,
    { content?: Record<string, { schema: object }>; headers?: Record<string, object> }
  >;
};
type Client = Record<string, (...asked: unknown[]) => Promise<AxiosResponse<unknown>>>;

test('every operation of the document works and answers as it says', async () => {
  const { api, own, owner } = stage;
  const document = (await (await fetch(`${api.url}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
    components: object;
  };
  expect(await new Validator().validate(structuredClone(document) as Record<string, unknown>)).toMatchObject({
    valid: true,
  });
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);

  const factory = new OpenAPIClientAxios({
    definition: structuredClone(document) as unknown as Document,
    axiosConfigDefaults: {
      baseURL: `${api.url}/api/v1`,
      validateStatus: () => true,
      transformResponse: (text: string) => text,
      headers: { Cookie: owner.cookie ?? '', 'Offhook-Proof': owner.proof ?? '' },
    },
  });
  const client = (await factory.init()) as unknown as Client;
  const operations = Object.values(document.paths).flatMap((methods) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      id: operation.operationId,
      operation,
    })),
  );
  expect(new Set(operations.map(({ id }) => id))).toEqual(new Set(api.routes.map(({ id }) => id)));
  for (const { id, operation } of inOrder(operations)) {
    const { params = {}, query = {}, body, type, status } = sampleOf(id, own);
    const answer = await client[id]?.({ ...params, ...query }, body, {
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': type ?? 'application/json' }),
        ...(['getTrunkGuide', 'getCertificate'].includes(id) ? { Accept: 'application/json' } : {}),
      },
    });
    if (answer === undefined) throw new Error(`the client has no ${id}`);
    const text = typeof answer.data === 'string' ? answer.data : '';
    const expected = status === undefined ? Object.keys(operation.responses)[0] : String(status);
    expect(String(answer.status), `${id} ${text}`).toBe(expected);
    if (operation.responses[String(answer.status)]?.headers?.['ETag'] !== undefined) {
      expect(answer.headers['etag'], id).toMatch(/^"\d+"$/);
    }
    const contents = operation.responses[String(answer.status)]?.content ?? {};
    const sent = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (answer.status === 204) continue;
    expect(Object.keys(contents), id).toContain(sent);
    if (!sent.endsWith('json')) continue;
    const validate = ajv.compile({ ...contents[sent]?.schema, components: document.components });
    expect(validate(JSON.parse(text)) ? [] : validate.errors, `${id} ${text.slice(0, 500)}`).toEqual([]);
  }
}, 60_000);
