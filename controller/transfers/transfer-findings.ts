/**
 * What the PBX of each trunk turned out to do with transfers. A clear answer counts at once; 603 may be about the target
 * or about the right to transfer, so it counts when it comes for the second time in a row. Writes through what it is given.
 */
import type { TransferFinding, TransferSupport } from '../contract/trunk.ts';

/** RFC 3261 §21: method not allowed, bad extension, not implemented. They speak of the request, not of the target. */
const clearStatuses: ReadonlySet<number> = new Set([405, 420, 501]);
const unclearStatus = 603;
const unclearTimes = 2;

export class TransferFindings {
  readonly #save: (trunkId: string, support: TransferSupport) => void;
  readonly #unclear = new Map<string, number>();

  constructor(options: { save: (trunkId: string, support: TransferSupport) => void }) {
    this.#save = options.save;
  }

  /** `sipStatus` null: the PBX took it. `support` is what was known before. */
  note(
    trunkId: string,
    support: TransferSupport,
    what: 'refer' | 'replaces',
    sipStatus: number | null,
    at = new Date(),
  ): void {
    const finding = this.#findingOf(`${trunkId} ${what}`, sipStatus, at);
    if (finding === null) return;
    const before = support[what];
    if (before?.supported === finding.supported && before.sipStatus === finding.sipStatus) return;
    this.#save(trunkId, { ...support, [what]: finding });
  }

  #findingOf(key: string, sipStatus: number | null, at: Date): TransferFinding | null {
    if (sipStatus === null) {
      this.#unclear.delete(key);
      return { supported: true, sipStatus: null, at: at.toISOString() };
    }
    if (!clearStatuses.has(sipStatus)) {
      if (sipStatus !== unclearStatus) return null;
      const times = (this.#unclear.get(key) ?? 0) + 1;
      this.#unclear.set(key, times);
      if (times < unclearTimes) return null;
    }
    this.#unclear.delete(key);
    return { supported: false, sipStatus, at: at.toISOString() };
  }
}
