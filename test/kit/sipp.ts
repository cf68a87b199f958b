/** sipp as a caller: another stack than ours, many calls in a row. It reports by its exit code and its own counters. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';

/** A call that is answered, stays for `holdMs`, and is hung up by the caller. */
const scenario = (requestUri: string, holdMs: number): string => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="dial, stay, hang up">
  <send retrans="500"><![CDATA[
INVITE ${requestUri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp [call_number]" <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <${requestUri}>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
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
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp [call_number]" <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <${requestUri}>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
  <pause milliseconds="${holdMs}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp [call_number]" <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
To: <${requestUri}>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
  <recv response="200"/>
</scenario>
`;

export type SippRun = { code: number; successful: number; failed: number; output: string };

/** Places `calls` calls to `requestUri` at `callsPerSecond`, each held for `holdMs`; resolves when the last has ended. */
export const sippCalls = async (options: {
  requestUri: string;
  target: { host: string; port: number };
  calls: number;
  callsPerSecond: number;
  holdMs: number;
}): Promise<SippRun> => {
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    await writeFile(join(folder, 'call.xml'), scenario(options.requestUri, options.holdMs));
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
