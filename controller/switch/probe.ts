/**
 * Whether anything listens at a SIP address, told from the network alone: used when a switch reports a registration
 * that got no answer, and nobody said why. It knows no switch and sends nothing that a PBX would act on.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { publicAuthorities, type TlsProblem, type TlsTrust, type Transport } from './port.ts';
import { type NameRule, probeTls } from './tls-probe.ts';

/** An object says what is wrong with the TLS that was found there. */
export type ProbeResult = 'reachable' | 'refused' | 'name-not-found' | 'no-answer' | TlsProblem;

/** Resolves within about `timeoutMs`; never rejects. `tls` is for the transport of that name. */
export const probe = async (
  domain: string,
  port: number,
  transport: Transport,
  timeoutMs: number,
  tls: { trust: TlsTrust; nameRule: NameRule } = { trust: publicAuthorities, nameRule: 'rfc6125' },
): Promise<ProbeResult> => {
  const deadline = Date.now() + timeoutMs;
  const found = await resolve(domain.replace(/^\[(.*)\]$/, '$1'), timeoutMs);
  if (typeof found === 'string') return found;
  const rest = Math.max(1, deadline - Date.now());
  switch (transport) {
    case 'udp':
      return probeUdp(found, port, rest);
    case 'tcp':
      return probeTcp(found, port, rest);
    case 'tls':
      return probeTls({ address: found.address, domain, port, ...tls, timeoutMs: rest });
  }
};

type Address = { address: string; family: number };

const resolve = async (
  host: string,
  timeoutMs: number,
): Promise<Address | 'no-answer' | 'name-not-found'> => {
  const family = isIP(host);
  if (family !== 0) return { address: host, family };
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<'no-answer'>((done) => {
    timer = setTimeout(() => done('no-answer'), timeoutMs);
  });
  try {
    return await Promise.race([lookup(host), slow]);
  } catch (thrown) {
    // EAI_AGAIN: the resolver itself did not answer, so nothing is known about the name
    return (thrown as NodeJS.ErrnoException).code === 'EAI_AGAIN' ? 'no-answer' : 'name-not-found';
  } finally {
    clearTimeout(timer);
  }
};

const probeTcp = ({ address }: Address, port: number, timeoutMs: number): Promise<ProbeResult> =>
  new Promise((done) => {
    const socket = connect({ host: address, port });
    const settle = (result: ProbeResult) => {
      clearTimeout(timer);
      socket.destroy();
      done(result);
    };
    const timer = setTimeout(() => settle('no-answer'), timeoutMs);
    socket.on('connect', () => settle('reachable'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' ? 'refused' : 'no-answer'),
    );
  });

/** OPTIONS (RFC 3261 §11): any answer, 401 included, says that a SIP server lives there. */
const optionsRequest = (target: string, local: string): string => {
  const tag = randomBytes(6).toString('hex');
  return [
    `OPTIONS sip:${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${local};branch=z9hG4bK${tag};rport`,
    'Max-Forwards: 70',
    `From: <sip:offhook@${local}>;tag=${tag}`,
    `To: <sip:${target}>`,
    `Call-ID: ${tag}@offhook`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:offhook@${local}>`,
    'Accept: application/sdp',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
};

const inUri = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const probeUdp = ({ address, family }: Address, port: number, timeoutMs: number): Promise<ProbeResult> =>
  new Promise((done) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    let repeat: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (result: ProbeResult) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearInterval(repeat);
      socket.close();
      done(result);
    };
    const timer = setTimeout(() => settle('no-answer'), timeoutMs);
    socket.on('message', () => settle('reachable'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ECONNREFUSED' ? 'refused' : 'no-answer'),
    );
    // Only a connected socket is told of an ICMP "port unreachable", as ECONNREFUSED (udp(7)).
    socket.connect(port, address, () => {
      const local = socket.address();
      const request = optionsRequest(inUri(address, port), inUri(local.address, local.port));
      const send = () =>
        socket.send(request, (error) => error && settle(isRefusal(error) ? 'refused' : 'no-answer'));
      send();
      repeat = setInterval(send, 500);
    });
  });

const isRefusal = (error: Error): boolean => (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
