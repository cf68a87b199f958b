/**
 * The SIP trunks in FreeSWITCH: a user of its directory each, and a list of addresses where there is one. The files are
 * `configuration-push.ts`'s; the truth about now is asked of FreeSWITCH, which carries each account's fingerprint as a
 * variable of its user. It knows neither calls nor registrations.
 */
import { registrarRealm, SwitchError, type TrunkAccount } from '../switch/port.ts';
import { userDataCommand } from './commands.ts';
import type { ConfigurationPush } from './configuration-push.ts';
import { renderTrunk } from './trunk-xml.ts';

type Ask = (command: string, timeoutMs?: number) => Promise<string>;

const reloadTimeoutMs = 60_000;

export class TrunkUsers {
  readonly #push: ConfigurationPush;
  readonly #ask: Ask;

  constructor(options: { push: ConfigurationPush; ask: Ask }) {
    this.#push = options.push;
    this.#ask = options.ask;
  }

  /** Resolves when FreeSWITCH has the account; when it had it already, nothing is done at all. */
  async put(account: TrunkAccount): Promise<void> {
    const { trunkId, username } = account;
    const { user, list, fingerprint } = renderTrunk(account);
    const isLive = async (): Promise<boolean> => {
      const live = await this.#ask(userDataCommand(username, registrarRealm, 'offhook_account'));
      return live.trim() === fingerprint;
    };
    // nothing is written when the files have it; they may have been lost or edited
    await this.#push.put(trunkId, { directory: user, acl: list });
    if (await isLive()) return;
    // the files are right, and FreeSWITCH has not read them: it was reloaded by hand, or started with others
    const answer = await this.#ask('reloadacl', reloadTimeoutMs);
    if (await isLive()) return;
    throw new SwitchError('rejected', `FreeSWITCH did not take trunk ${trunkId}: ${answer.trim()}`);
  }

  remove(trunkId: string): Promise<void> {
    return this.#push.put(trunkId, { directory: null, acl: null });
  }

  /** Every trunk that FreeSWITCH has. */
  trunkIds(): Promise<string[]> {
    return this.#push.trunks('directory');
  }
}
