import { expect, test } from 'vitest';
import { bytesOf, samplesOf } from './l16.ts';

test('bytes at any address, of an array or of a Buffer, are their samples', () => {
  const samples = Int16Array.of(1, -2, 30_000, -32_768);
  for (const offset of [0, 1, 2, 3]) {
    const memory = Buffer.alloc(64, 0x55);
    memory.set(bytesOf(samples), offset);
    const view = memory.subarray(offset, offset + 8);
    expect(samplesOf(view)).toEqual(samples);
    expect(samplesOf(new Uint8Array(memory.buffer, memory.byteOffset + offset, 8))).toEqual(samples);
    expect(samplesOf(memory.subarray(offset, offset + 7))).toEqual(samples.subarray(0, 3));
  }
});
