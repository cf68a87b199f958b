/** The receptionist's speech from this machine's parts: PocketSphinx out of Debian's packages, models cached in the data folder. */
import { join } from 'node:path';
import { ensureDebianTree, pocketsphinxModelDir, pocketsphinxProgram } from '../tools/debian-packages.mjs';
import type { Logger } from './log.ts';
import { createSpeech, type Speech } from './receptionist/speech/speech.ts';

/** Rejects with words about what is missing. Not started yet. */
export const openSpeech = async (options: { dataDir: string; log: Logger }): Promise<Speech> => {
  const tree = await ensureDebianTree({ log: (line) => options.log.info(line) });
  const { command, args } = tree.loader(pocketsphinxProgram(tree.root));
  const modelDir = pocketsphinxModelDir(tree.root);
  return createSpeech({
    pocketsphinx: {
      command: [command, ...args],
      modelDir: join(modelDir, 'en-us'),
      dictionary: join(modelDir, 'cmudict-en-us.dict'),
    },
    dataDir: join(options.dataDir, 'speech'),
    log: options.log,
  });
};
