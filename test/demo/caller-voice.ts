/** What the caller says, spoken by another voice than the agent's. */
import { loadFlite, speak } from '../../controller/receptionist/speech/flite.ts';

export type SpokenTurn = { text: string; samples: Int16Array };

/** Speaks each text at 8 kHz, with half a second of silence behind it as a person leaves one. */
export const speakAsCaller = async (texts: readonly string[]): Promise<SpokenTurn[]> => {
  const flite = await loadFlite();
  const turns: SpokenTurn[] = [];
  for (const text of texts) {
    const spoken = await speak(flite, { text, voice: 'slt' });
    const samples = new Int16Array(spoken.length + 4000);
    samples.set(spoken);
    turns.push({ text, samples });
  }
  return turns;
};
