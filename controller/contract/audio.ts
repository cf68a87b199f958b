/**
 * What audio is here: plain bytes in a stated format, between the switch, the media core and the bots. It knows no codec's
 * inside and no file.
 */

export type SampleRate = 8000 | 16000 | 24000 | 48000;

/**
 * L16 is linear 16-bit PCM, little-endian, mono: what WebSocket protocols carry and, on the machines that this runs on,
 * an Int16Array's own bytes. PCMU and PCMA are G.711, a byte a sample.
 */
export type AudioFormat =
  | { readonly encoding: 'L16'; readonly sampleRate: SampleRate }
  | { readonly encoding: 'PCMU' | 'PCMA'; readonly sampleRate: 8000 };

export const frameMs = 20;

export const l16 = (sampleRate: SampleRate): AudioFormat => ({ encoding: 'L16', sampleRate });
export const pcmu: AudioFormat = { encoding: 'PCMU', sampleRate: 8000 };
export const pcma: AudioFormat = { encoding: 'PCMA', sampleRate: 8000 };

export const bytesPerSample = (format: AudioFormat): 1 | 2 => (format.encoding === 'L16' ? 2 : 1);
export const bytesPerMs = (format: AudioFormat): number =>
  (format.sampleRate / 1000) * bytesPerSample(format);
/** What frames of a call are between switch and controller: G.711 as it is on the wire, anything else decoded by the switch. */
export const lineFormatOf = (codec: 'PCMU' | 'PCMA' | 'G722' | 'OPUS'): AudioFormat => {
  switch (codec) {
    case 'PCMU':
      return pcmu;
    case 'PCMA':
      return pcma;
    case 'G722':
      return l16(16000);
    case 'OPUS':
      return l16(48000);
  }
};

/** The bytes of 20 ms. */
export const frameBytesOf = (format: AudioFormat): number => frameMs * bytesPerMs(format);

export const sameFormat = (a: AudioFormat, b: AudioFormat): boolean =>
  a.encoding === b.encoding && a.sampleRate === b.sampleRate;

/** The byte that silence consists of; µ-law has two zeros, and 0xff is the one that every phone sends. */
export const silenceByteOf = (format: AudioFormat): number =>
  format.encoding === 'PCMU' ? 0xff : format.encoding === 'PCMA' ? 0xd5 : 0;

export const silentFrameOf = (format: AudioFormat): Uint8Array =>
  new Uint8Array(frameBytesOf(format)).fill(silenceByteOf(format));
