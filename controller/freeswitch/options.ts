/** How a controller reaches a FreeSWITCH: addresses, ports and folders. */
import type { Logger } from '../log.ts';
import type { CertificateText } from '../switch/port.ts';
import type { EslAddress } from './connection.ts';

export type FreeswitchOptions = {
  esl: EslAddress;
  /** where the rendered files are, which the static configuration takes in: see live-files.ts */
  gatewayDir: string;
  /** the sofia profile that registers on PBXes */
  profile: string;
  /** the one that PBXes register on */
  trunkProfile: string;
  /** where FreeSWITCH asks whether an old password is still right; null: nowhere */
  oldPasswords: { address: string; port: number } | null;
  /** our own end of all audio; FreeSWITCH must reach it, and the port must stay the same over restarts */
  mediaAddress: string;
  mediaPort: number;
  /** FreeSWITCH's ends, one port a call */
  switchMediaPorts: { from: number; to: number };
  /** where FreeSWITCH's ends are; left out: the same address as ours */
  switchMediaAddress?: string;
  /** where FreeSWITCH listens for PBXes that we register on over TLS, one port each; left out: no TLS */
  tlsPorts?: { from: number; to: number };
  /** our own; without one there is no TLS */
  certificate?: () => Promise<CertificateText>;
  log: Logger;
};
