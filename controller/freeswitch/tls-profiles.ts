/**
 * The sofia profiles for PBXes that we register on over TLS. What a connection must satisfy is a setting of the profile
 * and of no gateway (sofia.c, config_sofia; tport_type_tls.c, tport_tls_init_primary), so each such PBX has a profile of
 * its own with its own trusted certificates: nobody's authority vouches for another trunk's PBX. Trunks without the
 * check share one. It knows no gateway file; `gateways.ts` puts them into the folder that this names.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Logger } from '../log.ts';
import { repositoryPath } from '../paths.ts';
import { delay } from '../process/detached.ts';
import { loadTemplate } from '../render.ts';
import {
  type CertificateText,
  type ExtensionAccount,
  publicAuthorities,
  SwitchError,
} from '../switch/port.ts';
import { hostOf, portOf, profileOf, trunkIdOf } from './commands.ts';
import { certificateFiles } from './tls-files.ts';

export type TlsProfileOptions = {
  /** the folder of which sofia.conf.xml includes `tls/<key>/profile.xml` */
  gatewayDir: string;
  /** the name of the profile for everything else; ours begin with it */
  profile: string;
  /** where these profiles listen, one port each; null = there is no TLS here */
  ports: { from: number; to: number } | null;
  /** our own, for PBXes that open a connection to us */
  certificate: (() => Promise<CertificateText>) | undefined;
  ask: (command: string, timeoutMs?: number) => Promise<string>;
  log: Logger;
};

/** Where an account's gateway belongs; without a folder it is with those of the other transports. */
export type GatewayPlace = { profile: string; dir: string | null };

type ProfileModel = {
  profile: string;
  gatewayDir: string;
  folder: string;
  port: number;
  policy: string;
  outboundProxy: string;
};

const template = loadTemplate<ProfileModel>(
  repositoryPath('dialplan-templates', 'freeswitch', 'tls-profile.xml.hbs'),
  'xml',
);

const startTimeoutMs = 8000;
const reloadTimeoutMs = 60_000;

/** All that makes one profile another one; the same for the same account, over restarts. */
const keyOf = ({ domain, port, tls = publicAuthorities }: ExtensionAccount): string =>
  tls.verify
    ? createHash('sha256')
        .update(JSON.stringify([hostOf(domain).toLowerCase(), portOf(port), tls.caPem]))
        .digest('hex')
        .slice(0, 16)
    : 'unchecked';

export const profileNames = (profile: string): ((name: string) => boolean) => {
  const pattern = new RegExp(`^${profileOf(profile)}(?:-tls-[0-9a-z]{1,20})?$`);
  return (name) => pattern.test(name);
};

