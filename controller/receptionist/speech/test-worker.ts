/** A worker thread for the tests of `WorkerLink`: says what it is asked, fails, or ends. */
import { threadId } from 'node:worker_threads';
import { answerRequests, workerSettings } from './answer-requests.ts';

answerRequests(async (request: string): Promise<string> => {
  if (request === 'end') process.exit(3);
  if (request === 'fail') throw new Error('as asked');
  if (request === 'settings') return String(workerSettings());
  return request === 'thread' ? String(threadId) : request;
});
