/** Takes input from a request: what zod does not let pass is refused with a word for each field. */
import type { Request } from 'express';
import type { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { AppError } from '../errors.ts';

export function parseBody<T extends z.ZodType>(schema: T, request: Request): z.infer<T> {
  if (request.body === undefined) {
    throw new AppError('invalid-input', 'send a JSON body with Content-Type: application/json');
  }
  return parse(schema, request.body);
}

export function parseQuery<T extends z.ZodType>(schema: T, request: Request): z.infer<T> {
  return parse(schema, { ...request.query });
}

export function parse<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) fields[path.join('.')] ??= message;
  const words = Object.entries(fields).map(([path, text]) => (path === '' ? text : `${path}: ${text}`));
  throw new AppError('invalid-input', words.slice(0, 10).join('; '), { fields });
}

/** A part of the path, which a router has given a name. */
export function pathPart(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** The trunk that the path names, also one whose password cannot be read. */
export function findTrunk(configuration: Configuration, request: Request): ConfiguredTrunk | UnreadableTrunk {
  const trunkId = pathPart(request, 'trunkId');
  const { trunks, unreadableTrunks } = configuration.current;
  const trunk = trunks.get(trunkId) ?? unreadableTrunks.get(trunkId);
  if (trunk === undefined) throw new AppError('not-found', 'there is no such trunk');
  return trunk;
}
