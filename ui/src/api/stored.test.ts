import { expect, test } from 'vitest';
import { tagOf } from './stored.ts';

test('a version stays one, whatever proxies on the way have made of it', () => {
  expect(tagOf('"7"')).toBe('"7"');
  expect(tagOf('W/"7"')).toBe('"7"');
  expect(tagOf('"7-gzip"')).toBe('"7"');
  expect(tagOf(null)).toBeNull();
  expect(tagOf('"of something else"')).toBeNull();
});
