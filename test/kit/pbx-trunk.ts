/**
 * A SIP trunk on the test PBX: it registers at a registrar, or only calls it, and dials every number that begins with 0,
 * 27 or + over it. Written into the files of a running PBX and reloaded.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pbx } from './pbx.ts';
import { until } from './until.ts';

export type PbxTrunk = {
  registrar: { host: string; port: number };
  /** null: it does not register, and calls without credentials */
  credentials: { username: string; password: string } | null;
};

const begin = '; >>> trunk';
const replaced = async (path: string, text: string): Promise<void> => {
  const before = (await readFile(path, 'utf8')).split(begin)[0] ?? '';
  await writeFile(path, `${before}${begin}\n${text}\n`);
};

const pjsip = ({ registrar, credentials }: PbxTrunk): string => {
  const { host, port } = registrar;
  const outbound = credentials
    ? `
[offhook]
type=registration
outbound_auth=offhook
server_uri=sip:${host}:${port}
client_uri=sip:${credentials.username}@${host}:${port}
expiration=60
retry_interval=1
forbidden_retry_interval=1
fatal_retry_interval=1
max_retries=10000
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
contact=sip:${host}:${port}

[offhook]
type=endpoint
context=internal
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
exten => _0X.,1,Dial(PJSIP/\${EXTEN}@offhook,60)
 same => n,Hangup(\${HANGUPCAUSE})
exten => _27X.,1,Dial(PJSIP/\${EXTEN}@offhook,60)
 same => n,Hangup(\${HANGUPCAUSE})
exten => _+X.,1,Dial(PJSIP/\${EXTEN}@offhook,60)
 same => n,Hangup(\${HANGUPCAUSE})
`;

export const setTrunk = async (pbx: Pbx, trunk: PbxTrunk): Promise<void> => {
  await replaced(join(pbx.folder, 'etc/pjsip.conf'), pjsip(trunk));
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
