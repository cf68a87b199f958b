import { expect, test } from 'vitest';
import { type AudioFormat, l16, pcma, pcmu } from '../contract/audio.ts';
import { createFrameConverter } from './frame-converter.ts';
import { bytesOf } from './l16.ts';
import { createLevelTap, type Levels } from './levels.ts';

test.each([pcmu, pcma, l16(8000), l16(16000), l16(48000)] as AudioFormat[])(
  'a tone 12 dB under full scale is 15 dB under it in the mean, the other side silent: $encoding $sampleRate',
  (format) => {
    const heard: Levels[] = [];
    const tap = createLevelTap((levels) => heard.push(levels));
    tap.begin(format);
    const samples = Int16Array.from({ length: format.sampleRate / 50 }, (_, at) =>
      Math.round((32_768 / 4) * Math.sin((2 * Math.PI * 500 * at) / format.sampleRate)),
    );
    const tone = createFrameConverter(l16(format.sampleRate), format)(bytesOf(samples));
    const silence = createFrameConverter(l16(format.sampleRate), format)(new Uint8Array(samples.byteLength));
    for (let i = 0; i < 10; i++) {
      tap.fromCaller(tone);
      tap.toCaller(silence);
    }
    expect(heard).toHaveLength(2);
    for (const { callerDb, agentDb } of heard) {
      expect(callerDb).toBeGreaterThanOrEqual(-16);
      expect(callerDb).toBeLessThanOrEqual(-14);
      expect(agentDb).toBeLessThan(-60);
    }
  },
);
