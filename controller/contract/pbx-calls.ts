/**
 * Which kinds of PBX Offhook can call over their SIP trunk, as attended and bridge transfers and the test call need. An
 * extension of a PBX calls like any phone; what comes down a trunk is a call from outside, and some send it elsewhere.
 */
import type { ConnectionType, PbxType, TransferMode } from './trunk.ts';

/** They take whatever number a trunk brings by their inbound routes: an extension that none names rings nobody, or somebody else. */
const onlyInboundRoutes: Partial<Record<PbxType, string>> = {
  '3cx': '3CX sends every call from a trunk by its inbound rules',
  yeastar: 'Yeastar sends every call from a trunk by its inbound routes',
  grandstream: 'Grandstream sends every call from a trunk by its inbound routes',
};

/** Why an extension of the PBX cannot be called, in words; null: it can. */
export const callFault = (trunk: { connectionType: ConnectionType; pbxType: PbxType }): string | null => {
  const words = trunk.connectionType === 'extension' ? undefined : onlyInboundRoutes[trunk.pbxType];
  return words === undefined ? null : `${words}, so Offhook cannot ring an extension of it over a SIP trunk`;
};

/** Why a trunk cannot have this transfer mode, and what to do; null: it can. */
export const transferModeFault = (trunk: {
  connectionType: ConnectionType;
  pbxType: PbxType;
  transferMode: TransferMode;
}): string | null => {
  const fault = trunk.transferMode === 'refer' ? null : callFault(trunk);
  return fault && `${fault}: use refer, or connect Offhook as an extension (native extension mode)`;
};
