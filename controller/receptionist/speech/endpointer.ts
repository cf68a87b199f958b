/**
 * When the caller begins and ends to speak, by energy over a floor that follows the line's own noise. One step a
 * 20 ms frame; pure but for its own state object, which `next` replaces. It does not know what is said, nor whether
 * the agent speaks: the caller of `next` says so, because the agent's own echo comes back at a low level.
 */

export const frameMs = 20;

export type EndpointerEvent =
  | 'none'
  /** speech has gone on long enough to be speech; it began `speechFrames` frames ago */
  | 'start'
  /** a pause that may be the end: worth beginning to recognise */
  | 'pause'
  /** went on after a pause */
  | 'resume'
  | 'end';

export type Endpointer = {
  /** level of the line's noise, decibels below full scale */
  floorDb: number;
  phase: 'silence' | 'maybe' | 'speech' | 'pause';
  /** frames since the first loud one, quiet ones in between included */
  speechFrames: number;
  loudFrames: number;
  quietFrames: number;
};

export const startEndpointer = (): Endpointer => ({
  floorDb: -55,
  phase: 'silence',
  speechFrames: 0,
  loudFrames: 0,
  quietFrames: 0,
});

export const endpointing = {
  /** over the floor by so much is loud */
  overFloorDb: 12,
  /** nothing below this is speech, whatever the floor */
  leastDb: -46,
  /** while the agent speaks, its echo is louder than the line's noise: a caller who interrupts is louder than that */
  leastDuringAgentDb: -34,
  /** loud frames until it is speech: a click has two or three */
  startFrames: 4,
  /** the same while the agent speaks: 200 ms */
  interruptFrames: 10,
  pauseFrames: 14,
  /** 500 ms hang-over: people stop so long between first and last name */
  endFrames: 25,
  /** somebody who speaks for so long is cut off and answered */
  longestFrames: 600,
} as const;

/** Decibels of a frame relative to full scale, its constant part taken away. */
export const levelDb = (samples: Int16Array): number => {
  if (samples.length === 0) return -96;
  let sum = 0;
  let squares = 0;
  for (const sample of samples) {
    sum += sample;
    squares += sample * sample;
  }
  const mean = sum / samples.length;
  const power = squares / samples.length - mean * mean;
  return power < 1 ? -96 : Math.min(0, 10 * Math.log10(power / (32_768 * 32_768)));
};

/** Falls at once to a quieter line, rises slowly, and hardly at all under speech. */
const followFloor = (floorDb: number, level: number, loud: boolean): number => {
  const heard = Math.max(level, -75);
  if (heard < floorDb) return floorDb + 0.3 * (heard - floorDb);
  return floorDb + (loud ? 0.002 : 0.03) * (heard - floorDb);
};

export const next = (
  state: Endpointer,
  level: number,
  agentSpeaks: boolean,
): { state: Endpointer; event: EndpointerEvent } => {
  const least = agentSpeaks ? endpointing.leastDuringAgentDb : endpointing.leastDb;
  const loud = level > least && level > state.floorDb + endpointing.overFloorDb;
  const floorDb = followFloor(state.floorDb, level, loud);
  const quiet = { ...startEndpointer(), floorDb };
  const speechFrames = state.speechFrames + 1;
  const loudFrames = state.loudFrames + (loud ? 1 : 0);
  const quietFrames = loud ? 0 : state.quietFrames + 1;
  const on = { floorDb, speechFrames, loudFrames, quietFrames };
  switch (state.phase) {
    case 'silence':
      return loud
        ? { state: { ...on, phase: 'maybe', speechFrames: 1, loudFrames: 1 }, event: 'none' }
        : { state: quiet, event: 'none' };
    case 'maybe': {
      const needed = agentSpeaks ? endpointing.interruptFrames : endpointing.startFrames;
      // between syllables it is quiet for a few frames; after a click it stays quiet
      if (quietFrames > 5) return { state: quiet, event: 'none' };
      return loudFrames >= needed
        ? { state: { ...on, phase: 'speech' }, event: 'start' }
        : { state: { ...on, phase: 'maybe' }, event: 'none' };
    }
    case 'speech':
      if (speechFrames >= endpointing.longestFrames) return { state: quiet, event: 'end' };
      return quietFrames >= endpointing.pauseFrames
        ? { state: { ...on, phase: 'pause' }, event: 'pause' }
        : { state: { ...on, phase: 'speech' }, event: 'none' };
    case 'pause':
      if (loud) return { state: { ...on, phase: 'speech' }, event: 'resume' };
      return quietFrames >= endpointing.endFrames
        ? { state: quiet, event: 'end' }
        : { state: { ...on, phase: 'pause' }, event: 'none' };
  }
};
