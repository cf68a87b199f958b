/** The configuration's snapshot as calls and registrations want to see it. */
import type { CallConfiguration } from './calls/route.ts';
import type { Configuration } from './configuration.ts';
import type { DirectoryEntry } from './contract/extension.ts';
import type {
  ConfigurationSnapshot,
  ConfiguredExtensionTrunk,
  ConfiguredSipTrunk,
} from './db/load-configuration.ts';
import { NumberBindings } from './numbers/bindings.ts';
import type { RegisteringTrunk } from './trunks/registrations.ts';
import type { RegistrarTrunk } from './trunks/sip-trunks.ts';

/** Always reads the newest snapshot; what is derived from it is made once for each version. */
export const callConfiguration = (
  configuration: Configuration,
  isWalletEmpty: (workspaceId: string) => boolean,
): CallConfiguration => {
  const enabled = new WeakMap<readonly DirectoryEntry[], DirectoryEntry[]>();
  let numbers: ConfigurationSnapshot['numbers'] | null = null;
  const ofWorkspace = new Map<string, NumberBindings>();
  /** The same number may be in two workspaces: the trunk that the call came by says whose it is. */
  const bindingsOf = (workspaceId: string): NumberBindings => {
    if (numbers !== configuration.current.numbers) {
      numbers = configuration.current.numbers;
      ofWorkspace.clear();
    }
    const known = ofWorkspace.get(workspaceId);
    if (known !== undefined) return known;
    const bindings = new NumberBindings(
      [...configuration.current.numbers.values()].filter((number) => number.workspaceId === workspaceId),
    );
    ofWorkspace.set(workspaceId, bindings);
    return bindings;
  };
  return {
    trunk: (trunkId) => configuration.current.trunks.get(trunkId),
    agent: (agentId) => configuration.current.agents.get(agentId),
    agentIdOfNumber: (called, trunkId) => {
      const { workspaces, trunks } = configuration.current;
      const trunk = trunks.get(trunkId);
      if (trunk === undefined) return undefined;
      const bindings = bindingsOf(trunk.workspaceId);
      const country = workspaces.get(trunk.workspaceId)?.settings.defaultCountry ?? null;
      const ofNumber = bindings.ofNumber(called, trunkId, country);
      // a PBX that rings our extension for a number of the trunk does not say for which
      if (ofNumber !== undefined || trunk.connectionType !== 'extension' || called !== trunk.extension) {
        return ofNumber;
      }
      return bindings.ofTrunk(trunkId) ?? undefined;
    },
    walletIsEmpty: (trunkId) => {
      const trunk = configuration.current.trunks.get(trunkId);
      return trunk !== undefined && isWalletEmpty(trunk.workspaceId);
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

/** A trunk in native extension mode as the switch registers it. */
export const registeringTrunk = (trunk: ConfiguredExtensionTrunk): RegisteringTrunk => ({
  trunkId: trunk.id,
  extension: trunk.extension,
  username: trunk.username,
  authId: trunk.authId,
  password: trunk.password,
  domain: trunk.domain,
  port: trunk.port,
  transport: trunk.transport,
  tls: { verify: trunk.tlsVerify, caPem: trunk.tlsCaPem },
  mediaEncryption: trunk.mediaEncryption,
  expirySeconds: trunk.expirySeconds,
  codecs: trunk.codecs,
  active: trunk.active,
});

/** A SIP trunk as the switch lets its PBX in. */
export const registrarTrunk = (trunk: ConfiguredSipTrunk): RegistrarTrunk => ({
  trunkId: trunk.id,
  username: trunk.username,
  password: trunk.password,
  oldPassword: trunk.oldPassword,
  authentication: trunk.authentication,
  allowedAddresses: trunk.authentication === 'credentials' ? [] : trunk.allowedAddresses,
  codecs: trunk.codecs,
  transport: trunk.transport,
  mediaEncryption: trunk.mediaEncryption,
  pbx: { domain: trunk.domain, port: trunk.port },
  active: trunk.active,
});
