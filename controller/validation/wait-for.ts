/** Waits for something that nobody announces. */
import { delay } from '../process/detached.ts';

const pollMs = 50;

/** Polls; true when it came true in time. */
export const waitFor = async (
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> => {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    if (await isTrue()) return true;
    if (performance.now() > deadlineMs) return false;
    await delay(pollMs);
  }
};
