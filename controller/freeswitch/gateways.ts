/**
 * The gateways in FreeSWITCH, one file a trunk: put, changed and taken away without touching another trunk's. The
 * file is what FreeSWITCH reads at its next start; the truth about now is asked of FreeSWITCH, which carries each
 * account's fingerprint as a variable of its gateway. It knows neither calls nor registration states.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import { type ExtensionAccount, SwitchError } from '../switch/port.ts';
import {
  gatewayCommand,
  gatewayStatusCommand,
  gatewayVariableCommand,
  rescanCommand,
  trunkIdOf,
} from './commands.ts';
import type { GatewayReport } from './events.ts';
import { renderGateway } from './gateway-xml.ts';

/** How this asks FreeSWITCH; a thread of its own there, since reading all files can take a while. */
type Ask = (command: string, timeoutMs?: number) => Promise<string>;

type Wanted = { trunkId: string; xml: string; fingerprint: string };
type Waiting = Wanted & { resolve: () => void; reject: (error: unknown) => void };

const reloadTimeoutMs = 60_000;
const goneTimeoutMs = 8000;
const refreshTimeoutMs = 2000;

export class Gateways {
  readonly #dir: string;
  readonly #profile: string;
  readonly #ask: Ask;
  readonly #log: Logger;
  readonly #onReplaced: (trunkId: string) => void;
  /** work on one trunk goes one after the other */
  readonly #chains = new Map<string, Promise<void>>();
  #waiting: Waiting[] = [];
  #placing = false;
  /** who waits for a gateway to be gone, or to be registered anew */
  readonly #deletions = new Map<string, () => void>();
  readonly #refreshes = new Map<string, () => void>();

  constructor(options: {
    dir: string;
    profile: string;
    ask: Ask;
    log: Logger;
    /** the account of this trunk is about to be another one */
    onReplaced: (trunkId: string) => void;
  }) {
    this.#dir = options.dir;
    this.#profile = options.profile;
    this.#ask = options.ask;
    this.#log = options.log;
    this.#onReplaced = options.onReplaced;
  }

  /** Resolves when FreeSWITCH has the account; when it had it already, nothing is done at all. */
  async put(account: ExtensionAccount): Promise<void> {
    const wanted: Wanted = { trunkId: account.trunkId, ...renderGateway(account) };
    await this.#inTurn(account.trunkId, () => this.#put(wanted));
  }

