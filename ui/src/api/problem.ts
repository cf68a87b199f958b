/** A request that did not work, in words for the person in front of the screen. */
import type { FailureWords } from '../../../controller/contract/client/failure.ts';
import { t } from '../texts/texts.ts';

export { ApiFailure } from '../../../controller/contract/client/failure.ts';

export const wordsOf: FailureWords = ({ code, status, detail }) => {
  switch (code) {
    case 'unreachable':
      return t.problems.unreachable;
    case 'not-json':
      return t.problems.notJson(status ?? 0);
    case 'database-down':
      return t.problems['database-down'];
    case 'switch-down':
      return t.problems['switch-down'];
    case 'internal':
      return `${t.problems.internal} ${detail}`;
    default:
      return sentence(detail);
  }
};

/** The controller's details begin small and end open, since they stand in logs as well. */
const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
};

/** The words of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
