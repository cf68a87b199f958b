/**
 * The PJSIP transports for PBXes that we register on over TLS, and the one on which PBXes register on us. What a
 * connection must satisfy is a setting of the transport (res_pjsip/config_transport.c), so there is one for each set of trusted certificates: nobody's authority
 * vouches for another trunk's PBX. The name is compared connection by connection. Pushed through ARI into memory like
 * the accounts, and gone with Asterisk like them.
 */

import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  type CertificateText,
  type ExtensionAccount,
  publicAuthorities,
  SwitchError,
} from '../switch/port.ts';
import { Turns } from '../turns.ts';
import type { PjsipObjects } from './pjsip-objects.ts';

export type TlsTransportOptions = {
  /** for the files that the transports name; Asterisk reads it too */
  dir: string;
  /** where they listen; the port is any that is free */
  bindAddress: string;
  /** where PBXes register on us */
  trunkPort: number;
  externalAddress: string | null;
  localNetworks: readonly string[];
  /** our own, for PBXes that open a connection to us */
  certificate: (() => Promise<CertificateText>) | undefined;
};

/** The name of the transport that an account uses. */
export const transportOf = ({ transport, tls = publicAuthorities }: ExtensionAccount): string => {
  if (transport !== 'tls') return `transport-${transport}`;
  if (!tls.verify) return 'offhook-tls-unchecked';
  if (tls.caPem === null) return 'offhook-tls-public';
  return `offhook-tls-${createHash('sha256').update(tls.caPem).digest('hex').slice(0, 16)}`;
};

/** `port` 0 = any that is free; `trusted` null = nobody's certificate is checked */
type Wanted = { id: string; port: number; trusted: string | null };

export class TlsTransports {
  readonly #options: TlsTransportOptions;
  /** one after the other: two accounts may want the same one */
  readonly #turns = new Turns();

  constructor(options: TlsTransportOptions) {
    this.#options = options;
  }

  /** Resolves when Asterisk has the transport of the account. */
  ensure(pjsip: PjsipObjects, account: ExtensionAccount): Promise<void> {
    if (account.transport !== 'tls') return Promise.resolve();
    const { verify, caPem } = account.tls ?? publicAuthorities;
    const trusted = verify ? (caPem ?? rootCertificates.join('\n')) : null;
    return this.#turns.take(() => this.#ensure(pjsip, { id: transportOf(account), port: 0, trusted }));
  }

  /** Resolves when PBXes can register over TLS. */
  ensureForTrunks(pjsip: PjsipObjects): Promise<void> {
    const wanted = { id: 'offhook-tls-trunks', port: this.#options.trunkPort, trusted: null };
    return this.#turns.take(() => this.#ensure(pjsip, wanted));
  }

  async #ensure(pjsip: PjsipObjects, wanted: Wanted): Promise<void> {
    const { id } = wanted;
    if (await pjsip.exists('transport', id)) return;
    const fields = Object.entries(await this.#fieldsOf(wanted));
    await pjsip.set({ type: 'transport', id, fields });
  }

  async #fieldsOf({ id, port, trusted }: Wanted): Promise<Record<string, string>> {
    const { dir, bindAddress, externalAddress, localNetworks } = this.#options;
    const own = await this.#options.certificate?.();
    if (!own) throw new SwitchError('rejected', 'TLS needs a certificate of our own');
    const files = {
      cert_file: join(dir, 'own.crt'),
      priv_key_file: join(dir, 'own.key'),
      ca_list_file: join(dir, `${id}.pem`),
    };
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await write(files.cert_file, own.certificatePem);
    await write(files.priv_key_file, own.keyPem);
    await write(files.ca_list_file, trusted ?? rootCertificates.join('\n'));
    return {
      protocol: 'tls',
      bind: `${bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress}:${port}`,
      // every version from this one on (pjproject, ssl_sock_ossl.c)
      method: 'tlsv1_2',
      verify_server: trusted === null ? 'no' : 'yes',
      verify_client: 'no',
      require_client_cert: 'no',
      allow_wildcard_certs: 'yes',
      ...files,
      ...(externalAddress === null
        ? {}
        : {
            external_signaling_address: externalAddress,
            external_media_address: externalAddress,
            ...(localNetworks.length === 0 ? {} : { local_net: localNetworks.join(',') }),
          }),
    };
  }
}

const write = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
};
