/**
 * The sofia profile on which PBXes register over TLS. It speaks nothing else, and has a directory of its own: a trunk for
 * TLS is a user of this one alone, so FreeSWITCH itself refuses it on the other profile, with the controller away too. It
 * is started for the first such trunk, and started anew with a certificate that has changed once no call is on it.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { repositoryPath } from '../paths.ts';
import { delay } from '../process/detached.ts';
import { loadTemplate } from '../render.ts';
import { type CertificateText, SwitchError } from '../switch/port.ts';
import { profileOf } from './commands.ts';
import { certificateFiles } from './tls-files.ts';
import { domainOf } from './trunk-xml.ts';

export type TrunkTlsProfileOptions = {
  /** the folder of which sofia.conf.xml includes `tls/<name>/profile.xml` */
  gatewayDir: string;
  profile: string;
  /** our own, which PBXes check */
  certificate: (() => Promise<CertificateText>) | undefined;
  ask: (command: string, timeoutMs?: number) => Promise<string>;
  /** how long it may take to start or to end */
  changeTimeoutMs?: number;
  log: Logger;
};

/** No name that `TlsProfiles` would take for one of its own. */
const folderName = 'for-trunks';
const usualChangeTimeoutMs = 8000;
const commandTimeoutMs = 60_000;

const template = loadTemplate<{ profile: string; folder: string; domain: string }>(
  repositoryPath('dialplan-templates', 'freeswitch', 'trunk-tls-profile.xml.hbs'),
  'xml',
);

export class TrunkTlsProfile {
  readonly #options: TrunkTlsProfileOptions;
  readonly #profile: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TrunkTlsProfileOptions) {
    this.#options = options;
    this.#profile = profileOf(options.profile);
  }

  /** Resolves when the profile runs. */
  ensure(): Promise<void> {
    const turn = this.#last.then(() => this.#ensure());
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #ensure(): Promise<void> {
    const { ask, log } = this.#options;
    const isChanged = await this.#hasNewFiles();
    const isRunning = await this.#runs();
    if (isRunning && !isChanged) return;
    if (isRunning) {
      const channels = await ask('show channels as json', commandTimeoutMs);
      // the next look is half a minute away
      if (channels.includes(`sofia/${this.#profile}/`)) return;
    }
    await this.#write();
    if (isRunning) {
      await ask(`sofia profile ${this.#profile} stop`, commandTimeoutMs);
      await this.#becomes(false);
    }
    const answer = await ask(`sofia profile ${this.#profile} start`, commandTimeoutMs);
    if (!(await this.#becomes(true)))
      throw new SwitchError(
        'rejected',
        `FreeSWITCH did not open its port for SIP trunks over TLS: ${answer.trim().slice(0, 200)}`,
      );
    log.info({ profile: this.#profile, isRenewed: isRunning }, 'the TLS profile for SIP trunks was started');
  }

  async #becomes(wanted: boolean): Promise<boolean> {
    const deadlineMs = performance.now() + (this.#options.changeTimeoutMs ?? usualChangeTimeoutMs);
    while ((await this.#runs()) !== wanted) {
      if (performance.now() > deadlineMs) return false;
      await delay(50);
    }
    return true;
  }

  async #runs(): Promise<boolean> {
    return (await this.#options.ask(`sofia xmlstatus profile ${this.#profile}`)).includes('<profile-info>');
  }

  get #folder(): string {
    return join(this.#options.gatewayDir, 'tls', folderName);
  }

  async #files(): Promise<[name: string, text: string][]> {
    const own = await this.#options.certificate?.();
    if (!own) throw new SwitchError('rejected', 'TLS needs a certificate of our own');
    const model = { profile: this.#profile, folder: this.#folder, domain: domainOf(true) };
    return [...certificateFiles(own, null), ['profile.xml', template(model)]];
  }

  async #hasNewFiles(): Promise<boolean> {
    for (const [name, text] of await this.#files())
      if ((await readFile(join(this.#folder, name), 'utf8').catch(() => null)) !== text) return true;
    return false;
  }

  /** The profile itself last: FreeSWITCH may read it at any moment. The group may read, as in tls-profiles.ts. */
  async #write(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    for (const [name, text] of await this.#files()) {
      const file = join(this.#folder, name);
      await writeFile(`${file}.new`, text, { mode: 0o640 });
      await rename(`${file}.new`, file);
    }
  }
}
