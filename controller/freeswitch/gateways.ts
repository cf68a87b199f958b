/**
 * The gateways in FreeSWITCH: put, changed and taken away without touching another trunk's. The files are
 * `configuration-push.ts`'s, and only say what FreeSWITCH reads at its next start; the truth about now is asked of
 * FreeSWITCH, which carries each account's fingerprint as a variable of its gateway. It knows neither calls nor
 * registration states.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type ExtensionAccount, SwitchError } from '../switch/port.ts';
import { TurnsByKey } from '../turns.ts';
import { gatewayCommand, gatewayStatusCommand, gatewayVariableCommand, trunkIdOf } from './commands.ts';
import type { ConfigurationPush } from './configuration-push.ts';
import type { GatewayReport } from './events.ts';
import { renderGateway } from './gateway-xml.ts';
import { type GatewayPlace, profileNames, type TlsProfiles } from './tls-profiles.ts';

/** How this asks FreeSWITCH; a thread of its own there, since reading all files can take a while. */
type Ask = (command: string, timeoutMs?: number) => Promise<string>;

type Wanted = {
  trunkId: string;
  xml: string;
  fingerprint: string;
  place: GatewayPlace;
  live: string | null;
};
type Stored = { xml: string; place: GatewayPlace };
type Waiting = Wanted & { resolve: () => void; reject: (error: unknown) => void };

const reloadTimeoutMs = 60_000;
const goneTimeoutMs = 8000;
const refreshTimeoutMs = 2000;
/** so many are started by name; more of them at once, which looks at every gateway and logs the known ones */
const mostByName = 4;
/** rendering is work for this thread, which has calls' audio too */
const rendersAtOnce = 20;

export class Gateways {
  readonly #tls: GatewayPlaces;
  readonly #profile: string;
  readonly #push: ConfigurationPush;
  readonly #ask: Ask;
  readonly #log: Logger;
  readonly #onReplaced: (trunkId: string) => void;
  /** work on one trunk goes one after the other */
  readonly #turns = new TurnsByKey();
  #waiting: Waiting[] = [];
  #placing = false;
  #rendered = 0;
  /** who waits for a gateway to be gone, or to be registered anew */
  readonly #deletions = new Map<string, () => void>();
  readonly #refreshes = new Map<string, () => void>();

  constructor(options: {
    /** which profile an account belongs to, and the files of those for TLS */
    tls: GatewayPlaces;
    profile: string;
    push: ConfigurationPush;
    ask: Ask;
    log: Logger;
    /** the account of this trunk is about to be another one */
    onReplaced: (trunkId: string) => void;
  }) {
    this.#tls = options.tls;
    this.#profile = options.profile;
    this.#push = options.push;
    this.#ask = options.ask;
    this.#log = options.log;
    this.#onReplaced = options.onReplaced;
  }

