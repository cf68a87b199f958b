/**
 * The page's link to the live monitor, its changes shown together, ten times a second at most. Knows no screen;
 * `use-live.ts` is how screens read it.
 */
import { LiveClient } from '../../../controller/contract/client/live-client.ts';

export type {
  Connection,
  LiveClientState as LiveState,
} from '../../../controller/contract/client/live-client.ts';

/** a hidden page draws no frames and still has to follow */
const hiddenFlushMs = 500;

/** nobody reads faster; a screen with hundreds of calls has time for scrolling and typing between two of them */
const flushEveryMs = 100;

/**
 * With the next frame, unless the last time was just before. A page may be hidden meanwhile, which then draws no frame.
 */
const atFrames = (): ((flush: () => void) => void) => {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (flush) => {
    let frame = 0;
    const now = (): void => {
      clearTimeout(pause);
      clearTimeout(hidden);
      cancelAnimationFrame(frame);
      lastMs = performance.now();
      flush();
    };
    const waitMs = Math.max(0, lastMs + flushEveryMs - performance.now());
    const pause = setTimeout(() => {
      frame = requestAnimationFrame(now);
    }, waitMs);
    const hidden = setTimeout(now, hiddenFlushMs);
  };
};

export class LiveStore extends LiveClient {
  constructor(workspaceId: string | null) {
    super({ planFlush: atFrames(), workspaceId });
  }
}
