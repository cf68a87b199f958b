/**
 * The SIP trunks in FreeSWITCH: a user of its directory each, and a list of addresses where there is one. The files are
 * `configuration-push.ts`'s, which asks FreeSWITCH whether it has read them. It knows neither calls nor registrations.
 */
import type { TrunkAccount } from '../switch/port.ts';
import type { ConfigurationPush } from './configuration-push.ts';
import { renderTrunk } from './trunk-xml.ts';

export class TrunkUsers {
  readonly #push: ConfigurationPush;

  constructor(options: { push: ConfigurationPush }) {
    this.#push = options.push;
  }

  /** Resolves when FreeSWITCH has the account; when it had it already, nothing is done at all. */
  async put(account: TrunkAccount): Promise<void> {
    const { user, list } = renderTrunk(account);
    // the push asks FreeSWITCH which files it has read; to ask for each user would walk through all of them each time
    await this.#push.put(account.trunkId, { directory: user, acl: list });
  }

  remove(trunkId: string): Promise<void> {
    return this.#push.put(trunkId, { directory: null, acl: null });
  }

  /** Every trunk that FreeSWITCH has. */
  trunkIds(): Promise<string[]> {
    return this.#push.trunks('directory');
  }
}
