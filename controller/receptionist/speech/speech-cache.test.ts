import { expect, test } from 'vitest';
import { SpeechCache } from './speech-cache.ts';

const minute = 8000 * 60;

test('the same text is spoken once, also when it is asked for twice at once', async () => {
  const cache = new SpeechCache();
  let made = 0;
  const make = async (): Promise<Int16Array> => {
    made += 1;
    return new Int16Array(10);
  };
  const [first, second] = await Promise.all([cache.get('hello', make), cache.get('hello', make)]);
  expect(first).toBe(second);
  expect(made).toBe(1);
});

test('what failed is tried again', async () => {
  const cache = new SpeechCache();
  await expect(cache.get('hello', () => Promise.reject(new Error('no voice')))).rejects.toThrow('no voice');
  expect(await cache.get('hello', () => Promise.resolve(new Int16Array(3)))).toHaveLength(3);
});

test('what has not been said for long gives way, what is said all the time stays', async () => {
  const cache = new SpeechCache();
  const made: string[] = [];
  const say = (text: string): Promise<Int16Array> =>
    cache.get(text, () => {
      made.push(text);
      return Promise.resolve(new Int16Array(minute));
    });
  await say('greeting');
  for (let name = 0; name < 30; name += 1) {
    await say(`name ${name}`);
    await say('greeting');
  }
  await say('name 0');
  expect(made.filter((text) => text === 'greeting')).toHaveLength(1);
  expect(made.filter((text) => text === 'name 0')).toHaveLength(2);
});
