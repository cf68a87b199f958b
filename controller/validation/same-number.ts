/** Whether two spellings of a caller or of a number are the same, as a PBX may have rewritten them. */

/** Of telephone numbers the last eight digits count: PBXes put a +, a country code or a 0 before them. */
export const isSame = (one: string, other: string): boolean => {
  const [digits, others] = [one, other].map((text) => text.replace(/^\+/, ''));
  if (digits === others) return true;
  const isNumber = (text = ''): boolean => /^[0-9]{8,}$/.test(text);
  return isNumber(digits) && isNumber(others) && digits?.slice(-8) === others?.slice(-8);
};
