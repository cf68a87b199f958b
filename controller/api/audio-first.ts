/**
 * Lets few requests begin in one turn of the event loop: a burst of them waits in line, so that the frames of the calls go
 * out between two. Knows nothing of calls; the audio's clock is a timer of the same thread.
 */
import type { RequestHandler } from 'express';

export function audioFirst({ perTurn }: { perTurn: number }): RequestHandler {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  // timers, among them the audio's, run between one setImmediate and the next
  const takeSome = (): void => {
    for (const next of waiting.splice(0, perTurn)) next();
    if (waiting.length > 0) setImmediate(takeSome);
    else isTaken = false;
  };
  return (_request, _response, next) => {
    waiting.push(next);
    if (isTaken) return;
    isTaken = true;
    setImmediate(takeSome);
  };
}
