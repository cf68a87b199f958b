/** Typed words meet the same understanding and the same dialogue as spoken ones. */
import { expect, test } from 'vitest';
import { prepareDirectory } from '../directory/resolver.ts';
import { tryPhrase } from './tried-phrase.ts';

const entry = (ext: string, name: string, department = '', aliases: string[] = []) => ({
  ext,
  name,
  owner: '',
  department,
  aliases,
  enabled: true,
});
const directory = prepareDirectory([
  entry('215', 'Sarah', 'Accounts', ['billing']),
  entry('216', 'John Smith'),
  entry('217', 'John Baker'),
]);
const settings = { greeting: '', confirm: 'when unsure', fallbackExtension: null, maxMisses: 3 } as const;
const tried = (phrase: string, more: Partial<{ confirm: 'always'; fallbackExtension: string }> = {}) =>
  tryPhrase(phrase, directory, { ...settings, ...more });

test('an alias leads to its entry, and is asked back about when the agent always asks', () => {
  expect(tried('Put me through to billing, please')).toMatchObject({
    does: 'transfer',
    ext: '215',
    says: 'Connecting you to Sarah in Accounts.',
  });
  expect(tried('billing', { confirm: 'always' })).toMatchObject({
    does: 'confirm',
    entries: [{ ext: '215' }],
  });
});

test('two that fit equally well are both offered', () => {
  const { does, entries } = tried('John');
  expect(does).toBe('choose');
  expect(entries.map(({ ext }) => ext).sort()).toEqual(['216', '217']);
});

test('what fits nobody is asked for again; the reception is the fallback, also outside of the directory', () => {
  expect(tried('what is the weather tomorrow')).toMatchObject({ does: 'ask again', entries: [] });
  expect(tried('the reception', { fallbackExtension: '100' })).toMatchObject({
    does: 'transfer',
    ext: '100',
  });
});
