/**
 * The OpenAPI 3.1 document, made from the declared routes: nothing in it is written twice. Names that schemas have
 * (`meta({ id })`) become components. Pure.
 */
import { z } from 'zod';
import { type ErrorCode, errorStatus } from '../errors.ts';
import { proofHeader, workspaceHeader } from './browser.ts';
import { problemTitles } from './problem.ts';
import type { Route } from './route.ts';

type Json = { [key: string]: unknown };

export function openApiDocument(routes: readonly Route[], version: string): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas, hasVersion(route, routes)) };
  }
  schemas['Problem'] = problemSchema();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Offhook',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: introduction,
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, for programs' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'offhook',
          description: `Set by \`POST /session\`, for people. Over TLS its name is \`__Host-offhook\`. Requests that change something need the header \`${proofHeader}\` too.`,
        },
      },
    },
  };
}

/** Whether what it answers can be changed with If-Match. */
function hasVersion(route: Route, routes: readonly Route[]): boolean {
  const { method, path, status, access } = route;
  if (access.kind === 'person' || access.kind === 'public') return false;
  const changed = routes.filter((other) => other.method === 'patch').map((other) => other.path);
  if (method === 'get' || method === 'patch') return changed.includes(path);
  return status === 201 && changed.some((one) => one.replace(/\/:\w+$/, '') === path);
}

function operation(route: Route, schemas: Json, isVersioned: boolean): Json {
  const { access } = route;
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, whoMay(route)].filter((text) => text !== undefined).join('\n\n'),
    parameters: parameters(route, schemas),
    ...requestBody(route, schemas),
    responses: responses(route, schemas, isVersioned),
    security:
      access.kind === 'public'
        ? []
        : access.kind === 'person'
          ? [{ session: [] }]
          : [{ token: [] }, { session: [] }],
  };
}

/** For people, and for the tests that try every right. */
function whoMay({ access }: Route): string {
  switch (access.kind) {
    case 'public':
      return 'Needs no credentials.';
    case 'person':
      return 'For whoever is signed in.';
    case 'installation':
      return 'For the administrator of the installation, and the token in the data directory.';
    case 'workspace':
      return `For the role ${access.role} and above, and API tokens with the scope \`${access.scope}\`.`;
  }
}

function parameters(route: Route, schemas: Json): Json[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = route.query === undefined ? {} : toSchema(route.query, 'input', schemas);
  const required = new Set((query['required'] as string[] | undefined) ?? []);
  const inQuery = Object.entries((query['properties'] as Json | undefined) ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema,
  }));
  const header = (name: string, description: string): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  return [
    ...inPath,
    ...inQuery,
    ...(route.access.kind === 'public'
      ? []
      : [header(workspaceHeader, 'The workspace that is meant, where the caller belongs to several')]),
    ...(route.method === 'get' || route.access.kind === 'public'
      ? []
      : [header(proofHeader, 'The proof of the session; with an API token it is not needed')]),
    ...(route.status === 201 && route.access.kind !== 'public'
      ? [header('Idempotency-Key', 'The same key and the same request again get the same answer, for a day')]
      : []),
    ...(['put', 'patch', 'delete'].includes(route.method) && route.access.kind !== 'person'
      ? [
          header(
            'If-Match',
            'The ETag that was read: 412 when somebody else has changed it since. Optional: without it the change is made whatever is there, and the last one wins.',
          ),
        ]
      : []),
  ];
}

function requestBody(route: Route, schemas: Json): Json {
  const schema = route.documentedBody ?? route.body;
  if (route.upload !== undefined) {
    const content = { [route.upload]: { schema: { type: 'string' } } };
    return { requestBody: { required: true, content } };
  }
  if (schema === undefined) return {};
  const content = { 'application/json': { schema: toSchema(schema, 'input', schemas) } };
  return { requestBody: { required: route.bodyOptional !== true, content } };
}

