/** The real speech parts, for tests that listen and speak: as many of them as a test takes the voice or the ears from. */
import { join } from 'node:path';
import { ensureDebianTree, pocketsphinxModelDir, pocketsphinxProgram } from '../../tools/debian-packages.mjs';
import { silentLog } from '../log.ts';
import { createSpeech, type Speech } from './speech/speech.ts';

export const speechOf = async (dataDir: string): Promise<() => Speech> => {
  const tree = await ensureDebianTree();
  const { command, args } = tree.loader(pocketsphinxProgram(tree.root));
  const modelDir = pocketsphinxModelDir(tree.root);
  return () =>
    createSpeech({
      pocketsphinx: {
        command: [command, ...args],
        modelDir: join(modelDir, 'en-us'),
        dictionary: join(modelDir, 'cmudict-en-us.dict'),
      },
      dataDir,
      log: silentLog(),
    });
};
