import { expect, test } from 'vitest';
import { decode, encode, silenceByte } from './g711.ts';

const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code);

test.each(['PCMU', 'PCMA'] as const)('%s: every code comes back as a code of the same value', (codec) => {
  const values = decode(codec, allCodes);
  expect(decode(codec, encode(codec, values))).toEqual(values);
});

test.each([
  // reference values of ITU-T G.711 tables 1a and 2a, scaled to 16 bits
  ['PCMU', 0x00, -32_124],
  ['PCMU', 0x80, 32_124],
  ['PCMU', 0xff, 0],
  ['PCMU', 0xef, 132],
  ['PCMA', 0xd5, 8],
  ['PCMA', 0x55, -8],
  ['PCMA', 0x2a, -32_256],
  ['PCMA', 0xaa, 32_256],
] as const)('%s code %i decodes to %i', (codec, code, value) => {
  expect(decode(codec, Uint8Array.of(code))[0]).toBe(value);
});

test.each(['PCMU', 'PCMA'] as const)('%s: the error of any sample is below 1/16 of it', (codec) => {
  const samples = Int16Array.from({ length: 4000 }, (_, i) => (i - 2000) * 16);
  const back = decode(codec, encode(codec, samples));
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    expect(Math.abs((back[i] as number) - sample)).toBeLessThanOrEqual(Math.max(16, Math.abs(sample) / 16));
  }
});

test.each(['PCMU', 'PCMA'] as const)('%s: silence encodes to its silence byte', (codec) => {
  expect(encode(codec, new Int16Array(1))[0]).toBe(silenceByte[codec]);
});
