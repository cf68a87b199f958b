/**
 * Whom a request comes from and to which host, through proxies that are believed: one rule for HTTP, where Express asks
 * it, and for sockets, which do not come by Express. It knows no caller.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';

/** What a connection shows of itself, whoever made it. */
export type Arrival = {
  headers: IncomingHttpHeaders;
  /** of whoever is connected to us, perhaps a proxy; undefined when the connection is gone */
  peerAddress: string | undefined;
};
export const arrivalOf = ({ headers, socket }: IncomingMessage): Arrival => ({
  headers,
  peerAddress: socket.remoteAddress,
});

/** IPv4 as it is written, also where an IPv6 socket took it. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');

const compiled = (list: string) => proxyAddr.compile(list.split(',').map((entry) => entry.trim()));

/** Addresses, CIDRs and names such as `loopback`, with commas between. */
export const isProxyList = (list: string): boolean => {
  try {
    compiled(list);
    return true;
  } catch {
    return false;
  }
};

export class TrustedProxies {
  /** for Express: its `trust proxy` */
  readonly trusts: (address: string, hop: number) => boolean;

  /** Throws for what `isProxyList` refuses. */
  constructor(list: string) {
    this.trusts = compiled(list);
  }

  /** The nearest address that is no trusted proxy. */
  addressOf({ headers, peerAddress }: Arrival): string {
    if (peerAddress === undefined) return plainAddress(undefined);
    const request = { headers, socket: { remoteAddress: peerAddress } };
    return plainAddress(proxyAddr(request as IncomingMessage, this.trusts));
  }

  /** As Express has it (`request.host`): what a trusted proxy says was asked for, else what was. */
  hostOf({ headers, peerAddress }: Arrival): string | undefined {
    const forwarded = headers['x-forwarded-host'];
    if (typeof forwarded !== 'string' || peerAddress === undefined || !this.trusts(peerAddress, 0))
      return headers.host;
    return forwarded.split(',', 1)[0]?.trimEnd();
  }
}
