/** Types of `file-lock.mjs`. */
export declare const takeLock: (
  lock: string,
  isDone: () => boolean,
  onWait: () => void,
) => Promise<(() => Promise<void>) | null>;
