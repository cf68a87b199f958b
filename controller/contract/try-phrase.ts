/** "Try a phrase": what an agent would do with words of a caller, on one trunk's directory. */
import { z } from 'zod';
import { plainText } from './trunk.ts';

export const TryPhraseInput = z.strictObject({ phrase: plainText(200).min(1, 'must not be blank') });
export type TryPhraseInput = z.infer<typeof TryPhraseInput>;

/** For a caller whom the recogniser heard without doubt. */
export const TriedPhrase = z
  .object({
    /**
     * transfer: it connects the caller to the one entry. confirm: it asks first whether that is meant. choose: several
     * fit equally well, and it asks which. ask again: nothing fits. give up: it has nothing to offer and hangs up.
     */
    does: z.enum(['transfer', 'confirm', 'choose', 'ask again', 'give up']),
    /** what it says, word for word */
    says: z.string(),
    /** whom it means */
    entries: z.array(
      z.object({ ext: z.string(), name: z.string(), owner: z.string(), department: z.string() }),
    ),
    /** the extension that it transfers to, also one that is not in the directory (the agent's fallback) */
    ext: z.string().nullable(),
  })
  .meta({ id: 'TriedPhrase' });
export type TriedPhrase = z.infer<typeof TriedPhrase>;
