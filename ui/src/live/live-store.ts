/**
 * The page's link to the live monitor, its changes shown once a frame. Knows no screen; `use-live.ts` is how screens
 * read it.
 */
import { LiveClient } from '../../../controller/contract/client/live-client.ts';

export type {
  Connection,
  LiveClientState as LiveState,
} from '../../../controller/contract/client/live-client.ts';

/** a hidden page draws no frames and still has to follow */
const hiddenFlushMs = 500;

/** Whichever comes first, since a page may be hidden between the two. */
const onceAFrame = (flush: () => void): void => {
  const now = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    flush();
  };
  const timer = setTimeout(now, hiddenFlushMs);
  const frame = requestAnimationFrame(now);
};

export class LiveStore extends LiveClient {
  constructor() {
    super({ planFlush: onceAFrame });
  }
}
