/** The switch of this configuration: a FreeSWITCH that the environment names, else one of our own on this machine. */
import { isIP } from 'node:net';
import { chooseSwitchKind } from './choose-switch.ts';
import { type Config, ConfigError } from './config.ts';
import { FreeswitchSwitch } from './freeswitch/freeswitch-switch.ts';
import type { Logger } from './log.ts';
import { openCertificate } from './open-certificate.ts';
import { openOwnSwitch } from './own-switch.ts';
import { HepListener } from './sip-trace/hep-listener.ts';
import type { CertificateText, Switch } from './switch/port.ts';
import type { OwnCertificate } from './tls/own-certificate.ts';
import type { RegistrarAddress } from './trunks/sip-trunk-guide.ts';

/** `revive` starts the switch again if it is ours and gone; one that the environment names is somebody else's to start. */
export type OpenedSwitch = {
  /** our own, for PBXes over TLS */
  certificate: OwnCertificate;
  control: Switch;
  revive: () => Promise<void>;
  /** the SIP messages that it copies to us, and where it does SIP when that is known */
  hep: HepListener;
  sip: { address: string; port: number } | null;
  /** where PBXes reach us to register and to call; null when nobody has said */
  registrar: RegistrarAddress | null;
};

/** Rejects with words about what is missing. The switch is not connected yet. */
export const openSwitch = async (config: Config, log: Logger): Promise<OpenedSwitch> => {
  const certificate = await openCertificate(config, log);
  return { ...(await open(config, () => certificate.read(), log)), certificate };
};

const open = async (
  config: Config,
  certificate: () => Promise<CertificateText>,
  log: Logger,
): Promise<Omit<OpenedSwitch, 'certificate'>> => {
  if (config.FREESWITCH_ESL_HOST !== undefined && config.SWITCH !== 'asterisk') {
    const senders = isIP(config.FREESWITCH_ESL_HOST) === 0 ? [] : [config.FREESWITCH_ESL_HOST];
    const hep = new HepListener({ address: config.HEP_ADDRESS, port: config.HEP_PORT, senders });
    const registrar = publicRegistrar(config, null);
    return {
      control: named(config, certificate, log),
      revive: () => Promise.resolve(),
      hep,
      sip: null,
      registrar,
    };
  }
  const kind = chooseSwitchKind(config.SWITCH);
  const own = {
    kind,
    dataDir: config.DATA_DIR,
    address: config.SIP_ADDRESS,
    externalAddress: config.EXTERNAL_ADDRESS,
    trunkPort: config.SIP_TRUNK_PORT,
    trunkTlsPort: config.SIP_TRUNK_TLS_PORT,
    certificate,
    log,
  };
  const { control, sip, registrar: heard, hep, found } = await openOwnSwitch(own);
  const registrar = publicRegistrar(config, heard);
  log.info(
    { kind, address: sip.address, sipPort: sip.port, registrar },
    found ? 'switch found running' : 'switch started',
  );
  // it starts on the ports and with the secrets of its folder, so the connection that waits for it finds it again
  return { control, revive: async () => void (await openOwnSwitch(own)), hep, sip, registrar };
};

/** What the environment says counts; else it is where our own switch listens. */
const publicRegistrar = (
  {
    PUBLIC_SIP_HOST: host,
    PUBLIC_SIP_PORT: port,
    PUBLIC_SIP_TLS_PORT: tlsPort,
    EXTERNAL_ADDRESS: external,
  }: Config,
  heard: { address: string; port: number; tlsPort: number } | null,
): OpenedSwitch['registrar'] => {
  const name = host ?? external ?? heard?.address;
  if (name === undefined) return null;
  return { host: name, port: port ?? heard?.port ?? 5060, tlsPort: tlsPort ?? heard?.tlsPort ?? 5061 };
};

const named = (config: Config, certificate: () => Promise<CertificateText>, log: Logger): Switch => {
  const {
    FREESWITCH_ESL_HOST: host,
    FREESWITCH_ESL_PASSWORD: password,
    FREESWITCH_GATEWAY_DIR: gatewayDir,
  } = config;
  if (host === undefined || password === undefined || gatewayDir === undefined) {
    throw new ConfigError(
      'The environment is not usable:\n  FREESWITCH_ESL_HOST needs FREESWITCH_ESL_PASSWORD (or its _FILE) and FREESWITCH_GATEWAY_DIR too',
    );
  }
  log.info({ host, port: config.FREESWITCH_ESL_PORT }, 'using the FreeSWITCH that the environment names');
  return new FreeswitchSwitch({
    esl: { host, port: config.FREESWITCH_ESL_PORT, password },
    gatewayDir,
    profile: 'offhook',
    trunkProfile: 'offhook-trunks',
    oldPasswords: { address: config.DIRECTORY_ADDRESS, port: config.DIRECTORY_PORT },
    mediaAddress: config.MEDIA_ADDRESS,
    mediaPort: config.MEDIA_PORT,
    switchMediaPorts: { from: config.FREESWITCH_MEDIA_PORT_FROM, to: config.FREESWITCH_MEDIA_PORT_TO },
    ...(config.FREESWITCH_TLS_PORT_FROM === undefined || config.FREESWITCH_TLS_PORT_TO === undefined
      ? {}
      : { tlsPorts: { from: config.FREESWITCH_TLS_PORT_FROM, to: config.FREESWITCH_TLS_PORT_TO } }),
    certificate,
    ...(config.FREESWITCH_MEDIA_ADDRESS === undefined
      ? {}
      : { switchMediaAddress: config.FREESWITCH_MEDIA_ADDRESS }),
    log,
  });
};
