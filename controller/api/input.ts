/** Takes input from a request: what zod does not let pass is refused with a word for each field. */
import type { Request } from 'express';
import type { z } from 'zod';
import type { ConfiguredTrunk, UnreadableTrunk } from '../db/load-configuration.ts';
import { AppError } from '../errors.ts';
import type { WorkspaceView } from '../workspace-view.ts';

export function parse<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) fields[path.join('.')] ??= message;
  const words = Object.entries(fields).map(([path, text]) => (path === '' ? text : `${path}: ${text}`));
  throw new AppError('invalid-input', words.slice(0, 10).join('; '), { fields });
}

/** The trunk that the path names, also one whose password cannot be read. */
export function findTrunk(
  { trunks, unreadableTrunks }: WorkspaceView,
  trunkId: string,
): ConfiguredTrunk | UnreadableTrunk {
  const trunk = trunks.get(trunkId) ?? unreadableTrunks.get(trunkId);
  if (trunk === undefined) throw new AppError('not-found', 'there is no such trunk');
  return trunk;
}

/** A part of the path, which a router has given a name. */
export function pathPart(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}
