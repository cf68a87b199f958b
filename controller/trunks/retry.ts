/** When a failed registration is tried again: growing waits, each with jitter, so that a PBX coming back is not stormed. */

const firstDelayMs = 2000;
const longestDelayMs = 120_000;

/**
 * The wait before attempt `failures` + 1. `random` is in [0, 1): the wait lies within ±25 % of 2, 4, 8 … 120 seconds.
 * A wrong password waits at least 30 s: PBXes with fail2ban block an address that repeats it quickly.
 */
export const retryDelayMs = (failures: number, random: number, wrongPassword: boolean): number => {
  const grown = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(Math.max(failures, 1) - 1, 16));
  return Math.round((wrongPassword ? Math.max(grown, 30_000) : grown) * (0.75 + random / 2));
};
