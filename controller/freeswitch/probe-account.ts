/** Asks the network about a PBX as sofia would: it says 503 for several troubles that an admin has to tell apart. */
import { type ExtensionAccount, publicAuthorities } from '../switch/port.ts';
import { probe } from '../switch/probe.ts';
import { isInDns } from './dns-name.ts';

const probeTimeoutMs = 3000;

export const probeAccount = async (
  account: ExtensionAccount | undefined,
): Promise<Awaited<ReturnType<typeof probe>>> => {
  if (!account) return 'reachable';
  // sofia asks name servers only: a name that stands in /etc/hosts alone does not exist for it
  if (!(await isInDns(account.domain))) return 'name-not-found';
  const { domain, port, transport, tls: trust = publicAuthorities } = account;
  return probe(domain, port, transport, probeTimeoutMs, { trust, nameRule: 'literal' });
};
