/**
 * The static files of an Asterisk instance of ours, from one model. Pure: it reads the templates, and neither writes
 * files nor knows which ports are free. Accounts are not in here; they are pushed while it runs (`accounts.ts`).
 */
import { isIP } from 'node:net';
import { repositoryPath } from '../paths.ts';
import { loadTemplate, type Renderer } from '../render.ts';

export type AsteriskConfiguration = {
  /** everything that this instance writes is below it */
  folder: string;
  /** holds the control socket, whose path has to be shorter than 108 bytes (unix(7)) */
  runFolder: string;
  /** where the packages' modules, sounds and programs are */
  moduleFolder: string;
  dataFolder: string;
  programFolder: string;
  appName: string;
  ari: { address: string; port: number; user: string; password: string };
  ami: { address: string; port: number; user: string; password: string };
  sip: { address: string; port: number; externalAddress: string; localNetworks: readonly string[] };
  rtp: { first: number; last: number };
  hep: { address: string; port: number };
};

/** What we use and what that needs; the order does not matter to Asterisk. */
export const moduleNames = [
  'res_timing_timerfd',
  'res_sorcery_config',
  'res_sorcery_memory',
  'res_sorcery_astdb',
  'res_pjproject',
  'res_pjsip',
  'res_pjsip_session',
  'res_pjsip_pubsub',
  'res_pjsip_authenticator_digest',
  'res_pjsip_endpoint_identifier_user',
  'res_pjsip_endpoint_identifier_ip',
  'res_pjsip_registrar',
  'res_pjsip_acl',
  'res_pjsip_outbound_authenticator_digest',
  'res_pjsip_outbound_registration',
  'res_pjsip_sdp_rtp',
  'res_pjsip_caller_id',
  'res_pjsip_dtmf_info',
  'res_pjsip_nat',
  // pjproject's side of REFER is set up here, for outgoing ones too
  'res_pjsip_refer',
  'res_pjsip_rfc3326',
  'res_pjsip_dlg_options',
  'res_pjsip_header_funcs',
  'res_rtp_asterisk',
  'res_srtp',
  'res_crypto',
  'chan_pjsip',
  'func_pjsip_endpoint',
  'codec_ulaw',
  'codec_alaw',
  'codec_a_mu',
  'codec_g722',
  'codec_opus_open_source',
  'codec_resample',
  'res_format_attr_opus',
  'res_audiosocket',
  'chan_audiosocket',
  'bridge_simple',
  'bridge_softmix',
  'pbx_config',
  'app_echo',
  'app_stack',
  'app_transfer',
  'app_stasis',
  'func_channel',
  'func_callerid',
  'func_logic',
  'func_timeout',
  'res_http_websocket',
  'res_websocket_client',
  'res_ari_model',
  'res_stasis',
  'res_stasis_answer',
  'res_stasis_playback',
  'res_stasis_recording',
  'res_stasis_snoop',
  'res_ari',
  'res_ari_applications',
  'res_ari_asterisk',
  'res_ari_bridges',
  'res_ari_channels',
  'res_ari_events',
  'res_rtp_multicast',
  'chan_rtp',
  'res_hep',
  'res_hep_pjsip',
] as const;

const templateNames = [
  'asterisk.conf',
  'modules.conf',
  'ari.conf',
  'http.conf',
  'manager.conf',
  'sorcery.conf',
  'pjsip.conf',
  'rtp.conf',
  'logger.conf',
  'hep.conf',
  'extensions.conf',
  'indications.conf',
  'cdr.conf',
] as const;

/** Asterisk complains about each of these when it is missing, and needs nothing in it. */
const emptyFiles = [
  'acl.conf',
  'ccss.conf',
  'cel.conf',
  'websocket_client.conf',
  'cli.conf',
  'cli_aliases.conf',
  'cli_permissions.conf',
  'codecs.conf',
  'dnsmgr.conf',
  'extconfig.conf',
  'features.conf',
  'pjproject.conf',
  'stasis.conf',
  'udptl.conf',
] as const;

type Model = AsteriskConfiguration & { modules: readonly string[] };

const renderers = new Map<string, Renderer<Model>>();

const rendererFor = (name: string): Renderer<Model> => {
  let renderer = renderers.get(name);
  if (!renderer) {
    const path = repositoryPath('dialplan-templates', 'asterisk', `${name}.hbs`);
    renderer = loadTemplate<Model>(path, 'asterisk-conf');
    renderers.set(name, renderer);
  }
  return renderer;
};

/** An address as a `host:port` needs it: IPv6 in brackets. */
export const hostInUri = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);

/** The content of each file of `etc/`. Throws a `RenderError` for a value that an Asterisk file cannot carry. */
export const renderConfiguration = (configuration: AsteriskConfiguration): Map<string, string> => {
  const { sip, hep } = configuration;
  const model: Model = {
    ...configuration,
    sip: { ...sip, address: hostInUri(sip.address) },
    hep: { ...hep, address: hostInUri(hep.address) },
    modules: moduleNames,
  };
  const files = new Map<string, string>(emptyFiles.map((name) => [name, '']));
  for (const name of templateNames) files.set(name, rendererFor(name)(model));
  return files;
};
