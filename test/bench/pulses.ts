/**
 * Mouth-to-ear delay of a call that echoes: short tone pulses go out, and the first frame of each that comes back is
 * found again by its tone. The clock is one process's, so both times are on it.
 */

import { silenceByte } from '../../controller/media/g711.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { type AudioSource, toneSource } from '../kit/tone.ts';

const pulseFrames = 4;
const periodFrames = 40;
export const pulseHz = 1000;

/** Says pulses for `seconds` and gives the delay of each that came back, in milliseconds, and how many did not. */
export const measurePulses = async (
  call: SipCall,
  seconds: number,
): Promise<{ delaysMs: number[]; lost: number }> => {
  const sentMs: number[] = [];
  const tone = toneSource(pulseHz, call.rtp.codec);
  const silence = new Uint8Array(160).fill(silenceByte[call.rtp.codec]);
  const frames = seconds * 50;
  // calls begin at different places of the period, so that pulses of many calls do not come in step
  const offset = Math.floor(Math.random() * periodFrames);
  let frame = 0;
  const source: AudioSource = {
    next: () => {
      if (frame >= frames) return null;
      const at = (frame++ + offset) % periodFrames;
      if (at === 0) sentMs.push(performance.now());
      return at < pulseFrames ? tone.next() : silence;
    },
  };
  call.rtp.ear.clear();
  await call.rtp.say(source);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const heard = call.rtp.ear.framesWith(pulseHz);
  const delaysMs: number[] = [];
  let lost = 0;
  for (const sent of sentMs) {
    const back = heard.find(
      (received) => received.atMs >= sent && received.atMs < sent + (periodFrames - pulseFrames) * 20,
    );
    if (back) delaysMs.push(back.atMs - sent);
    else lost++;
  }
  return { delaysMs, lost };
};

/** The value below which `share` of the values lie; 0 of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
