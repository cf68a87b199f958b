/** What is wrong with a field, as the contract's schemas say it, can be said in another language. */
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { ApiTokenInput, SetupInput, UserInput } from '../account.ts';
import { AgentInput } from '../agent.ts';
import { ExtensionInput } from '../extension.ts';
import { NumberInput } from '../number.ts';
import { ExtensionTrunkInput, SipTrunkInput } from '../trunk.ts';
import { ValidationInput } from '../validation.ts';
import { WebhookInput } from '../webhook.ts';
import { inPseudo, pseudo } from './test-language.ts';
import { translator } from './translate.ts';

const translate = translator(pseudo);
const schemas: readonly z.ZodType[] = [
  AgentInput,
  ExtensionInput,
  ExtensionTrunkInput,
  ApiTokenInput,
  NumberInput,
  SetupInput,
  SipTrunkInput,
  UserInput,
  ValidationInput,
  WebhookInput,
];
const values = [
  undefined,
  null,
  0,
  -1,
  1e9,
  0.5,
  true,
  '',
  ' ',
  'x',
  '\u0000',
  'x'.repeat(99_999),
  [],
  ['x', 'x'],
  {},
];

/** Every field that a schema names, with every value; and fields and things that it does not have. */
const inputsOf = (schema: z.ZodType): unknown[] => {
  const fields = Object.keys((schema as { shape?: object }).shape ?? {});
  return [
    ...values,
    { nonsense: 1 },
    { nonsense: 1, more: 2 },
    ...values.flatMap((value) => fields.map((field) => ({ [field]: value }))),
    { kind: 'twilio', connection: { kind: 'jambonz', url: 'ftp://x' } },
    { settings: { language: '!', tools: ['hang_up', 'hang_up'], maxSeconds: -1, nonsense: 1 } },
  ];
};

test.each(schemas)('of schema %#', (schema) => {
  const messages = new Set<string>();
  for (const input of inputsOf(schema)) {
    const parsed = schema.safeParse(input);
    for (const { message } of parsed.error?.issues ?? []) messages.add(message);
  }
  expect(messages.size).toBeGreaterThan(1);
  const untold = [...messages].filter((message) => translate(message) === message);
  expect(untold).toEqual([]);
});

test('a field that is missing, in the made-up language', () => {
  const message = ExtensionInput.safeParse({ ext: '1' }).error?.issues.find(({ path }) => path[0] === 'ext');
  expect(translate(message?.message ?? '')).toBe(inPseudo('2 to 6 digits'));
});