  remove(trunkId: string): Promise<void> {
    trunkIdOf(trunkId);
    return this.#inTurn(trunkId, async () => {
      await rm(this.#file(trunkId), { force: true });
      if ((await this.#fingerprint(trunkId)) !== null) await this.#takeOut(trunkId);
    });
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

  #file(trunkId: string): string {
    return join(this.#dir, `${trunkIdOf(trunkId)}.xml`);
  }

  #inTurn(trunkId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#chains.get(trunkId) ?? Promise.resolve();
    const after = before.catch(() => undefined).then(work);
    this.#chains.set(trunkId, after);
    const forget = () => {
      if (this.#chains.get(trunkId) === after) this.#chains.delete(trunkId);
    };
    after.then(forget, forget);
    return after;
  }

  /** The fingerprint of the account that FreeSWITCH runs; '' for a gateway without one, null for none at all. */
  async #fingerprint(trunkId: string): Promise<string | null> {
    const status = await this.#ask(gatewayStatusCommand(trunkId));
    if (!status.includes('<gateway>')) return null;
    const answer = (await this.#ask(gatewayVariableCommand(trunkId, 'offhook_account'))).trim();
    return answer.startsWith('-ERR') ? '' : answer;
  }

  async #put(wanted: Wanted): Promise<void> {
    const live = await this.#fingerprint(wanted.trunkId);
    if (live === wanted.fingerprint) {
      // the file may have been lost or edited: it is what FreeSWITCH finds at its next start
      if ((await this.#read(wanted.trunkId)) !== wanted.xml) await this.#write(wanted.trunkId, wanted.xml);
      return;
    }
    this.#onReplaced(wanted.trunkId);
    if (live !== null) await this.#takeOut(wanted.trunkId);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...wanted, resolve, reject });
      void this.#placeAll();
    });
  }

  /**
   * Ends a gateway and waits until it is gone. sofia destroys the handle of the REGISTER right behind the last one
   * (sofia_reg.c, sofia_reg_kill_reg), so a challenge to "Expires: 0" is never answered and the PBX would keep our
   * contact: a fresh registration just before leaves credentials that most PBXs accept without asking again.
   */
  async #takeOut(trunkId: string): Promise<void> {
    const status = await this.#ask(gatewayStatusCommand(trunkId));
    if (status.includes('<state>REGED</state>')) {
      const refreshed = this.#once(this.#refreshes, trunkId, refreshTimeoutMs);
      await this.register(trunkId);
      await refreshed;
    }
    const gone = this.#once(this.#deletions, trunkId, goneTimeoutMs);
    const answer = await this.#ask(gatewayCommand(this.#profile, 'killgw', trunkId));
    if (answer.startsWith('+OK') && !(await gone)) this.#log.warn({ trunkId }, 'a gateway is slow to go');
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
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#place(batch).catch((error: unknown) => {
        for (const one of batch) one.reject(error);
      });
    }
    this.#placing = false;
  }

  async #place(batch: Waiting[]): Promise<void> {
    const before = new Map<string, string | null>();
    for (const { trunkId, xml } of batch) {
      before.set(trunkId, await this.#read(trunkId));
      await this.#write(trunkId, xml);
    }
    const [first] = batch;
    // startgw looks at one gateway only; rescan walks through all of them once, whatever their number
    const command =
      batch.length === 1 && first
        ? gatewayCommand(this.#profile, 'startgw', first.trunkId)
        : rescanCommand(this.#profile);
    const answer = await this.#ask(command, reloadTimeoutMs);
    const failed: Waiting[] = [];
    for (const one of batch) {
      if ((await this.#fingerprint(one.trunkId)) === one.fingerprint) one.resolve();
      else failed.push(one);
    }
    if (failed.length === 0) return;
    for (const { trunkId } of failed) await this.#restore(trunkId, before.get(trunkId) ?? null);
    if (batch.length > 1) {
      // one bad file makes all of them fail: each alone, so that the error names the right one
      for (const one of failed) await this.#place([one]).catch((error: unknown) => one.reject(error));
      return;
    }
    for (const one of failed) {
      await this.#ask(gatewayCommand(this.#profile, 'startgw', one.trunkId), reloadTimeoutMs);
      one.reject(
        new SwitchError('rejected', `FreeSWITCH did not take trunk ${one.trunkId}: ${answer.trim()}`),
      );
    }
  }

  async #restore(trunkId: string, xml: string | null): Promise<void> {
    if (xml === null) await rm(this.#file(trunkId), { force: true });
    else await this.#write(trunkId, xml);
  }

  async #read(trunkId: string): Promise<string | null> {
    return readFile(this.#file(trunkId), 'utf8').catch(() => null);
  }

  /** In one step: FreeSWITCH may read the folder at any moment. Its pattern is `*.xml`. */
  async #write(trunkId: string, xml: string): Promise<void> {
    const file = this.#file(trunkId);
    // the group may read: in containers FreeSWITCH runs as somebody else
    await mkdir(this.#dir, { recursive: true, mode: 0o750 });
    await writeFile(`${file}.new`, xml, { mode: 0o640 });
    await rename(`${file}.new`, file);
  }
}

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
  return gateways.gateway
    .filter((row) => row.profile === profile && /^[a-z0-9][a-z0-9-]{0,39}$/.test(row.name))
    .map((row) => ({ trunkId: row.name, state: row.state, status: null, phrase: '' }));
};
