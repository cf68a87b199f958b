/** Amounts as whole millionths: exact to add, and a price of a fraction of a cent a minute is one. Pure. */

const millionths = 1_000_000n;

/** `text` is an amount as the contract lets it pass. */
export const microsOf = (text: string): bigint => {
  const isNegative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const micros = BigInt(whole) * millionths + BigInt(fraction.padEnd(6, '0'));
  return isNegative ? -micros : micros;
};

/** At least two digits behind the point, as money is written, and more where there are more. */
export const textOf = (micros: bigint): string => {
  const absolute = micros < 0n ? -micros : micros;
  const fraction = String(absolute % millionths)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${micros < 0n ? '-' : ''}${absolute / millionths}.${fraction}`;
};
