/**
 * The configuration files of the test PBX (Asterisk): extensions, numbers that ring, answer, echo or fail. It starts
 * nothing.
 */
import { join } from 'node:path';

export type PbxExtension = {
  ext: string;
  /** false: the PBX answers this extension's REFER with 603 */
  mayTransfer?: boolean;
  /** `forbidden`: REGISTER is answered 403; `unknown`: 404 */
  registration?: 'forbidden' | 'unknown';
  /** the PBX grants no more than this */
  longestExpirySeconds?: number;
  codecs?: readonly string[];
  /** tells each freshly registered phone about its voice mail, unasked */
  voiceMail?: boolean;
  /** SRTP towards this extension: nothing else, or plain RTP too (a=crypto in an RTP/AVP offer) */
  srtp?: 'only' | 'too';
};

/** One TLS port of the PBX, with the certificate that it shows there. */
export type PbxTlsPort = { name: string; port: number; certificateFile: string; keyFile: string };

/** 1009 may not transfer, 1011 may not register, 1012 has no place to register to, 1013 is granted 20 s, 1022 and 1048 speak G.722 and Opus alone. */
export const usualExtensions: readonly PbxExtension[] = [
  ...['100', '101', '102', '215', '216', '217', '1000', '1001', '1002', '1003'].map((ext) => ({ ext })),
  { ext: '1009', mayTransfer: false },
  { ext: '1011', registration: 'forbidden' },
  { ext: '1012', registration: 'unknown' },
  { ext: '1013', longestExpirySeconds: 20 },
  { ext: '1014', voiceMail: true },
  { ext: '1022', codecs: ['g722'] },
  { ext: '1048', codecs: ['opus'] },
];

export type PbxSettings = {
  folder: string;
  treeRoot: string;
  triplet: string;
  host: string;
  sipPort: number;
  firstRtpPort: number;
  lastRtpPort: number;
  extensions: readonly PbxExtension[];
  ringGroup: readonly string[];
  tlsPorts: readonly PbxTlsPort[];
};

/** Debian's build has 351 modules, many without their libraries here: only these are loaded. */
const modules = [
  'res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip',
  'res_pjsip_session res_pjsip_pubsub res_pjsip_authenticator_digest res_pjsip_endpoint_identifier_user',
  'res_pjsip_endpoint_identifier_ip res_pjsip_registrar res_pjsip_sdp_rtp res_pjsip_caller_id',
  'res_pjsip_diversion res_pjsip_dtmf_info res_pjsip_nat res_pjsip_refer res_pjsip_rfc3326',
  'res_pjsip_header_funcs res_pjsip_logger res_pjsip_dlg_options res_pjsip_acl res_pjsip_path',
  'res_pjsip_outbound_authenticator_digest res_pjsip_empty_info res_pjsip_mwi res_pjsip_mwi_body_generator',
  'res_rtp_asterisk res_srtp res_crypto chan_pjsip func_pjsip_aor func_pjsip_contact func_pjsip_endpoint',
  'codec_ulaw codec_alaw codec_g722 codec_opus_open_source res_format_attr_opus codec_gsm codec_resample format_pcm format_wav format_gsm',
  'bridge_simple bridge_native_rtp bridge_softmix bridge_holding bridge_builtin_features',
  'bridge_builtin_interval_features pbx_config app_dial app_playback app_echo app_stack app_verbose',
  'app_milliwatt app_playtones app_exec app_voicemail func_callerid func_channel func_logic func_strings',
  'func_hangupcause func_dialplan func_global res_musiconhold res_clioriginate',
].flatMap((line) => line.split(' '));

const asteriskConf = (pbx: PbxSettings): string => `[directories]
astetcdir => ${pbx.folder}/etc
astmoddir => ${join(pbx.treeRoot, 'usr/lib', pbx.triplet, 'asterisk/modules')}
astvarlibdir => ${pbx.folder}/lib
astdbdir => ${pbx.folder}/lib
astkeydir => ${pbx.folder}/lib
astdatadir => ${pbx.treeRoot}/usr/share/asterisk
astagidir => ${pbx.folder}/lib
astspooldir => ${pbx.folder}/spool
astrundir => ${pbx.folder}/run
astlogdir => ${pbx.folder}/log
astcachedir => ${pbx.folder}/cache
astsbindir => ${pbx.treeRoot}/usr/sbin
[options]
nocolor = yes
dontwarn = yes
systemname = test-pbx
defaultlanguage = en
`;

const srtpLines = ({ srtp }: PbxExtension): string =>
  srtp === undefined
    ? ''
    : `media_encryption=sdes\nmedia_encryption_optimistic=${srtp === 'too' ? 'yes' : 'no'}\n`;

const endpoint = (extension: PbxExtension): string => {
  const { ext } = extension;
  // the registrar looks for an AOR of the extension's name: one of another name is "not found"
  const aors = extension.registration === 'unknown' ? `nobody-${ext}` : ext;
  return `
[${ext}]
type=endpoint
context=internal
disallow=all
allow=${(extension.codecs ?? ['ulaw', 'alaw', 'g722']).join(',')}
direct_media=no
rtp_symmetric=yes
force_rport=yes
rewrite_contact=no
dtmf_mode=rfc4733
allow_transfer=${extension.mayTransfer === false ? 'no' : 'yes'}
send_pai=yes
trust_id_inbound=yes
auth=${ext}
aors=${aors}
callerid=Ext ${ext} <${ext}>
${extension.voiceMail ? `mailboxes=${ext}@default\n` : ''}${srtpLines(extension)}
[${ext}]
type=auth
auth_type=userpass
username=${ext}
password=pw-${ext}

[${aors}]
type=aor
max_contacts=${extension.registration === 'forbidden' ? 0 : 1}
remove_existing=yes
minimum_expiration=5
maximum_expiration=${extension.longestExpirySeconds ?? 7200}
default_expiration=120
qualify_frequency=0
`;
};

