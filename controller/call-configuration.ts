/** The configuration's snapshot as calls and registrations want to see it. */
import type { CallConfiguration } from './calls/route.ts';
import type { Configuration } from './configuration.ts';
import type { DirectoryEntry } from './contract/extension.ts';
import type { ConfiguredTrunk } from './db/load-configuration.ts';
import type { RegisteringTrunk } from './trunks/registrations.ts';

/** Always reads the newest snapshot; enabled directory entries are filtered once for each version of a trunk. */
export const callConfiguration = (configuration: Configuration): CallConfiguration => {
  const enabled = new WeakMap<readonly DirectoryEntry[], DirectoryEntry[]>();
  return {
    trunk: (trunkId) => configuration.current.trunks.get(trunkId),
    agent: (agentId) => configuration.current.agents.get(agentId),
    agentIdOfNumber: (called) => {
      const digits = called.replace(/^\+|^00/, '');
      for (const binding of configuration.current.numbers.values()) {
        if (binding.number === digits) return binding.agentId;
      }
      return null;
    },
    directory: (trunkId) => {
      const all = configuration.current.trunks.get(trunkId)?.directory ?? [];
      const known = enabled.get(all);
      if (known) return known;
      const entries = all.filter((entry) => entry.enabled);
      enabled.set(all, entries);
      return entries;
    },
  };
};

/** A trunk as the switch registers it. */
export const registeringTrunk = (trunk: ConfiguredTrunk): RegisteringTrunk => ({
  trunkId: trunk.id,
  extension: trunk.extension,
  username: trunk.username,
  authId: trunk.authId,
  password: trunk.password,
  domain: trunk.domain,
  port: trunk.port,
  transport: trunk.transport,
  expirySeconds: trunk.expirySeconds,
  codecs: trunk.codecs,
  active: trunk.active,
});