  /** Resolves when FreeSWITCH has the account; when it had it already, nothing is done at all. */
  async put(account: ExtensionAccount): Promise<void> {
    const trunkId = trunkIdOf(account.trunkId);
    await this.#turns.take(trunkId, async () => {
      this.#rendered += 1;
      if (this.#rendered % rendersAtOnce === 0) await turn();
      await this.#tls.ensure(account);
      const place = this.#tls.placeOf(account);
      await this.#put({ trunkId, ...renderGateway(account, place.profile), place });
    });
  }

  remove(trunkId: string): Promise<void> {
    trunkIdOf(trunkId);
    return this.#turns.take(trunkId, async () => {
      await this.#push.put(trunkId, { gateways: null });
      await this.#tls.removeEntry(trunkId);
      if ((await this.#fingerprint(trunkId)) === null) return;
      await this.#refresh(trunkId);
      await this.#kill(trunkId, true);
    });
  }

  /**
   * Takes away every gateway, and every entry in the files, of a trunk that is not among these, and says what somebody
   * else has changed. The ones that FreeSWITCH lacks come back when they are put.
   */
  async keep(trunkIds: ReadonlySet<string>): Promise<void> {
    const hadDrifted = await this.#push.check();
    const running = new Set((await this.states()).map((gateway) => gateway.trunkId));
    const inFiles = new Set([...(await this.#push.trunks('gateways')), ...(await this.#tls.trunks())]);
    const unknown = [...running].filter((trunkId) => !trunkIds.has(trunkId));
    // an edited file does not say any more what FreeSWITCH should have had
    const lost = [...trunkIds].filter(
      (trunkId) => !running.has(trunkId) && (hadDrifted || inFiles.has(trunkId)),
    );
    if (unknown.length > 0)
      this.#log.warn(
        { trunkIds: unknown.slice(0, 20), count: unknown.length },
        'drift: FreeSWITCH holds gateways that no trunk has; they are taken away',
      );
    if (lost.length > 0)
      this.#log.warn(
        { trunkIds: lost.slice(0, 20), count: lost.length },
        'drift: FreeSWITCH has lost gateways; they are put again',
      );
    const stale = [...inFiles].filter((trunkId) => !trunkIds.has(trunkId));
    await Promise.all([...new Set([...unknown, ...stale])].map((trunkId) => this.remove(trunkId)));
  }

  async register(trunkId: string): Promise<void> {
    const answer = await this.#ask(gatewayCommand(this.#profile, 'register', trunkId));
    if (!answer.startsWith('+OK')) throw new SwitchError('rejected', `trunk ${trunkId}: ${answer.trim()}`);
  }

  /** Every gateway that FreeSWITCH holds, with sofia's word for its state. */
  async states(): Promise<GatewayReport[]> {
    return parseGatewayStates(await this.#ask('sofia xmlstatus gateway', reloadTimeoutMs), this.#profile);
  }

  handleDeleted(trunkId: string): void {
    this.#deletions.get(trunkId)?.();
  }

  handleState(report: GatewayReport): void {
    if (report.state === 'REGED' || report.state === 'FAILED') this.#refreshes.get(report.trunkId)?.();
  }

  /** The fingerprint of the account that FreeSWITCH runs; '' for a gateway without one, null for none at all. */
  async #fingerprint(trunkId: string): Promise<string | null> {
    const status = await this.#ask(gatewayStatusCommand(trunkId));
    if (!status.includes('<gateway>')) return null;
    const answer = (await this.#ask(gatewayVariableCommand(trunkId, 'offhook_account'))).trim();
    return answer.startsWith('-ERR') ? '' : answer;
  }

  async #put(wanted: Omit<Wanted, 'live'>): Promise<void> {
    const live = await this.#fingerprint(wanted.trunkId);
    if (live === wanted.fingerprint) {
      // nothing is written when the files have it; they may have been lost or edited
      await this.#store(wanted, wanted.xml);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...wanted, live, resolve, reject });
      void this.#placeAll();
    });
  }

  /**
   * sofia destroys the handle of a REGISTER right behind the last one (sofia_reg.c, sofia_reg_kill_reg), so a challenge to
   * "Expires: 0" is never answered and the PBX would keep our contact: a fresh registration just before leaves
   * credentials that most PBXs accept without asking again.
   */
  async #refresh(trunkId: string): Promise<void> {
    const status = await this.#ask(gatewayStatusCommand(trunkId));
    if (!status.includes('<state>REGED</state>')) return;
    const refreshed = this.#once(this.#refreshes, trunkId, refreshTimeoutMs);
    await this.register(trunkId);
    await refreshed;
  }

  async #kill(trunkId: string, waits: boolean): Promise<void> {
    const gone = this.#once(this.#deletions, trunkId, goneTimeoutMs);
    const answer = await this.#ask(gatewayCommand(this.#profile, 'killgw', trunkId));
    if (!answer.startsWith('+OK')) return;
    if (waits && !(await gone)) this.#log.warn({ trunkId }, 'a gateway is slow to go');
    // the old one's last REGISTER took the contact away, which is the new one's too: so the new one says it again
    if (!waits) void gone.then(() => this.register(trunkId)).catch(() => undefined);
  }

  /** true when it came, false after the time. */
  #once(map: Map<string, () => void>, trunkId: string, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (came: boolean) => {
        clearTimeout(timer);
        if (map.get(trunkId) === listener) map.delete(trunkId);
        resolve(came);
      };
      const listener = () => settle(true);
      const timer = setTimeout(() => settle(false), timeoutMs);
      map.set(trunkId, listener);
    });
  }

  /** Every reload reads all files: those that wait go in together. */
  async #placeAll(): Promise<void> {
    if (this.#placing) return;
    this.#placing = true;
    // in the next turn, when a caller of many has queued them all
    await turn();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#place(batch).catch((error: unknown) => {
        for (const one of batch) one.reject(error);
      });
    }
    this.#placing = false;
  }

  /** Nothing that runs is touched before FreeSWITCH has read the files of the new one. */
  async #place(batch: readonly Waiting[]): Promise<void> {
    const before = new Map<string, Stored | undefined>();
    for (const { trunkId } of batch) before.set(trunkId, await this.#stored(trunkId));
    const pushed = await Promise.all(
      batch.map((one) =>
        this.#store(one, one.xml).then(
          () => one,
          (error: unknown) => one.reject(error),
        ),
      ),
    );
    const placed = pushed.filter((one) => one !== undefined);
    await Promise.all(
      placed.map(async (one) => {
        this.#onReplaced(one.trunkId);
        if (one.live !== null) await this.#takeOut(one, before.get(one.trunkId));
      }),
    );
    const answer = await this.#start(placed);
    for (const one of placed) {
      if ((await this.#fingerprint(one.trunkId)) === one.fingerprint) one.resolve();
      else await this.#restore(one, before.get(one.trunkId), answer);
    }
  }

  /**
   * The same contact at the same PBX: the new gateway can start at once, since sofia puts it in the place of one that is
   * marked as deleted (sofia_reg.c, sofia_reg_add_gateway). Elsewhere, the old contact has to go properly first.
   */
  async #takeOut({ trunkId, place, xml }: Wanted, old: Stored | undefined): Promise<void> {
    const stays =
      old !== undefined && old.place.profile === place.profile && contactIn(old.xml) === contactIn(xml);
    if (!stays) await this.#refresh(trunkId);
    await this.#kill(trunkId, !stays);
  }

  /** A profile starts its own gateways only. */
  async #start(started: readonly { trunkId: string; place: GatewayPlace }[]): Promise<string> {
    let answer = '';
    for (const profile of new Set(started.map(({ place }) => place.profile))) {
      const trunkIds = started.filter(({ place }) => place.profile === profile).map((one) => one.trunkId);
      for (const name of trunkIds.length > mostByName ? [everyGateway] : trunkIds)
        answer = await this.#ask(
          name === everyGateway
            ? `sofia profile ${profile} startgw _all_`
            : gatewayCommand(profile, 'startgw', name),
          reloadTimeoutMs,
        );
    }
    return answer;
  }

  /** The entry of an account, wherever it is. */
  async #stored(trunkId: string): Promise<Stored | undefined> {
    const xml = await this.#push.entry('gateways', trunkId);
    if (xml !== undefined) return { xml, place: { profile: this.#profile, dir: null } };
    return this.#tls.entry(trunkId);
  }

  /** An account that changes its transport or its trust moves. */
  async #store({ trunkId, place }: { trunkId: string; place: GatewayPlace }, xml: string): Promise<void> {
    if (place.dir === null) {
      await this.#push.put(trunkId, { gateways: xml });
      await this.#tls.removeEntry(trunkId);
    } else {
      await this.#push.put(trunkId, { gateways: null });
      await this.#tls.putEntry(trunkId, place, xml);
    }
  }

  /** FreeSWITCH has read the files and made no gateway of this one: its old account comes back. */
  async #restore(one: Waiting, old: Stored | undefined, answer: string): Promise<void> {
    const { trunkId } = one;
    const refusal = new SwitchError('rejected', `FreeSWITCH did not take trunk ${trunkId}: ${answer.trim()}`);
    this.#log.error({ trunkId, answer: answer.trim() }, 'FreeSWITCH refused a trunk; the old one comes back');
    try {
      if (old === undefined) {
        await this.#push.put(trunkId, { gateways: null });
        await this.#tls.removeEntry(trunkId);
      } else {
        await this.#store({ trunkId, place: old.place }, old.xml);
        await this.#start([{ trunkId, place: old.place }]);
      }
    } catch (error) {
      this.#log.error({ trunkId, reason: messageOf(error) }, 'the old account could not be brought back');
    }
    one.reject(refusal);
  }
}