function responses(route: Route, schemas: Json, isVersioned: boolean): Json {
  const contents: Json = {};
  if (route.answer !== undefined) {
    contents['application/json'] = { schema: toSchema(route.answer, 'output', schemas) };
  }
  for (const type of route.sends ?? []) contents[type] = { schema: { type: 'string' } };
  const header = (description: string): Json => ({ schema: { type: 'string' }, description });
  const headers: Json = {
    ...(isVersioned ? { ETag: header('Its version, for If-Match') } : {}),
    ...(route.status === 201 && route.access.kind !== 'public'
      ? {
          Location: header('Where the new one is'),
          'Idempotency-Replayed': header('`true`: done before, for the same Idempotency-Key'),
        }
      : {}),
  };
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of problemsOf(route)) {
    byStatus.set(errorStatus[code], [...(byStatus.get(errorStatus[code]) ?? []), code]);
  }
  const problems = [...byStatus].sort(([one], [other]) => one - other);
  return {
    [String(route.status)]: {
      description: 'Done',
      headers,
      ...(Object.keys(contents).length === 0 ? {} : { content: contents }),
    },
    ...Object.fromEntries(
      problems.map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${problemTitles[code]}`).join('; '),
          ...(status === 429 || status === 503 ? { headers: { 'Retry-After': header('Seconds') } } : {}),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
    ),
  };
}

/** Those that follow from the declaration, and those that it names. */
export function problemsOf(route: Route): Set<ErrorCode> {
  const { access, method, path, status } = route;
  return new Set<ErrorCode>([
    'invalid-input',
    ...(access.kind === 'public' ? [] : (['unauthorized', 'not-found'] as const)),
    ...(access.kind === 'public' ? [] : (['forbidden'] as const)),
    ...(method === 'get' ? [] : (['proof-missing'] as const)),
    ...(path.includes(':') ? (['not-found'] as const) : []),
    ...(route.body === undefined && route.upload === undefined ? [] : (['too-large'] as const)),
    ...(['put', 'patch', 'delete'].includes(method) && access.kind !== 'person'
      ? (['changed-meanwhile'] as const)
      : []),
    ...(status === 201 && access.kind !== 'public'
      ? (['request-running', 'key-reused', 'conflict'] as const)
      : []),
    ...route.problems,
    'internal',
    'database-down',
  ]);
}

function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
  }) as Json & { $defs?: Json };
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        // zod's own name for it; a property that is called id is an object
        .filter(([key, inner]) => key !== 'id' || typeof inner !== 'string')
        .map(([key, inner]) => [
          key,
          key === '$ref' && typeof inner === 'string'
            ? inner.replace('#/$defs/', '#/components/schemas/')
            : moved(inner),
        ]),
    );
  };
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = moved(definition);
  const name = schema.meta()?.id;
  if (name === undefined || '$ref' in rest) return moved(rest) as Json;
  schemas[name] = moved(rest);
  return { $ref: `#/components/schemas/${name}` };
}

const problemSchema = (): Json => ({
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'detail', 'fields'],
  properties: {
    type: { type: 'string', description: '`urn:offhook:problem:` and the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(errorStatus), description: 'stable: to be told apart by' },
    detail: { type: 'string', description: 'for people' },
    fields: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'what is wrong with which input, by its path, such as `settings.silenceSeconds`',
    },
  },
});

const introduction = `Everything that Offhook can do.

**Credentials.** Programs send \`Authorization: Bearer <token>\`: a token made with \`POST /tokens\`, or the one in the file
\`api-token\` of the data directory. People sign in with \`POST /session\`.

**Workspaces.** A request sees and changes one workspace: the token's, or the user's first unless \`${workspaceHeader}\` names another.
What belongs to another workspace answers like what does not exist.

**Problems** are \`application/problem+json\` with a stable \`code\`.

**Lists** come in pages: \`limit\`, and \`cursor\` with the \`nextCursor\` of the page before; the last page's is null.

**Changes.** \`PATCH\` leaves what it does not name. Answers have an \`ETag\`; sent back as \`If-Match\`, a change is refused with 412 when
somebody else was faster. It is optional: a script that sets a value means it whoever was there before, and without it the last change wins;
whoever shows what he has read to a person and sends it back sends it.

**Creations** take an \`Idempotency-Key\`: sent again within a day, the same request gets the same answer and is done once.`;
