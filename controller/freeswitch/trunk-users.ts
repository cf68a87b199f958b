/**
 * The SIP trunks in FreeSWITCH: a user of its directory each, and a list of addresses where there is one. The files are
 * `configuration-push.ts`'s, which asks FreeSWITCH whether it has read them. It knows neither calls nor registrations.
 */
import type { TrunkAccount } from '../switch/port.ts';
import type { ConfigurationPush } from './configuration-push.ts';
import { isOverTls, renderTrunk } from './trunk-xml.ts';

export class TrunkUsers {
  readonly #push: ConfigurationPush;

  constructor(options: { push: ConfigurationPush }) {
    this.#push = options.push;
  }

  /**
   * Resolves when FreeSWITCH has the account; when it had it already, nothing is done at all. A deactivated one is no user
   * any more, unless its address alone lets it in, and never to register: `old-passwords.ts` tells who calls as it.
   */
  async put(account: TrunkAccount): Promise<void> {
    const rendered = renderTrunk(account);
    const { list } = rendered;
    const user = account.active === false && account.authentication !== 'ip-allowlist' ? null : rendered.user;
    // the push asks FreeSWITCH which files it has read; to ask for each user would walk through all of them each time
    const [plain, tls] = isOverTls(account) ? [null, user] : [user, null];
    await this.#push.put(account.trunkId, { directory: plain, 'directory-tls': tls, acl: list });
  }

  remove(trunkId: string): Promise<void> {
    return this.#push.put(trunkId, { directory: null, 'directory-tls': null, acl: null });
  }

  /** Every trunk that FreeSWITCH has. */
  async trunkIds(): Promise<string[]> {
    return [...(await this.#push.trunks('directory')), ...(await this.#push.trunks('directory-tls'))];
  }
}
