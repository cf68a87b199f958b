/** A test tone and how it is heard again (Goertzel), and whether there is any sound at all. Linear PCM at 8 kHz; no call. */

const sampleRate = 8000;
/** whole periods in 20 ms, and apart from what PBXes play: 350, 425, 440, 480, 620 Hz */
export const testToneHz = 1100;

const samplesOf = (frame: Uint8Array): Int16Array =>
  new Int16Array(frame.buffer.slice(frame.byteOffset, frame.byteOffset + (frame.byteLength & ~1)));

/** One second of the tone, as L16 bytes. */
export const toneSecond = (): Uint8Array => {
  const samples = Int16Array.from({ length: sampleRate }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * testToneHz * index) / sampleRate)),
  );
  return new Uint8Array(samples.buffer);
};

/** The share (0 to 1) of a frame's energy that is at the tone; 0 for silence. */
export const toneShare = (frame: Uint8Array): number => {
  const samples = samplesOf(frame);
  const coefficient = 2 * Math.cos((2 * Math.PI * testToneHz) / sampleRate);
  let [before, beforeThat, energy] = [0, 0, 0];
  for (const sample of samples) {
    const now = sample + coefficient * before - beforeThat;
    [beforeThat, before] = [before, now];
    energy += sample * sample;
  }
  if (samples.length === 0 || energy / samples.length < 1000) return 0;
  const power = before * before + beforeThat * beforeThat - coefficient * before * beforeThat;
  return Math.min(1, (2 * power) / (samples.length * energy));
};

/** Root mean square of a frame. */
export const loudness = (frame: Uint8Array): number => {
  const samples = samplesOf(frame);
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(energy / samples.length);
};