type GatewayPlaces = Pick<
  TlsProfiles,
  'placeOf' | 'ensure' | 'entry' | 'putEntry' | 'removeEntry' | 'trunks'
>;

const everyGateway = '_all_';

/** What the PBX knows a registration by: where it is sent, and its contact. */
const contactIn = (xml: string): string =>
  [...xml.matchAll(/<param name="(?:proxy|from-user|extension|register-transport)" value="[^"]*"/g)].join(
    '\n',
  );

const GatewayRow = z.object({ name: z.coerce.string(), profile: z.coerce.string(), state: z.string() });
const GatewayRows = z.object({
  gateways: z.union([
    z.literal(''),
    z.object({ gateway: z.union([GatewayRow.transform((row) => [row]), z.array(GatewayRow)]) }),
  ]),
});

const xmlParser = new XMLParser({ parseTagValue: false, ignoreAttributes: true });

/** The answer to `sofia xmlstatus gateway`; other profiles' gateways are none of ours. */
export const parseGatewayStates = (xml: string, profile: string): GatewayReport[] => {
  const { gateways } = GatewayRows.parse(xmlParser.parse(xml));
  if (gateways === '') return [];
  const isOurs = profileNames(profile);
  return gateways.gateway
    .filter((row) => isOurs(row.profile) && /^[a-z0-9][a-z0-9-]{0,39}$/.test(row.name))
    .map((row) => ({ trunkId: row.name, state: row.state, status: null, phrase: '' }));
};
