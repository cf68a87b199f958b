/** When a failed delivery is tried again: soon, then later and later, for about three days; then it is given up. */

const minute = 60;
const hour = 60 * minute;
/** seconds after each failed try, the first at the front */
const waitsSeconds = [
  5,
  30,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
  24 * hour,
];

export const attemptsAtMost = waitsSeconds.length + 1;

/** `attempts`: tries so far. Seconds until the next, up to a fifth more at random; null when there is to be none. */
export const nextWaitSeconds = (attempts: number, random: () => number = Math.random): number | null => {
  const wait = waitsSeconds[attempts - 1];
  return wait === undefined ? null : wait * (1 + random() / 5);
};
