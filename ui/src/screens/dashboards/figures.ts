/** Figures as words and rows for charts. Pure. */

/** `83 %`; a dash where there is nothing to divide by. */
export const percent = (part: number, all: number): string =>
  all === 0 ? '–' : new Intl.NumberFormat(undefined, { style: 'percent' }).format(part / all);

/** Only the first ones, the rest as one of its own, so that a chart stays readable. */
export const withRest = (
  rows: readonly { name: string; value: number }[],
  most: number,
  rest: string,
): { name: string; value: number }[] => {
  if (rows.length <= most) return rows.map(({ name, value }) => ({ name, value }));
  const others = rows.slice(most - 1).reduce((sum, { value }) => sum + value, 0);
  return [
    ...rows.slice(0, most - 1).map(({ name, value }) => ({ name, value })),
    { name: rest, value: others },
  ];
};
