/** Hands each change of the configuration to those who register, or let register. */
import { registeringTrunk, registrarTrunk } from './call-configuration.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { Registrations } from './trunks/registrations.ts';
import type { SipTrunks } from './trunks/sip-trunks.ts';

export const followConfiguration = (
  { registrations, sipTrunks }: { registrations: Registrations; sipTrunks: SipTrunks },
  onRemoved: (trunkId: string) => void,
) => {
  let known = new Set<string>();
  return ({ snapshot, trunkId }: ConfigurationChange): void => {
    const changed = trunkId === null ? [...snapshot.trunks.keys()] : [trunkId];
    for (const id of changed) {
      const trunk = snapshot.trunks.get(id);
      if (trunk?.connectionType === 'extension') registrations.apply(registeringTrunk(trunk));
      else if (trunk) sipTrunks.apply(registrarTrunk(trunk));
    }
    for (const id of known) {
      if (snapshot.trunks.has(id)) continue;
      registrations.remove(id);
      sipTrunks.remove(id);
      if (!snapshot.unreadableTrunks.has(id)) onRemoved(id);
    }
    known = new Set(snapshot.trunks.keys());
  };
};
