/**
 * Offhook's own certificate: what a PBX sees that opens a TLS connection to us. Made at the first run, self-signed, and
 * made again a month before it ends; an operator's own files in its place are used as they are and never written.
 *
 *   tls/offhook.crt   certificate, then its chain   tls/offhook.key   0600
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { dayOf } from '../trunks/tls-words.ts';
import { type MadeCertificate, makeCertificate } from './make-certificate.ts';
import { isSelfSigned } from './trusted-certificates.ts';

/** by this an own one is told from an operator's */
const madeName = 'Offhook (made at first run)';
const dayMs = 86_400_000;
const madeForDays = 3650;
const renewBeforeDays = 30;
const warnBeforeDays = 21;

/** a replaced or renewed file is seen within this time */
const lookEveryMs = 3_600_000;

export type CertificateReadiness = { ready: boolean; text: string };

export class OwnCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly #dir: string;
  readonly #names: readonly string[];
  readonly #log: Logger;
  readonly #now: () => Date;
  #making: Promise<MadeCertificate> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #readiness: CertificateReadiness = { ready: true, text: 'not looked at yet' };

  constructor(options: {
    dir: string;
    /** host names and addresses that PBXes know us by */
    names: readonly string[];
    log: Logger;
    now?: () => Date;
  }) {
    this.#dir = options.dir;
    this.#names = [...new Set(options.names)];
    this.#log = options.log;
    this.#now = options.now ?? (() => new Date());
    this.certificateFile = join(options.dir, 'offhook.crt');
    this.keyFile = join(options.dir, 'offhook.key');
  }

  /** The files as they are now; made first where there are none. Rejects with words for the operator. */
  async read(): Promise<MadeCertificate> {
    const found = await this.#readFiles();
    if (found && !this.#isDue(found.certificatePem)) return found;
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  /** Makes it where there is none, and looks at it from time to time. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#look(), lookEveryMs);
    this.#timer.unref();
    await this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** As it was at the last look. */
  readiness(): CertificateReadiness {
    return this.#readiness;
  }

  async #look(): Promise<void> {
    try {
      const { certificatePem } = await this.read();
      const expiresAt = new Date(new X509Certificate(certificatePem).validTo);
      const daysLeft = (expiresAt.getTime() - this.#now().getTime()) / dayMs;
      const day = dayOf(expiresAt.toISOString());
      if (daysLeft < 0) this.#readiness = { ready: false, text: `expired on ${day}: replace it` };
      else
        this.#readiness = {
          ready: true,
          text: daysLeft < warnBeforeDays ? `valid until ${day}: renew it` : `valid until ${day}`,
        };
    } catch (thrown) {
      this.#readiness = { ready: false, text: messageOf(thrown) };
    }
    if (!this.#readiness.ready) this.#log.error({ reason: this.#readiness.text }, 'our own TLS certificate');
  }

  /** null: there is no certificate yet. */
  async #readFiles(): Promise<MadeCertificate | null> {
    const certificatePem = await readIfThere(this.certificateFile);
    const keyPem = await readIfThere(this.keyFile);
    if (certificatePem === null && keyPem === null) return null;
    if (certificatePem === null || keyPem === null)
      throw new Error(
        `${certificatePem === null ? this.certificateFile : this.keyFile} is missing beside the other`,
      );
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(certificatePem);
    } catch (thrown) {
      throw new Error(`${this.certificateFile} is no certificate (PEM): ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
    let fits: boolean;
    try {
      fits = certificate.checkPrivateKey(createPrivateKey(keyPem));
    } catch (thrown) {
      throw new Error(`${this.keyFile} is no private key (PEM, without a passphrase): ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
    if (!fits) throw new Error(`${this.keyFile} is not the key of ${this.certificateFile}`);
    return { certificatePem, keyPem };
  }

  #isDue(certificatePem: string): boolean {
    const certificate = new X509Certificate(certificatePem);
    const isOurs = certificate.subject === `CN=${madeName}` && isSelfSigned(certificate);
    return (
      isOurs && new Date(certificate.validTo).getTime() - this.#now().getTime() < renewBeforeDays * dayMs
    );
  }

  async #make(): Promise<MadeCertificate> {
    const now = this.#now().getTime();
    const made = await makeCertificate({
      commonName: madeName,
      names: this.#names,
      // a PBX's clock may be behind
      notBefore: new Date(now - dayMs),
      notAfter: new Date(now + madeForDays * dayMs),
    });
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writePrivate(this.keyFile, made.keyPem);
    await writePrivate(this.certificateFile, made.certificatePem);
    this.#log.info({ file: this.certificateFile }, 'our own TLS certificate has been made');
    return made;
  }
}

const readIfThere = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
};

const writePrivate = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
};
