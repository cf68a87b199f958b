/** The samples of a WAV file in memory: mono, 16-bit PCM. Knows no disk. */

/** null for anything else. Sizes in the file are not trusted. */
export const readWav = (file: Uint8Array): { audio: Uint8Array; sampleRate: number } | null => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const nameAt = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || nameAt(0) !== 'RIFF' || nameAt(8) !== 'WAVE') return null;
  let sampleRate = 0;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = nameAt(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name === 'fmt ' && start + 16 <= file.length) {
      const isPcm = view.getUint16(start, true) === 1;
      const isMono = view.getUint16(start + 2, true) === 1;
      if (!isPcm || !isMono || view.getUint16(start + 14, true) !== 16) return null;
      sampleRate = view.getUint32(start + 4, true);
    }
    if (name === 'data') {
      // a file that was written as a stream says 0 or 0xffffffff
      const end = Math.min(file.length, size === 0 ? file.length : start + size);
      return sampleRate === 0 ? null : { audio: file.subarray(start, end - ((end - start) % 2)), sampleRate };
    }
    at = start + size + (size % 2);
  }
  return null;
};
