/** E.164 digits as people read them. */

/** `27872500100` → `+27872500100`. Grouping differs from country to country, so there is none. */
export const shownNumber = (digits: string): string => `+${digits}`;
