/**
 * A message of a type that a protocol does not know: what was emulated before us passes over it (keep-alives, additions
 * of a newer version), and so do we. Knows no protocol.
 */
import { quoted } from './failure.ts';

/** Different things of one bot that are told. */
const mostTold = 20;

/** The type, or null when this is no such message: not an object, without a type, or of a type that is known. */
export const unknownType = (json: unknown, known: ReadonlySet<string>): string | null => {
  if (typeof json !== 'object' || json === null) return null;
  const { type, event } = json as { type?: unknown; event?: unknown };
  const names = [type, event].filter((name) => typeof name === 'string');
  return names.length === 0 || names.some((name) => known.has(name)) ? null : (names[0] ?? null);
};

/** Tells each thing once. */
export const onceEach = (tell: (what: string) => void): ((what: string) => void) => {
  const told = new Set<string>();
  return (what) => {
    const shown = quoted(what);
    if (told.has(shown) || told.size >= mostTold) return;
    told.add(shown);
    tell(shown);
  };
};
