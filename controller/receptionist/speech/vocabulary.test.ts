import { expect, test } from 'vitest';
import type { DirectoryEntry } from '../../contract/extension.ts';
import { phrasesOf } from './vocabulary.ts';

const entry = (ext: string, name: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  ext,
  name,
  owner: '',
  department: '',
  aliases: [],
  enabled: true,
  ...more,
});
const tokens = (entries: DirectoryEntry[]): string[] => phrasesOf(entries).map((phrase) => phrase.token);

test('names, parts of names, departments, aliases and extensions are phrases, and so is the reception', () => {
  const all = tokens([entry('215', 'Sarah Connor', { department: 'Accounts', aliases: ['billing'] })]);
  expect(all).toEqual(
    expect.arrayContaining([
      'sarah_connor',
      'sarah',
      'connor',
      'accounts',
      'billing',
      'two_one_five',
      'reception',
      'operator',
    ]),
  );
});

test('who is disabled cannot be heard', () => {
  expect(tokens([entry('215', 'Sarah', { enabled: false })])).not.toContain('sarah');
});

test('capitals are also said letter by letter', () => {
  const it = phrasesOf([entry('222', 'Helpers', { aliases: ['IT'] })]).find(
    (phrase) => phrase.token === 'it',
  );
  expect(it?.sayings.map((words) => words.map((word) => word.said).join(' '))).toEqual(['it', 'i t']);
});

test('what cannot be pronounced, or would break the files of the recogniser, is no phrase', () => {
  const hostile = entry('10', '日本', { aliases: ['a\nb (2) <s> \\end\\', 'x'.repeat(60)] });
  for (const phrase of phrasesOf([hostile])) {
    expect(phrase.token).toMatch(/^[a-z0-9_]+$/);
    expect(phrase.token.length).toBeLessThan(160);
  }
});

test('a directory of 10,000 gives a bounded model', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => entry(String(10_000 + at), `Desk ${at} Somewhere`));
  expect(phrasesOf(many).length).toBeLessThanOrEqual(25_000);
});
