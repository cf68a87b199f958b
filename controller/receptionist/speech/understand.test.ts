import { describe, expect, test } from 'vitest';
import { prepareDirectory } from '../../directory/resolver.ts';
import type { HeardWord } from './heard.ts';
import { understand } from './understand.ts';

const entry = (ext: string, name: string, department = '', aliases: string[] = []) => ({
  ext,
  name,
  owner: '',
  department,
  aliases,
  enabled: true,
});
const office = prepareDirectory([
  entry('100', 'Reception'),
  entry('215', 'Sarah Jones', 'Accounts', ['billing', 'help desk']),
  entry('216', 'Sarah Connor', 'Sales'),
]);
/** `put me through to billing:0.5`: words with a probability, 1 unless said. */
const heard = (text: string): HeardWord[] =>
  text.split(' ').map((part) => {
    const [token = '', probability = '1'] = part.split(':');
    return { token, probability: Number(probability) };
  });

describe('meaning', () => {
  test.each([
    ['put me through to billing', { is: 'entry', ext: '215', sure: true }],
    ['put me through to help_desk', { is: 'entry', ext: '215', sure: true }],
    ['put me through to billing:0.6', { is: 'entry', ext: '215', sure: false }],
    ['put:0.2 me:0.3 through:0.3 to billing', { is: 'entry', ext: '215', sure: false }],
    ['pizza billing', { is: 'entry', ext: '215', sure: false }],
    ['billing:0.02', { is: 'nothing' }],
    ['sarah_connor', { is: 'entry', ext: '216', sure: true }],
    ['speak to connor', { is: 'entry', ext: '216', sure: false }],
    ['speak to sarah', { is: 'several', exts: ['215', '216'] }],
    ['two_one_five', { is: 'entry', ext: '215', sure: false }],
    ['extension two one seven', { is: 'unknown extension', digits: '217' }],
    ['what a nice day', { is: 'nothing' }],
  ])('%s', (text, meaning) => {
    expect(understand(heard(text), office).meaning).toEqual(meaning);
  });

  test('nothing heard is nothing', () => {
    expect(understand([], office)).toEqual({
      text: '',
      meaning: { is: 'nothing' },
      answer: null,
      choice: null,
    });
  });
});

test.each([
  ['yes', 'yes'],
  ['yeah:0.6', 'yes'],
  ['yes please', 'yes'],
  ["that's right", 'yes'],
  ['yes:0.1', null],
  ['no santos', 'no'],
  ['no:0.5 santos', null],
  ['yes weather', null],
  ['no', 'no'],
  ["no that's right:0.7", 'no'],
  ['no i want sarah_connor', 'no'],
  ['no weather lovely', null],
  ['billing', null],
])('%s is the answer %s', (text, answer) => {
  expect(understand(heard(text), office).answer).toBe(answer);
});

test.each([
  ['one', 1],
  ['the first one', 1],
  ['the second one', 2],
  ['number two', 2],
  ['press three', 3],
  ['two:0.2', null],
  ['sarah_connor', null],
])('%s chooses %s', (text, choice) => {
  expect(understand(heard(text), office).choice).toBe(choice);
});
