/**
 * Keeps webhooks out of private networks. Looks at the address that is really connected to, after the name was looked up
 * and for every connection anew, so that a name that changes its address in between gains nothing.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The receiver has an address that webhooks may not reach. */
export class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';
}

/**
 * Only what IANA calls global unicast. An IPv4 address inside an IPv6 one counts as itself, and translated ones (NAT64,
 * 6to4, Teredo) are ranges of their own to ipaddr.js, which lead anywhere and so are refused.
 */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';

const refusal = (host: string, address: string): PrivateAddressError =>
  new PrivateAddressError(
    host === address
      ? `${host} is not a public address; set WEBHOOK_PRIVATE_ADDRESSES=yes to allow private ones`
      : `${host} has the address ${address}, which is not public; set WEBHOOK_PRIVATE_ADDRESSES=yes to allow private ones`,
  );

/** Throws for a URL whose host is a literal address that is not public: such a host is never looked up. */
export const refusePrivateLiteral = (url: URL): void => {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refusal(host, host);
};

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** In place of node's own look-up when a connection is made: fails when any of the addresses is not public. */
export const publicLookup = (host: string, options: LookupOptions, answer: Answer): void => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return answer(error, []);
    const closed = addresses.find(({ address }) => !isPublicAddress(address));
    if (closed) return answer(refusal(host, closed.address), []);
    if (options.all === true) return answer(null, addresses);
    const [first] = addresses;
    if (!first) return answer(new Error(`${host} has no address`), []);
    return answer(null, first.address, first.family);
  });
};
