/**
 * The switch that runs on this machine for us: started when it is not there, found again when it is. It is a process of
 * its own and outlives this one.
 */
import { join } from 'node:path';
import { ensureDebianTree } from '../tools/debian-packages.mjs';
import { AsteriskSwitch } from './asterisk/asterisk-switch.ts';
import { startAsterisk } from './asterisk/launch.ts';
import { FreeswitchSwitch } from './freeswitch/freeswitch-switch.ts';
import { startFreeswitch } from './freeswitch/launch.ts';
import type { Logger } from './log.ts';
import { HepListener } from './sip-trace/hep-listener.ts';
import type { CertificateText, Switch, SwitchKind } from './switch/port.ts';

export type OwnSwitchOptions = {
  kind: SwitchKind;
  dataDir: string;
  /** where SIP and RTP listen */
  address: string;
  externalAddress?: string | undefined;
  /** where PBXes register; left out: a free port, kept over restarts */
  trunkPort?: number | undefined;
  /** and where they do over TLS; likewise */
  trunkTlsPort?: number | undefined;
  /** our own, for PBXes over TLS */
  certificate: () => Promise<CertificateText>;
  log: Logger;
};

export type OwnSwitch = {
  control: Switch;
  sip: { address: string; port: number };
  /** where PBXes register on it */
  registrar: { address: string; port: number; tlsPort: number };
  /** the SIP messages that it copies to us */
  hep: HepListener;
  /** it ran already, with its calls and registrations */
  found: boolean;
};

export const switchFolder = (dataDir: string, kind: SwitchKind): string => join(dataDir, kind);
/** Where its process id is written. */
export const switchPidFile = (dataDir: string, kind: SwitchKind): string =>
  join(switchFolder(dataDir, kind), kind === 'freeswitch' ? 'freeswitch.pid' : 'pid');

/** Starts or finds the switch. Rejects with words about what is missing. */
export const openOwnSwitch = async (options: OwnSwitchOptions): Promise<OwnSwitch> => {
  const { kind, dataDir, address, externalAddress, trunkPort, trunkTlsPort, certificate, log } = options;
  const where = {
    dir: switchFolder(dataDir, kind),
    bindAddress: address,
    ...(externalAddress === undefined ? {} : { externalAddress }),
    ...(trunkTlsPort === undefined ? {} : { trunkTlsPort }),
    log,
  };
  if (kind === 'freeswitch') {
    const { sip, registrar, reused, ...connection } = await startFreeswitch({
      ...where,
      ...(trunkPort === undefined ? {} : { trunkPort }),
    });
    const hep = new HepListener({ port: connection.hepPort });
    return {
      control: new FreeswitchSwitch({ ...connection, certificate, log }),
      sip,
      registrar,
      hep,
      found: reused,
    };
  }
  const tree = await ensureDebianTree({ log: (line) => log.info(line) });
  // one address for both kinds of trunk: Asterisk tells them apart by what a request says
  const { sip, found, ...connection } = await startAsterisk({
    ...where,
    tree,
    ...(trunkPort === undefined ? {} : { sipPort: trunkPort }),
  });
  const registrar = {
    address: externalAddress ?? sip.address,
    port: sip.port,
    tlsPort: connection.tls.trunkPort,
  };
  const control = new AsteriskSwitch({ ...connection, sip, certificate, log });
  return { control, sip, registrar, hep: control.hep, found };
};