export class TlsProfiles {
  readonly #options: TlsProfileOptions;
  /** one after the other: two must not take the same port */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TlsProfileOptions) {
    this.#options = options;
  }

  placeOf(account: ExtensionAccount): GatewayPlace {
    if (account.transport !== 'tls') return { profile: this.#options.profile, dir: null };
    return this.#placeOfKey(keyOf(account));
  }

  #placeOfKey(key: string): { profile: string; dir: string } {
    const { profile, gatewayDir } = this.#options;
    return { profile: `${profile}-tls-${key}`, dir: join(gatewayDir, 'tls', key, 'gateways') };
  }

  /** The gateway of a trunk in one of these profiles. */
  async entry(trunkId: string): Promise<{ xml: string; place: GatewayPlace } | undefined> {
    for (const key of await this.#keys()) {
      const place = this.#placeOfKey(key);
      const xml = await readFile(fileIn(place.dir, trunkId), 'utf8').catch(() => null);
      if (xml !== null) return { xml, place };
    }
    return undefined;
  }

  /** FreeSWITCH reads it when the gateway is started. */
  async putEntry(trunkId: string, place: GatewayPlace, xml: string): Promise<void> {
    if (place.dir === null) throw new SwitchError('bad-argument', `trunk ${trunkId} has no TLS profile`);
    await this.removeEntry(trunkId, place.dir);
    const file = fileIn(place.dir, trunkId);
    if ((await readFile(file, 'utf8').catch(() => null)) === xml) return;
    await mkdir(place.dir, { recursive: true, mode: 0o750 });
    await write(file, xml);
  }

  /** Takes the trunk's gateway out of all these folders, but `keep`. */
  async removeEntry(trunkId: string, keep: string | null = null): Promise<void> {
    for (const key of await this.#keys()) {
      const { dir } = this.#placeOfKey(key);
      if (dir !== keep) await rm(fileIn(dir, trunkId), { force: true });
    }
  }

  /** The trunks that have a gateway here. */
  async trunks(): Promise<string[]> {
    const names = await Promise.all(
      (await this.#keys()).map((key) => readdir(this.#placeOfKey(key).dir).catch(() => [])),
    );
    return names
      .flat()
      .filter((name) => name.endsWith('.xml'))
      .map((name) => name.slice(0, -'.xml'.length));
  }

  /** Resolves when the profile of the account runs. */
  ensure(account: ExtensionAccount): Promise<void> {
    if (account.transport !== 'tls') return Promise.resolve();
    const turn = this.#last.then(() => this.#ensure(account));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #ensure(account: ExtensionAccount): Promise<void> {
    const { ask, gatewayDir, log } = this.#options;
    const key = keyOf(account);
    const { profile, dir } = this.#placeOfKey(key);
    if (await this.#runs(profile)) return;
    const folder = join(gatewayDir, 'tls', key);
    await mkdir(dir, { recursive: true, mode: 0o750 });
    const port = (await this.#portOf(key)) ?? (await this.#freePort());
    await this.#writeCertificates(folder, account);
    await write(join(folder, 'profile.xml'), this.#render(account, folder, port));
    const answer = await ask(`sofia profile ${profileOf(profile)} start`, reloadTimeoutMs);
    const deadline = Date.now() + startTimeoutMs;
    while (!(await this.#runs(profile))) {
      if (Date.now() > deadline) {
        await rm(join(folder, 'profile.xml'), { force: true });
        throw new SwitchError(
          'rejected',
          `FreeSWITCH did not open port ${port} for TLS: ${answer.trim().slice(0, 200)}`,
        );
      }
      await delay(50);
    }
    log.info({ profile, port, trunkId: account.trunkId }, 'a TLS profile was started');
  }

  #render(account: ExtensionAccount, folder: string, port: number): string {
    const verify = account.tls?.verify ?? true;
    return template({
      profile: this.placeOf(account).profile,
      gatewayDir: join(folder, 'gateways'),
      folder,
      port,
      policy: verify ? 'out|subjects_out' : 'none',
      // A PBX's Contact is seldom what its certificate is made out to: requests within a call go to where its calls
      // come from and would find another name there. So all of them take the connection of the registration.
      outboundProxy: verify ? `sip:${hostOf(account.domain)}:${portOf(account.port)};transport=tls` : '',
    });
  }

  async #writeCertificates(folder: string, { tls = publicAuthorities }: ExtensionAccount): Promise<void> {
    const own = await this.#options.certificate?.();
    if (!own) throw new SwitchError('rejected', 'TLS needs a certificate of our own');
    const trusted = tls.verify ? (tls.caPem === null ? rootCertificates : [tls.caPem]) : null;
    for (const [name, text] of certificateFiles(own, trusted)) await write(join(folder, name), text);
  }

  async #runs(profile: string): Promise<boolean> {
    return (await this.#options.ask(`sofia xmlstatus profile ${profileOf(profile)}`)).includes(
      '<profile-info>',
    );
  }

  async #keys(): Promise<string[]> {
    const names = await readdir(join(this.#options.gatewayDir, 'tls')).catch(() => []);
    return names.filter((name) => /^[0-9a-z]{1,20}$/.test(name));
  }

  async #portOf(key: string): Promise<number | null> {
    const file = join(this.#options.gatewayDir, 'tls', key, 'profile.xml');
    const text = await readFile(file, 'utf8').catch(() => '');
    const port = Number(/name="tls-sip-port" value="(\d{1,5})"/.exec(text)?.[1] ?? 0);
    const { ports } = this.#options;
    return ports && port >= ports.from && port <= ports.to ? port : null;
  }

  async #freePort(): Promise<number> {
    const { ports } = this.#options;
    if (ports === null)
      throw new SwitchError(
        'rejected',
        'TLS needs ports of its own, and this FreeSWITCH was started without any: see docs/operations.md',
      );
    const { from, to } = ports;
    const find = async (): Promise<number | null> => {
      const taken = new Set(await Promise.all((await this.#keys()).map((key) => this.#portOf(key))));
      for (let port = from; port <= to; port += 1) if (!taken.has(port)) return port;
      return null;
    };
    const port = (await find()) ?? ((await this.#clearUnused()) ? await find() : null);
    if (port === null)
      throw new SwitchError(
        'rejected',
        `all ${to - from + 1} ports for TLS are taken: each PBX whose certificate is checked needs one`,
      );
    return port;
  }

  /** Ends the profiles that have no gateway and no call any more; true when there was one. */
  async #clearUnused(): Promise<boolean> {
    const { ask, gatewayDir, profile } = this.#options;
    const channels = await ask('show channels as json', reloadTimeoutMs);
    let cleared = false;
    for (const key of await this.#keys()) {
      const files = await readdir(this.#placeOfKey(key).dir).catch(() => []);
      const name = `${profile}-tls-${key}`;
      if (files.length > 0 || channels.includes(`sofia/${name}/`)) continue;
      await rm(join(gatewayDir, 'tls', key), { recursive: true, force: true });
      await ask(`sofia profile ${profileOf(name)} stop`, reloadTimeoutMs);
      cleared = true;
    }
    return cleared;
  }
}

const fileIn = (dir: string, trunkId: string): string => join(dir, `${trunkIdOf(trunkId)}.xml`);

/** In one step: FreeSWITCH may read it at any moment. The group may read: in containers it runs as somebody else. */
const write = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode: 0o640 });
  await rename(`${file}.new`, file);
};
