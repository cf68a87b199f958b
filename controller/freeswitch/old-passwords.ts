/**
 * Tells FreeSWITCH that an old password is still right. A user of its directory has one password; while a trunk's is
 * being changed there are two. mod_xml_curl asks here at each digest (with everything that the digest was made of), and
 * gets the user with the old password when it was made with that one. In every other case, and while this is away, the
 * directory's own user counts, which has the new one.
 *
 * A deactivated trunk is no user of the directory: `sip-forbid-register` would refuse its calls too (sofia_reg.c,
 * sofia_reg_parse_auth). It is one here, for the digest of an INVITE and no other, so that the call is refused by name.
 *
 * Listens on loopback, behind a password; it knows no SIP trunk beyond those.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { registrarRealm, type TrunkAccount } from '../switch/port.ts';
import { a1HashOf, domainOf, isOverTls, renderTrunk } from './trunk-xml.ts';

const maxBody = 16_384;
const requestTimeoutMs = 2000;

const Token = z.string().max(512);
/** What mod_sofia says of a digest (sofia_reg.c, sofia_reg_parse_auth). All of it may come from a stranger. */
export const Digest = z.object({
  action: z.literal('sip_auth'),
  sip_auth_username: z.string().regex(/^[a-z0-9_.-]{1,40}$/),
  sip_auth_realm: z.literal(registrarRealm),
  sip_auth_nonce: Token,
  sip_auth_uri: Token,
  sip_auth_method: z.string().regex(/^[A-Z]{1,20}$/),
  sip_auth_response: z.string().regex(/^[0-9a-f]{32}$/i),
  sip_auth_qop: Token.optional(),
  sip_auth_cnonce: Token.optional(),
  sip_auth_nc: Token.optional(),
});
export type Digest = z.infer<typeof Digest>;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** RFC 2617 §3.2.2.1, as FreeSWITCH computes it. */
export const responseOf = (digest: Digest, a1Hash: string): string => {
  const { sip_auth_nonce: nonce, sip_auth_qop: qop, sip_auth_cnonce: cnonce, sip_auth_nc: nc } = digest;
  const a2 = md5(`${digest.sip_auth_method}:${digest.sip_auth_uri}`);
  return qop && cnonce && nc
    ? md5(`${a1Hash}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`)
    : md5(`${a1Hash}:${nonce}:${a2}`);
};

/** The XML of a document that has nothing: FreeSWITCH goes on to its own directory (switch_xml.c, switch_xml_locate). */
const nothing =
  '<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>';

export class OldPasswords {
  readonly #server: Server;
  readonly #address: { host: string; port: number };
  readonly #authorization: Buffer;
  readonly #log: Logger;
  /** by user name; only accounts with two passwords, and deactivated ones */
  readonly #accounts = new Map<string, TrunkAccount>();
  #fault: string | null = null;

  constructor(options: { address: string; port: number; password: string; log: Logger }) {
    this.#address = { host: options.address, port: options.port };
    this.#log = options.log;
    this.#authorization = Buffer.from(
      `Basic ${Buffer.from(`offhook:${options.password}`).toString('base64')}`,
    );
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.requestTimeout = requestTimeoutMs;
    this.#server.headersTimeout = requestTimeoutMs;
    this.#server.maxConnections = 200;
  }

  /** Why nobody can ask; null when it listens. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Never rejects: without it only the newest passwords are right. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.on('error', (error) => {
        this.#fault = messageOf(error);
        this.#log.error({ reason: this.#fault }, 'FreeSWITCH cannot ask for old passwords');
        resolve();
      });
      this.#server.listen(this.#address, () => resolve());
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  put(account: TrunkAccount): void {
    this.remove(account.trunkId);
    if (account.passwords.length > 1 || account.active === false)
      this.#accounts.set(account.username, account);
  }

  remove(trunkId: string): void {
    for (const [username, account] of this.#accounts)
      if (account.trunkId === trunkId) this.#accounts.delete(username);
  }

  /** The document for a request's form, as FreeSWITCH sends it. */
  documentFor(form: Readonly<Record<string, string>>): string {
    const digest = Digest.safeParse(form).data;
    const account = digest && this.#accounts.get(digest.sip_auth_username);
    if (!digest || !account) return nothing;
    const isInactive = account.active === false;
    if (isInactive && digest.sip_auth_method !== 'INVITE') return nothing;
    const asked = account.passwords
      .slice(isInactive ? 0 : 1)
      .map((password) => a1HashOf(account.username, password))
      .find((a1Hash) => responseOf(digest, a1Hash) === digest.sip_auth_response.toLowerCase());
    if (asked === undefined) return nothing;
    const { user } = renderTrunk(account, asked);
    return `<document type="freeswitch/xml"><section name="directory"><domain name="${domainOf(isOverTls(account))}"><users>${user}</users></domain></section></document>`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const given = Buffer.from(request.headers.authorization ?? '');
    const isKnown =
      given.length === this.#authorization.length && timingSafeEqual(given, this.#authorization);
    if (!isKnown || request.method !== 'POST' || request.url !== '/directory') {
      response.writeHead(isKnown ? 404 : 401, { Connection: 'close' }).end();
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBody) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      response.writeHead(200, { 'Content-Type': 'text/xml' }).end(this.documentFor(form));
    });
  }
}
