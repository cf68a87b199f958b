/**
 * The neighbour of `config.ts`, a process of its own so that its clock is not held up by what is measured: a PBX with one
 * extension, which calls it and listens. Talks over lines of stdin and stdout: `call`, then `gap` as often as wanted.
 */
import { createInterface } from 'node:readline';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import { toneSource } from '../kit/tone.ts';
import { round } from './pulses.ts';

const frameMs = 20;
const peer = await SipPeer.open();
let call: SipCall | null = null;
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

/** The longest silence between two packets since the last question, over the usual 20 ms; and what it saw of REGISTER. */
const gap = (stream: SipCall['rtp']): object => {
  const times = stream.ear.frames.map(({ atMs }) => atMs);
  const longestMs = Math.max(0, ...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)));
  const frames = times.length;
  stream.ear.clear();
  return {
    gapMs: round(Math.max(0, longestMs - frameMs)),
    frames,
    lost: stream.counters.lost,
    registers: peer.attempts.length,
    callId: peer.registrations.get('1000')?.callId ?? '',
  };
};

say({ host: peer.host, port: peer.port });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'call') {
    call = await peer.call('1000');
    await call.answered();
    void call.rtp.say(toneSource(440, call.rtp.codec));
    await call.rtp.ear.hears(440);
    call.rtp.ear.clear();
    say({ talking: true });
  } else if (line === 'gap' && call !== null) say(gap(call.rtp));
}
await peer.close();
process.exit(0);