const tlsTransport = (host: string, { name, port, certificateFile, keyFile }: PbxTlsPort): string => `
[transport-tls-${name}]
type=transport
protocol=tls
method=tlsv1_2
bind=${host}:${port}
cert_file=${certificateFile}
priv_key_file=${keyFile}
`;

const pjsipConf = (pbx: PbxSettings): string => `[global]
type=global
user_agent=TestPBX
endpoint_identifier_order=auth_username,username,ip

[transport-udp]
type=transport
protocol=udp
bind=${pbx.host}:${pbx.sipPort}

[transport-tcp]
type=transport
protocol=tcp
bind=${pbx.host}:${pbx.sipPort}
${pbx.tlsPorts.map((tls) => tlsTransport(pbx.host, tls)).join('')}${pbx.extensions.map(endpoint).join('')}`;

const extensionsConf = (pbx: PbxSettings): string => `[general]
static=yes
writeprotect=yes
[internal]
; a phone of this PBX, by its number; a number without a phone is unknown (404)
${pbx.extensions.map(({ ext }) => `exten => ${ext},1,Goto(phone,${ext},1)`).join('\n')}
; ring group
exten => 600,1,Dial(${pbx.ringGroup.map((ext) => `PJSIP/${ext}`).join('&')},30)
 same => n,Hangup()
; echo
exten => 700,1,Answer()
${pbx.tlsPorts.length > 0 ? ' same => n,Gosub(note-security,s,1)\n' : ''} same => n,Echo()
; 1004 Hz without end
exten => 701,1,Answer()
 same => n,Milliwatt()
exten => 702,1,Answer()
 same => n,Playback(tt-monkeys)
 same => n,Hangup()
; always busy
exten => 703,1,Hangup(17)
; rings for ever
exten => 704,1,Ringing()
 same => n,Wait(600)
; refused: 403 for the cause "call rejected"
exten => 705,1,Hangup(21)
; answers and says nothing, for ever
exten => 706,1,Answer()
 same => n,Wait(600)
[phone]
exten => _X.,1,Dial(\${PJSIP_DIAL_CONTACTS(\${EXTEN})},45${pbx.tlsPorts.length > 0 ? ',U(note-security)' : ''})
 same => n,Goto(s-\${DIALSTATUS},1)
exten => s-BUSY,1,Hangup(17)
exten => s-NOANSWER,1,Hangup(19)
exten => s-CHANUNAVAIL,1,Hangup(\${HANGUPCAUSE})
exten => s-CONGESTION,1,Hangup(\${HANGUPCAUSE})
exten => _s-.,1,Hangup(16)
[note-security]
exten => s,1,Set(GLOBAL(SECURE_\${CHANNEL(endpoint)})=\${CHANNEL(rtp,secure)})
 same => n,Return()
`;

/** File name → text. */
export const pbxFiles = (pbx: PbxSettings): Record<string, string> => ({
  'asterisk.conf': asteriskConf(pbx),
  'modules.conf': `[modules]\nautoload=no\n${modules.map((module) => `load=${module}.so`).join('\n')}\n`,
  'logger.conf':
    '[general]\ndateformat=%F %T.%3q\n[logfiles]\nfull => notice,warning,error,verbose(3),dtmf\n',
  'rtp.conf': `[general]\nrtpstart=${pbx.firstRtpPort}\nrtpend=${pbx.lastRtpPort}\nstrictrtp=yes\nicesupport=no\n`,
  'pjsip.conf': pjsipConf(pbx),
  'extensions.conf': extensionsConf(pbx),
  'indications.conf':
    '[general]\ncountry=us\n[us]\ndescription=United States\nringcadence=2000,4000\ndial=350+440\n' +
    'busy=480+620/500,0/500\nring=440+480/2000,0/4000\ncongestion=480+620/250,0/250\n',
  'musiconhold.conf': `[general]\n[default]\nmode=files\ndirectory=${pbx.folder}/lib/moh\n`,
  'voicemail.conf': `[general]\nformat=wav\n[default]\n${pbx.extensions
    .filter((extension) => extension.voiceMail)
    .map(({ ext }) => `${ext} => 1234,Ext ${ext}`)
    .join('\n')}\n`,
  ...Object.fromEntries(
    [
      'cdr',
      'features',
      'codecs',
      'udptl',
      'ccss',
      'cli',
      'cli_aliases',
      'cel',
      'dnsmgr',
      'manager',
      'http',
    ].map((name) => [`${name}.conf`, '[general]\n']),
  ),
  ...Object.fromEntries(
    ['extconfig', 'sorcery', 'stasis', 'pjproject', 'acl', 'res_parking'].map((name) => [`${name}.conf`, '']),
  ),
});
