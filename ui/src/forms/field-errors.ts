/** What is wrong with a form, by field, in words: from the contract's schemas, or from the controller's answer. */
import type { z } from 'zod';
import { ApiFailure } from '../api/problem.ts';
import { said, t } from '../texts/texts.ts';

export type FieldErrors = Record<string, string>;

/** By the first part of each path: an element of a list is told at the list. */
export const schemaErrors = (schema: z.ZodType, input: unknown): FieldErrors => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return {};
  const errors: FieldErrors = {};
  for (const { path, message } of parsed.error.issues) errors[String(path[0] ?? '')] ??= readable(message);
  return errors;
};

/** The answer's faults that belong to `fields`; what remains has to be said elsewhere. */
export const answeredErrors = (error: unknown, fields: readonly string[]): FieldErrors => {
  if (!(error instanceof ApiFailure)) return {};
  const errors: FieldErrors = {};
  for (const [path, message] of Object.entries(error.fields)) {
    const field = path.split('.')[0] ?? '';
    if (fields.includes(field)) errors[field] ??= readable(message);
  }
  return errors;
};

/** The contract's messages begin small, since they also follow a field's name. */
const readable = (message: string): string => {
  if (message.startsWith('Too small: expected string')) return t.problems.fillIn;
  const text = said(message).replace(/^Invalid input: /, '');
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
