/**
 * The addresses that a PBX may call from: IPv4 and IPv6 addresses and networks (CIDR), each in one canonical form, so
 * that two lists can be compared. Pure; it knows no trunk.
 */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { fieldFault } from './texts/field.ts';
import { say } from './texts/sentence.ts';

/** Wider than these is a typing mistake that would open the trunk to a part of the Internet. */
const widestPrefix = { ipv4: 8, ipv6: 32 } as const;

type Network = { kind: 'ipv4' | 'ipv6'; bytes: readonly number[]; prefix: number };
export type AllowedAddressFault = { fault: string };

/** Reads one entry; says in words what is wrong with it. Octal, hexadecimal and short forms of IPv4 are refused. */
export const parseAllowedAddress = (text: string): Network | AllowedAddressFault => {
  const [address = '', prefixText, ...more] = text.split('/');
  if (more.length > 0 || (prefixText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(prefixText)))
    return { fault: fieldFault.network };
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  // a zone (fe80::1%eth0) means something on one machine only; brackets and dots are not taken either
  if (!isV4 && (!/^[0-9a-f:]{2,39}$/i.test(address) || !ipaddr.IPv6.isValid(address)))
    return { fault: fieldFault.network };
  const parsed = ipaddr.parse(address);
  const kind = parsed.kind();
  const bits = kind === 'ipv4' ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return { fault: say(fieldFault.prefix, { bits }) };
  if (prefix < widestPrefix[kind])
    return { fault: say(fieldFault.wideNetwork, { bits: widestPrefix[kind] }) };
  const bytes = parsed.toByteArray();
  if (bytes.some((byte, at) => (byte & ~maskByte(prefix, at) & 0xff) !== 0))
    return {
      fault: say(fieldFault.firstAddress, { network: `${format(kind, masked(bytes, prefix))}/${prefix}` }),
    };
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return { fault: fieldFault.mapped };
  const range = parsed.range();
  if (range === 'unspecified' || range === 'multicast' || range === 'broadcast')
    return { fault: fieldFault.noSender };
  return { kind, bytes, prefix };
};

const maskByte = (prefix: number, at: number): number => {
  const bits = Math.min(8, Math.max(0, prefix - 8 * at));
  return (0xff << (8 - bits)) & 0xff;
};
const masked = (bytes: readonly number[], prefix: number): number[] =>
  bytes.map((byte, at) => byte & maskByte(prefix, at));
const format = (kind: Network['kind'], bytes: readonly number[]): string =>
  kind === 'ipv4' ? bytes.join('.') : ipaddr.fromByteArray([...bytes]).toString();

/** `203.0.113.7/32`, `2001:db8::/48`: always with its prefix. */
export const formatAllowedAddress = ({ kind, bytes, prefix }: Network): string =>
  `${format(kind, bytes)}/${prefix}`;

/** The network of a text that has been let in before; throws for any other. */
const networkOf = (text: string): Network => {
  const network = parseAllowedAddress(text);
  if ('fault' in network) throw new Error(`not an allowed address: ${JSON.stringify(text.slice(0, 60))}`);
  return network;
};

/** The first two entries, one of each list, that share an address; null when none do. */
export const overlapOf = (
  ones: readonly string[],
  others: readonly string[],
): { one: string; other: string } | null => {
  const read = others.map((text) => ({ text, network: networkOf(text) }));
  for (const one of ones) {
    const { kind, bytes, prefix } = networkOf(one);
    const found = read.find(({ network }) => {
      const shared = Math.min(prefix, network.prefix);
      return (
        network.kind === kind &&
        bytes.every((byte, at) => ((byte ^ (network.bytes[at] ?? 0)) & maskByte(shared, at)) === 0)
      );
    });
    if (found) return { one, other: found.text };
  }
  return null;
};

/** Whether an address, as a switch writes it, is in a list. What is no address is in none. */
export const isAllowed = (address: string, list: readonly string[]): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const plain = ipaddr.process(address);
  const bytes = plain.toByteArray();
  return list.some((text) => {
    const network = networkOf(text);
    return (
      network.kind === plain.kind() &&
      bytes.every((byte, at) => ((byte ^ (network.bytes[at] ?? 0)) & maskByte(network.prefix, at)) === 0)
    );
  });
};

/** Each entry once, in its canonical form. */
export const AllowedAddresses = z
  .array(z.string().trim().max(60))
  .max(50)
  .transform((entries, context) => {
    const list = new Set<string>();
    entries.forEach((text, at) => {
      const network = parseAllowedAddress(text);
      if ('fault' in network) context.addIssue({ code: 'custom', path: [at], message: network.fault });
      else list.add(formatAllowedAddress(network));
    });
    return [...list];
  });
