/** sipp as a caller: another stack than ours, many calls in a row. It reports by its exit code and its own counters. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';

const header = (requestUri: string, method: string, sequence: number): string => `
${method} ${method === 'INVITE' ? requestUri : '[next_url]'} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp [call_number]" <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <${requestUri}>${method === 'INVITE' ? '' : '[peer_tag_param]'}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
Max-Forwards: 70`;

/** Dialled and answered; what comes then is between. */
const scenario = (requestUri: string, then: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="dial, and then">
  <send retrans="500"><![CDATA[${header(requestUri, 'INVITE', 1)}
Contact: <sip:sipp@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true" rtd="true"/>
  <send><![CDATA[${header(requestUri, 'ACK', 1)}
Content-Length: 0
]]></send>
${then}
  <send retrans="500"><![CDATA[${header(requestUri, 'BYE', 2)}
Content-Length: 0
]]></send>
  <recv response="200"/>
</scenario>
`;

/** What a PBX does that takes a caller over and tells nothing about it: 202, then its BYE (RFC 5589 §6.1). */
const takenByRefer = `  <recv request="REFER"/>
  <send><![CDATA[
SIP/2.0 202 Accepted
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port]>
Content-Length: 0
]]></send>
  <pause milliseconds="200"/>`;

export type SippRun = { code: number; successful: number; failed: number; output: string };

/** Places `calls` calls to `requestUri` at `callsPerSecond`, each held as `holdMs` says; resolves when the last has ended. */
export const sippCalls = async (options: {
  requestUri: string;
  target: { host: string; port: number };
  calls: number;
  callsPerSecond: number;
  /** how long a call is held; or it waits for a REFER, takes it, and hangs up */
  holdMs: number | 'until REFER';
}): Promise<SippRun> => {
  const then =
    options.holdMs === 'until REFER' ? takenByRefer : `  <pause milliseconds="${options.holdMs}"/>`;
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    await writeFile(join(folder, 'call.xml'), scenario(options.requestUri, then));
    const args = [
      ['-sf', join(folder, 'call.xml'), '-i', '127.0.0.1', '-p', String(await freePort()), '-nostdin'],
      ['-m', String(options.calls), '-r', String(options.callsPerSecond), '-timeout', '90'],
      ['-trace_stat', '-stf', join(folder, 'stat.csv'), `${options.target.host}:${options.target.port}`],
    ].flat();
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      const child = execFile('sipp', args, { cwd: folder, timeout: 120_000 }, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, output: `${stdout}${stderr}`.slice(-2000) });
      });
    });
    const [head = '', ...rows] = (await readFile(join(folder, 'stat.csv'), 'utf8')).trim().split('\n');
    const names = head.split(';');
    const last = rows.at(-1)?.split(';') ?? [];
    const value = (name: string): number => Number(last[names.indexOf(name)] ?? Number.NaN);
    return { code, successful: value('SuccessfulCall(C)'), failed: value('FailedCall(C)'), output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
