/** The maximum duration of a call: counts the agent's own time only, since nobody cuts off a person who took over. */
export const agentLimit = (limitMs: number, onReached: () => void) => {
  let leftMs = limitMs;
  let counting: { timer: NodeJS.Timeout; sinceMs: number } | null = null;
  return {
    count: (counts: boolean): void => {
      if (counts === (counting !== null)) return;
      if (counting !== null) {
        clearTimeout(counting.timer);
        leftMs = Math.max(0, leftMs - (performance.now() - counting.sinceMs));
        counting = null;
      } else counting = { timer: setTimeout(onReached, leftMs), sinceMs: performance.now() };
    },
  };
};
