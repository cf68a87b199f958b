/** Waiting for a condition: tests never sleep a fixed time to hope. Knows nothing of telephony. */

export type UntilOptions = { what: string; timeoutMs?: number; everyMs?: number };

/** Asks `probe` again and again until it gives something truthy, and gives that back; rejects naming `what`. */
export const until = async <T>(
  probe: () => T | Promise<T>,
  options: UntilOptions,
): Promise<Exclude<T, null | undefined | false | 0 | ''>> => {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const startMs = performance.now();
  for (;;) {
    const value = await probe();
    if (value) return value as Exclude<T, null | undefined | false | 0 | ''>;
    if (performance.now() - startMs > timeoutMs) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${options.what}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, options.everyMs ?? 15);
    });
  }
};

/** Holds for all of `forMs`: fails as soon as `probe` gives something that is a complaint (a non-empty text). */
export const staysSo = async (
  probe: () => string | null | Promise<string | null>,
  forMs: number,
): Promise<void> => {
  const startMs = performance.now();
  while (performance.now() - startMs < forMs) {
    const complaint = await probe();
    if (complaint !== null) throw new Error(complaint);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
};

/** `promise`, or a rejection naming `what` after `timeoutMs`. */
export const within = async <T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};
