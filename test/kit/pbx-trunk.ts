/**
 * A SIP trunk on the test PBX: it registers at a registrar, or only calls it, and dials every number that begins with 0,
 * 27 or + over it. Written into the files of a running PBX and reloaded.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MadeCertificate } from '../../controller/tls/make-certificate.ts';
import type { Pbx } from './pbx.ts';
import { freePort } from './ports.ts';
import { until } from './until.ts';

export type PbxTrunk = {
  registrar: { host: string; port: number };
  /** null: it does not register, and calls without credentials */
  credentials: { username: string; password: string } | null;
  /** left out: UDP, or TCP */
  tls?: PbxTrunkTls;
  /** over TCP; left out: UDP */
  tcp?: true;
  /** SRTP: nothing else, or plain RTP too; left out: none */
  srtp?: 'only' | 'too';
};

export type PbxTrunkTls = {
  /** what it checks the registrar's certificate against, PEM */
  trusts: string;
  /** its own, for connections that the registrar opens */
  own: MadeCertificate;
};

const begin = '; >>> trunk';
const replaced = async (path: string, text: string): Promise<void> => {
  const before = (await readFile(path, 'utf8')).split(begin)[0] ?? '';
  await writeFile(path, `${before}${begin}\n${text}\n`);
};

/** Asterisk makes new transports at a reload and changes none: each has a name of its own. */
let transports = 0;
const tlsTransport = async (
  pbx: Pbx,
  { trusts, own }: PbxTrunkTls,
): Promise<{ name: string; text: string }> => {
  const name = `transport-offhook-${++transports}`;
  const file = (ending: string) => join(pbx.folder, `etc/${name}.${ending}`);
  await writeFile(file('ca'), trusts);
  await writeFile(file('crt'), own.certificatePem);
  await writeFile(file('key'), own.keyPem);
  const text = `
[${name}]
type=transport
protocol=tls
method=tlsv1_2
bind=${pbx.host}:${await freePort()}
cert_file=${file('crt')}
priv_key_file=${file('key')}
ca_list_file=${file('ca')}
verify_server=yes
`;
  return { name, text };
};

const pjsip = ({ registrar, credentials, srtp, tcp }: PbxTrunk, tlsName: string | null): string => {
  const { host, port } = registrar;
  const transport = tlsName ?? (tcp ? 'transport-tcp' : null);
  const uri = `sip:${host}:${port}${transport === null ? '' : `\\;transport=${tcp ? 'tcp' : 'tls'}`}`;
  const over = transport === null ? '' : `transport=${transport}`;
  const outbound = credentials
    ? `
[offhook]
type=registration
outbound_auth=offhook
server_uri=${uri}
${over}
client_uri=sip:${credentials.username}@${host}:${port}
expiration=60
retry_interval=1
max_random_initial_delay=0
forbidden_retry_interval=1
fatal_retry_interval=1
max_retries=10000
line=yes
endpoint=offhook
auth_rejection_permanent=no

[offhook]
type=auth
auth_type=userpass
username=${credentials.username}
password=${credentials.password}
`
    : '';
  return `${outbound}
[offhook]
type=aor
contact=${uri}

[offhook]
type=endpoint
context=internal
${over}
${srtp === undefined ? '' : `media_encryption=sdes\nmedia_encryption_optimistic=${srtp === 'too' ? 'yes' : 'no'}`}
disallow=all
allow=ulaw,alaw
aors=offhook
${credentials ? `outbound_auth=offhook\nfrom_user=${credentials.username}` : ''}
send_pai=yes
allow_transfer=yes
refer_blind_progress=yes
direct_media=no
`;
};

const extensions = `
[internal]
exten => _0X.,1,Dial(PJSIP/\${EXTEN}@offhook,60,U(note-offhook))
 same => n,Hangup(\${HANGUPCAUSE})
exten => _27X.,1,Dial(PJSIP/\${EXTEN}@offhook,60,U(note-offhook))
 same => n,Hangup(\${HANGUPCAUSE})
exten => _+X.,1,Dial(PJSIP/\${EXTEN}@offhook,60)
 same => n,Hangup(\${HANGUPCAUSE})
[note-offhook]
exten => s,1,Set(GLOBAL(SECURE_offhook)=\${CHANNEL(rtp,secure)})
 same => n,Return()
`;

export const setTrunk = async (pbx: Pbx, trunk: PbxTrunk): Promise<void> => {
  const transport = trunk.tls === undefined ? null : await tlsTransport(pbx, trunk.tls);
  const text = `${transport?.text ?? ''}${pjsip(trunk, transport?.name ?? null)}`;
  await replaced(join(pbx.folder, 'etc/pjsip.conf'), text);
  await replaced(join(pbx.folder, 'etc/extensions.conf'), extensions);
  await pbx.cli('module reload res_pjsip.so');
  await pbx.cli('dialplan reload');
  if (trunk.credentials) {
    await pbx.cli('module load res_pjsip_outbound_registration.so');
    await pbx.cli('module reload res_pjsip_outbound_registration.so');
  }
};

/** One REGISTER now. */
export const registerNow = async (pbx: Pbx): Promise<void> => {
  await pbx.cli('pjsip send register offhook');
};

/** Waits for what the PBX says of its own registration: `Registered`, `Rejected`. */
export const registrationIs = async (pbx: Pbx, status: string): Promise<void> => {
  await until(async () => (await pbx.cli('pjsip show registrations')).includes(status), {
    what: `the PBX's registration to be ${status}`,
    everyMs: 100,
  });
};
