/** The outline says what was loud, by shape alone. */
import { expect, test } from 'vitest';
import { outlineOf, rowHeight } from './waveform.ts';

const heightAt = (path: string, x: number): number => {
  const found = path.match(/-?[\d.]+ -?[\d.]+/g)?.map((pair) => pair.split(' ').map(Number)) ?? [];
  const at = found.filter(([left]) => left === x).map(([, y]) => y ?? 0);
  return Math.max(...at) - Math.min(...at);
};

test('louder is higher, silence is a line, nothing leaves its row', () => {
  const path = outlineOf([0, 25, 100, 900], rowHeight);
  expect(heightAt(path, 0)).toBe(1);
  expect(heightAt(path, 1)).toBeCloseTo(heightAt(path, 2) / 2, 0);
  for (const x of [2, 3]) expect(heightAt(path, x)).toBeLessThanOrEqual(rowHeight);
  expect(outlineOf([], 0)).toBe('');
});
