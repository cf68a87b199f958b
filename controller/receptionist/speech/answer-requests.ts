/** The worker thread's end of a `WorkerLink`: each request gets one reply or one failure, in whatever order. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';

/** What the `WorkerLink` of this thread was given; the module that reads it checks it. */
export const workerSettings = (): unknown =>
  typeof workerData === 'object' && workerData !== null && 'settings' in workerData
    ? workerData.settings
    : undefined;

/** `answer` takes what the `WorkerLink` of this thread sends: its request type is that link's. */
export const answerRequests = (answer: (request: never) => Promise<unknown>): void => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  const handle = async (id: number, request: never): Promise<void> => {
    try {
      port.postMessage({ id, reply: await answer(request) });
    } catch (error) {
      port.postMessage({ id, failed: messageOf(error) });
    }
  };
  port.on(
    'message',
    (question: { id: number; request: never }) => void handle(question.id, question.request),
  );
};
