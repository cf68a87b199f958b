/** What of a guide's value is pasted into the PBX: the guides say some of them in words, and of some why. Pure. */

/** null: nothing, it is a description of a value. */
export const pastedPart = (value: string): string | null => {
  if (/^(?:the|that|each|shown|leave) /.test(value)) return null;
  return /^(.+?): so .+$/.exec(value)?.[1] ?? value;
};
