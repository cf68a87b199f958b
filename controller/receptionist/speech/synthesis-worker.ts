/** The thread that speaks: one sentence at a time through flite. */
import { answerRequests } from './answer-requests.ts';
import { loadFlite, type Speech, speak } from './flite.ts';

const flite = loadFlite();
// sentences one after the other: each takes a 17 MB instance of the module
let last: Promise<unknown> = Promise.resolve();

answerRequests(async (speech: Speech): Promise<Int16Array> => {
  const spoken = last.then(async () => speak(await flite, speech));
  last = spoken.catch(() => {});
  return spoken;
});
