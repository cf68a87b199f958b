/** The outline of a recording as SVG paths, the caller above and the agent below. Pure. */

/** Of each row; the drawing is stretched to the place it gets. */
export const rowHeight = 50;

/**
 * One row: a closed shape around its middle line. Speech is mostly quiet, so heights go by their square root; silence
 * keeps a hair's breadth, so that a row is seen to be there.
 */
export const outlineOf = (peaks: readonly number[], top: number): string => {
  const middle = top + rowHeight / 2;
  const heights = peaks.map((peak) =>
    Math.max(0.5, Math.sqrt(Math.min(100, peak) / 100) * (rowHeight / 2 - 2)),
  );
  const upper = heights.map((height, x) => `${x} ${(middle - height).toFixed(1)}`);
  const lower = heights.map((height, x) => `${x} ${(middle + height).toFixed(1)}`).reverse();
  return upper.length === 0 ? '' : `M${upper.join('L')}L${lower.join('L')}Z`;
};
