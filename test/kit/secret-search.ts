/**
 * Looks for secrets where none may stand: in the log, in the switch's and every other log file, in files that others can
 * read, in every column of every table, and in all that the API answers to a GET, however they are encoded. Knows no secret.
 */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import { joinEmbeddedPostgres } from '../../controller/db/embedded-postgres.ts';
import type { Offhook } from './offhook.ts';

export type Found = {
  /** `place: name (form)` of each secret that was found */
  leaks: string[];
  /** how much was looked through, so that a search of nothing is seen */
  looked: { logLines: number; files: number; rows: number; answers: number };
};

type Needle = { name: string; form: string; bytes: Buffer };

/** All ways in which a secret could stand in a text. */
const needlesOf = (secrets: Readonly<Record<string, string>>): Needle[] =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    if (secret.length < 6) throw new Error(`${name} is too short to be looked for`);
    const bytes = Buffer.from(secret);
    const forms: [string, string][] = [
      ['plain', secret],
      ['JSON', JSON.stringify(secret).slice(1, -1)],
      ['URL', encodeURIComponent(secret)],
      ['form', new URLSearchParams({ x: secret }).toString().slice(2)],
      ['XML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
      ['hex', bytes.toString('hex')],
      ['HEX', bytes.toString('hex').toUpperCase()],
      ...base64In(bytes).flatMap((text): [string, string][] => [
        ['base64', text],
        ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')],
      ]),
    ];
    // the first name of a text that several forms share
    const texts = new Map(forms.reverse().map(([form, text]) => [text, form]));
    return [...texts].map(([text, form]) => ({ name, form, bytes: Buffer.from(text) }));
  });

/** The middle of the base64 of any text that has the secret in it, at each of the three places where it can begin. */
const base64In = (secret: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .replace(/=+$/, '');
    // characters that have bits of what stands before or behind are not the secret's own
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6));
  });

export const searchSecrets = async (
  offhook: Offhook,
  secrets: Readonly<Record<string, string>>,
): Promise<Found> => {
  const needles = needlesOf(secrets);
  const leaks = new Set<string>();
  const look = (place: string, content: Buffer | string): boolean => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const found = needles.filter((needle) => bytes.includes(needle.bytes));
    for (const { name, form } of found) leaks.add(`${place}: ${name} (${form})`);
    return found.length > 0;
  };
  for (const line of offhook.log) look('the log', line);
  const files = await searchFiles(offhook.dataDir, needles, look);
  const rows = await searchTables(offhook.dataDir, look);
  const answers = await searchAnswers(offhook, look);
  return { leaks: [...leaks], looked: { logLines: offhook.log.length, files, rows, answers } };
};

type Look = (place: string, content: Buffer | string) => boolean;

/** The database's own files are looked through as tables. */
const searchFiles = async (dataDir: string, needles: readonly Needle[], look: Look): Promise<number> => {
  let files = 0;
  const walk = async (folder: string, isClosed: boolean): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const place = relative(dataDir, path);
      if (place === 'postgres') continue;
      const found = await lstat(path).catch(() => null); // gone meanwhile
      if (found === null) continue;
      const isOwn = isClosed || (found.mode & 0o077) === 0;
      if (entry.isDirectory()) await walk(path, isOwn);
      if (!entry.isFile()) continue;
      const content = await readFile(path).catch(() => Buffer.alloc(0));
      files += 1;
      // a switch has to have the passwords that it registers with, and FreeSWITCH keeps what it has read of its
      // configuration among its logs (switch_xml.c, switch_xml_parse_file); nobody else may have them
      const isLog = /\blogs?\b|\.log$/.test(place) && !place.endsWith('.fsxml');
      if (isLog) look(`the file ${place}`, content);
      else if (!isOwn && needles.some(({ bytes }) => content.includes(bytes))) {
        look(`the file ${place}, which others can read`, content);
      }
    }
  };
  await walk(dataDir, false);
  return files;
};

const searchTables = async (dataDir: string, look: Look): Promise<number> => {
  const connection = await joinEmbeddedPostgres({ folder: join(dataDir, 'postgres') });
  if (connection === null) throw new Error('the database does not run');
  const client = new pg.Client(connection);
  await client.connect();
  try {
    let rows = 0;
    const tables = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    for (const { name } of tables.rows) {
      const found = await client.query<{ row: string }>(
        `SELECT to_jsonb(it)::text AS row FROM "${name}" AS it`,
      );
      rows += found.rows.length;
      for (const { row } of found.rows) look(`the table ${name}`, row);
    }
    return rows;
  } finally {
    await client.end();
  }
};

/** Every GET of the OpenAPI document; what stands in braces is filled with the first ids of the list above it. */
const searchAnswers = async (offhook: Offhook, look: Look): Promise<number> => {
  let answers = 0;
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${offhook.url}${path}`, {
      headers: { authorization: `Bearer ${offhook.token}` },
    });
    const content = Buffer.from(await response.arrayBuffer());
    look(`GET ${path}`, content);
    look(`GET ${path}, headers`, JSON.stringify([...response.headers]));
    answers += Number(response.ok);
    return /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(content.toString()) : null;
  };
  const document = (await get('/api/v1/openapi.json')) as { paths: Record<string, { get?: object }> };
  const ids = new Map<string, Promise<string[]>>();
  const idsOf = (list: string): Promise<string[]> => {
    const known = ids.get(list) ?? get(list).then(firstIds);
    ids.set(list, known);
    return known;
  };
  const filled = async (begun: string, rest: readonly string[]): Promise<string[]> => {
    const at = rest.findIndex((part) => part.startsWith('{'));
    if (at === -1) return [[begun, ...rest].join('/')];
    const list = [begun, ...rest.slice(0, at)].join('/');
    const paths = (await idsOf(list)).map((id) =>
      filled(`${list}/${encodeURIComponent(id)}`, rest.slice(at + 1)),
    );
    return (await Promise.all(paths)).flat();
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    if (methods.get === undefined) continue;
    for (const one of await filled('/api/v1', path.replace(/^\//, '').split('/'))) await get(one);
  }
  for (const path of ['/healthz', '/readyz', '/metrics']) await get(path);
  return answers;
};

const firstIds = (answer: unknown): string[] => {
  const items = (answer as { items?: { id?: string }[] } | null)?.items ?? [];
  return items.flatMap(({ id }) => id ?? []).slice(0, 5);
};
