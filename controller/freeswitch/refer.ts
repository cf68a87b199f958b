/**
 * What a PBX makes of one REFER, put together from what FreeSWITCH tells about it: an event for each NOTIFY, and a
 * channel variable for the answer to the REFER itself, of which there is no event. It ends no leg.
 *
 * With `sip_refer_continue_after_reply` on the channel, FreeSWITCH 1.10 keeps the leg when the REFER is refused, but
 * ends the dialog at any NOTIFY that terminates the subscription, and leaves the channel standing without a far side
 * (sofia.c, end of sofia_handle_sip_i_notify).
 */
import type { ReferResult } from '../switch/port.ts';
import { resultOfEnd } from '../switch/refer-end.ts';

export type ReferProgress =
  | { type: 'notify'; sipStatus: number | null; terminated: boolean }
  /** `referStatus`: the answer to the REFER, as far as FreeSWITCH knows one */
  | { type: 'ended'; byPbx: boolean; referStatus: number | null };

/** One REFER that waits for its result. */
export class ReferWatch {
  readonly result: Promise<ReferResult>;
  #settle!: (result: ReferResult) => void;
  #done = false;
  /** the status of the answer to the REFER, as far as known: 202 or another 2xx, or nothing yet */
  #taken = false;
  #lost = false;
  /** of the NOTIFYs so far, none of which was final */
  #provisional = 0;

  constructor() {
    this.result = new Promise((resolve) => {
      this.#settle = (result) => {
        this.#done = true;
        resolve(result);
      };
    });
  }

  get done(): boolean {
    return this.#done;
  }

  handle(progress: ReferProgress): void {
    if (this.#done) return;
    if (progress.type === 'ended') {
      const { byPbx, referStatus } = progress;
      const isTaken = this.#taken || (referStatus !== null && referStatus >= 200 && referStatus < 300);
      this.#settle(resultOfEnd({ isTaken, byPbx, provisional: this.#provisional }));
      return;
    }
    const { sipStatus, terminated } = progress;
    this.#taken = true;
    this.#provisional = Math.max(this.#provisional, sipStatus ?? 0);
    this.#lost ||= terminated;
    if (sipStatus !== null && sipStatus >= 200)
      this.#settle(
        sipStatus < 300 ? { result: 'accepted' } : { result: 'failed', sipStatus, legAlive: !this.#lost },
      );
    // RFC 6665 §4.1.3: nothing comes after it, so how it went will never be known
    else if (terminated) this.#settle({ result: 'silent', legAlive: false });
  }

  /** `sip_refer_status_code`; null while FreeSWITCH has none. */
  handleStatus(status: number | null): void {
    if (this.#done || status === null || status < 200) return;
    // 408 is what sofia says when nobody answered; a PBX that sends one itself knows no more than that
    if (status === 408) this.#settle({ result: 'silent', legAlive: !this.#lost });
    else if (status < 300) this.#taken = true;
    else if (!this.#taken) this.#settle({ result: 'refused', sipStatus: status });
  }

  handleTimeout(): void {
    if (!this.#done) this.#settle({ result: 'silent', legAlive: !this.#lost });
  }
}
