import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DirectoryEntry } from '../contract/extension.ts';
import { asksForReception, prepareDirectory, type Resolution, resolve } from './resolver.ts';

const entry = (
  ext: string,
  name: string,
  more: { owner?: string; department?: string; aliases?: string[]; enabled?: boolean } = {},
): DirectoryEntry => ({ ext, name, owner: '', department: '', aliases: [], enabled: true, ...more });

const office = prepareDirectory([
  entry('100', 'Reception'),
  entry('215', 'Sarah Jones', { department: 'Accounts', aliases: ['billing', 'invoices'] }),
  entry('216', 'Sarah Connor', { department: 'Sales' }),
  entry('300', 'Sales Desk', { owner: 'Pierre Lefèvre', department: 'Sales' }),
  entry('301', 'Dr. José Núñez', { department: 'Medical' }),
  entry('400', 'Siobhan O’Brien', { department: 'Support', aliases: ['shiv awn'] }),
  entry('401', 'Omar Al-Sayed', { department: 'Support', aliases: ['IT', 'help desk'] }),
  entry('402', 'Wojciech Kowalski', { department: 'Engineering' }),
  entry('500', 'Accounts'),
  entry('501', 'The Boardroom'),
  entry('502', 'Studio 5'),
  entry('2150', 'Warehouse', { aliases: ['after hours pickup'] }),
  entry('600', 'Ghost Writer', { enabled: false }),
]);

const told = (found: Resolution): string => {
  switch (found.result) {
    case 'match':
      return `${found.entry.ext}${found.certain ? '' : '?'}`;
    case 'ambiguous':
      return found.candidates.map(({ ext }) => ext).join('|');
    case 'none':
      return 'none';
  }
};

describe('what callers ask for', () => {
  test.each([
    ['put me through to billing', '215'],
    ['Billing, please', '215'],
    ['accounts please', '500'],
    ['BILLING', '215'],
    ['I would like to speak to Sarah Connor', '216'],
    ['connor sarah', '216'],
    ["Sarah Connor's line", '216'],
    ['sorry, I was cut off, I was talking to Sarah Connor', '216?'],
    ['Sarah Connor about the overdue credit note from last week', '216?'],
    ['hello, my name is Sarah Connor, Sarah Jones please', '215'],
    ['Sarah Connor Miller Junior Straw', 'none'],
    ['zwohundertfünfzehn bitte', '215'],
    ['der Vertrieb bitte', '300'],
    ['Ms. Connor', '216'],
    ['Sarah in Accounts', '215'],
    ['Sarah from sales please', '216'],
    ['jose nunez', '301'],
    ['Doctor Núñez', '301'],
    ['pierre lefevre', '300'],
    ['the sales desk', '300'],
    ['the boardroom', '501'],
    ['boardroom', '501'],
    ['studio five', '502'],
    ['studio 5', '502'],
    ["O'Brien", '400'],
    ['obrien', '400'],
    ['al sayed', '401'],
    ['omar alsayed', '401'],
    ['helpdesk', '401'],
    ['the help desk', '401'],
    ['after hours pickup', '2150'],
    ['reception', '100'],
    ['the operator please', '100'],
    ['can I speak to a receptionist', '100'],
    ['front desk', '100'],
  ])('%s → %s', (words, expected) => {
    expect(told(resolve(words, office))).toBe(expected);
  });
});

describe('extensions', () => {
  test.each([
    ['215', '215'],
    ['extension 215', '215'],
    ['ext215', '215'],
    ['2 1 5', '215'],
    ['two one five', '215'],
    ['extension two fifteen', '215'],
    ['two hundred and fifteen please', '215'],
    ['four oh one', '401'],
    ['four zero one', '401'],
    ['five double oh', '500'],
    ['five hundred', '500'],
    ['twenty one fifty', '2150'],
    ['two one five zero', '2150'],
    ['two one seven', 'none'],
    ['999', 'none'],
    ['600', 'none'],
  ])('%s → %s', (words, expected) => {
    expect(told(resolve(words, office))).toBe(expected);
  });
});

describe('near spellings and sounds are found, and are never certain', () => {
  test.each([
    ['billng', '215?'],
    ['invoise', '215?'],
    ['sara conor', '216?'],
    ['shivon obrien', '400?'],
    ['wojcech kowalsky', '402?'],
    ['kovalski', '402?'],
    ['enginering', '402?'],
    ['wherehouse', '2150?'],
    ['resception', '100?'],
  ])('%s → %s', (words, expected) => {
    expect(told(resolve(words, office))).toBe(expected);
  });

  test.each(['billng', 'sara conor', 'wherehouse'])(
    'but not where words are taken as they are: %s',
    (words) => {
      expect(told(resolve(words, office, { near: false }))).toBe('none');
    },
  );
});

describe('two that fit equally well', () => {
  test.each([
    ['speak to Sarah', '215|216'],
    ['support', '400|401'],
    ['sarah please', '215|216'],
  ])('%s → %s', (words, expected) => {
    expect(told(resolve(words, office))).toBe(expected);
  });

  test('the same name twice is an ambiguity of two', () => {
    const twins = prepareDirectory([
      entry('10', 'Ann Lee', { department: 'Sales' }),
      entry('11', 'Ann Lee', { department: 'Legal' }),
    ]);
    expect(told(resolve('Ann Lee', twins))).toBe('10|11');
    expect(told(resolve('Ann Lee in legal', twins))).toBe('11');
  });
});

describe('never a guess', () => {
  test.each([
    'pizza',
    'put me through to the swimming pool',
    'Sarah Miller',
    'Thomas Connor',
    'Jones and Partners',
    'can I speak to somebody',
    'please',
    'desk',
    'department',
    'hello',
    '',
    '   ',
    '%s%n{}"; drop table',
    'constructor',
    '__proto__',
    'ghost writer',
  ])('%s', (words) => {
    expect(told(resolve(words, office))).toBe('none');
  });

  test('what is said beside it makes a match uncertain', () => {
    expect(told(resolve('I have a problem with my invoices', office))).toBe('215?');
    expect(told(resolve('someone in IT', office))).toBe('401?');
  });
});

test('without an entry called so, the reception is nobody, but is still what was asked for', () => {
  const small = prepareDirectory([entry('215', 'Sarah')]);
  expect(told(resolve('reception', small))).toBe('none');
  expect(asksForReception('can I speak to the operator please')).toBe(true);
  expect(asksForReception('reception hall tickets')).toBe(false);
});

test('any text gets an answer, and any directory an index', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc.string({ maxLength: 80 }),
      (words, name) => {
        const directory = prepareDirectory([entry('10', name, { aliases: [words.slice(0, 80)] })]);
        expect(['match', 'ambiguous', 'none']).toContain(resolve(words, directory).result);
      },
    ),
  );
});

test('every entry is found by its own name, and only entries of the directory are', () => {
  const name = fc.constantFrom('Ann', 'Bob', 'Carl', 'Dora', 'Emil', 'Fay', 'Gus', 'Hal', 'Ida', 'Jo');
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, name), { selector: String, minLength: 1 }), (names) => {
      const entries = names.map(([first, last], at) => entry(String(100 + at), `${first} ${last}`));
      const directory = prepareDirectory(entries);
      for (const own of entries) {
        const found = resolve(`put me through to ${own.name} please`, directory);
        if (found.result === 'match') expect(found.entry).toBe(own);
        else expect(found.result === 'ambiguous' && found.candidates).toContain(own);
      }
    }),
  );
});
