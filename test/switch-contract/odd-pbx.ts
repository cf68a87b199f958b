/**
 * The switch port's contract: what some PBXes and phones do, each seen in the field to break a product of this kind
 * (one-way audio, lost digits, calls mixed up), and what strangers send.
 */
import { expect, test } from 'vitest';
import { digestFields, newChallenge } from '../kit/sip-digest.ts';
import { newToken, SipEndpoint } from '../kit/sip-endpoint.ts';
import { headerOf, parseNameAddress, parseSipUri, renderSip, type SipRequest } from '../kit/sip-message.ts';
import type { RegisterAnswer, RegisterAttempt, SipPeer } from '../kit/sip-peer.ts';
import { toneSource } from '../kit/tone.ts';
import { staysSo, until } from '../kit/until.ts';
import { hearEachOther, type Stage, type Talking } from './stage.ts';

/** Where our switch hears SIP, as the peer knows it. */
const switchAddress = async (peer: SipPeer) => {
  const uri = parseNameAddress((await peer.registrationOf('1000')).contact).uri;
  const { host, port } = parseSipUri(uri);
  return { uri, to: { transport: 'udp', host, port } as const };
};

const request = (method: string, uri: string, from: string, to: string): SipRequest => ({
  kind: 'request',
  method,
  uri,
  headers: [
    ['From', `<${from}>;tag=${newToken()}`],
    ['To', `<${to}>`],
    ['Call-ID', newToken()],
    ['CSeq', `1 ${method}`],
    ['Contact', `<${from}>`],
  ],
  body: '',
});

/** Registrars that want more than an ordinary one: each must end in a registration. */
const registrars: [string, (attempt: RegisterAttempt) => RegisterAnswer][] = [
  [
    'that wants a longer expiry (423)',
    (attempt): RegisterAnswer => {
      if (!attempt.authorized) return { status: 401 };
      return attempt.expirySeconds < 900 ? { status: 423, headers: [['Min-Expires', '900']] } : {};
    },
  ],
  [
    'that challenges as a proxy (407)',
    (attempt): RegisterAnswer => (attempt.authorized ? {} : { status: 407 }),
  ],
  [
    'that knows no qop (RFC 2069)',
    (attempt): RegisterAnswer =>
      attempt.authorized
        ? {}
        : { status: 401, headers: [['WWW-Authenticate', `Digest realm="old pbx", nonce="${newToken()}"`]] },
  ],
  [
    'that offers SHA-256 before MD5 (RFC 8760)',
    (attempt): RegisterAnswer =>
      attempt.authorized
        ? {}
        : {
            status: 401,
            headers: [
              [
                'WWW-Authenticate',
                `Digest realm="new", nonce="${newToken()}", algorithm=SHA-256, qop="auth"`,
              ],
              ['WWW-Authenticate', newChallenge('new')],
            ],
          },
  ],
  [
    'that grants less than was asked for',
    (attempt): RegisterAnswer => (attempt.authorized ? { grantSeconds: 60 } : { status: 401 }),
  ],
  ['that asks for no password', (): RegisterAnswer => ({})],
];

export const oddPbxContract = (use: () => Stage): void => {
  for (const [name, onRegister] of registrars) {
    test.concurrent(`registers at a registrar ${name}`, async ({ onTestFinished }) => {
      const stage = use();
      const peer = await stage.peer(onTestFinished, { onRegister });
      await stage.registered(stage.account(peer, '1000'), onTestFinished);
      expect(peer.registrations.has('1000')).toBe(true);
    });
  }

  test.concurrent('a nonce that the PBX takes once only: renewed with each new one', async ({
    onTestFinished,
  }) => {
    const stage = use();
    let nonce = '';
    const peer = await stage.peer(onTestFinished, {
      onRegister: (attempt): RegisterAnswer => {
        const used = digestFields(headerOf(attempt.request, 'Authorization')).get('nonce') ?? '';
        const isFresh = used === nonce;
        nonce = newToken();
        if (attempt.authorized && isFresh) return {};
        const stale = used === '' ? '' : ', stale=true';
        return {
          status: 401,
          headers: [
            ['WWW-Authenticate', `Digest realm="once", nonce="${nonce}", algorithm=MD5, qop="auth"${stale}`],
          ],
        };
      },
    });
    const account = await stage.registered(stage.account(peer, '1000'), onTestFinished);
    const first = await peer.registrationOf('1000');
    await stage.switch.reRegister(account.trunkId);
    await until(() => (peer.registrations.get('1000')?.atMs ?? 0) > first.atMs, { what: 'the renewal' });
    await stage.events.registered(account.trunkId);
  });

  test('an INVITE without SDP: we offer, and the ACK answers', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished, { call: { lateOffer: true } });
    await hearEachOther(call, voice);
  });

  test('an INVITE that comes twice is one call', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, account, call, channel } = await stage.ringing(onTestFinished);
    const { to } = await switchAddress(peer);
    const sent = peer.endpoint.trace.findLast(
      (entry) =>
        entry.direction === 'out' && headerOf(entry.message, 'CSeq') === headerOf(call.invite, 'CSeq'),
    );
    if (!sent) throw new Error('the INVITE is not in the trace');
    for (let copy = 0; copy < 3; copy++) peer.endpoint.sendRaw(renderSip(sent.message), to);
    await stage.switch.answer(channel.channelId);
    await call.answered();
    await hearEachOther(call, await stage.voice(channel, onTestFinished));
    const offered = stage.events
      .of('offered')
      .filter(
        (event) => event.channel.trunkId === account.trunkId && event.channel.sipCallId === call.callId,
      );
    expect(offered).toHaveLength(1);
  });

  test('callers without a number, and with a telephone URI', async () => {
    const stage = use();
    const { peer, account } = await stage.house();
    const cases = [
      {
        from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        headers: [['Privacy', 'id']],
        expected: { callerNumber: 'anonymous', callerName: 'Anonymous' },
      },
      {
        from: `<sip:1000@${peer.host}>`,
        headers: [['P-Asserted-Identity', '<tel:+27872500100>']],
        expected: { callerNumber: '+27872500100' },
      },
    ] as const;
    for (const { from, headers, expected } of cases) {
      const call = await peer.call('1000', { from, headers });
      const channel = await stage.events.offered(account.trunkId);
      expect(channel).toMatchObject(expected);
      await stage.switch.refuse(channel.channelId, 486);
      await call.ended();
    }
  });

  test('a trunk over TCP: registered, called, heard, referred, hung up', async ({ onTestFinished }) => {
    const stage = use();
    const { peer, call, channel, voice } = await stage.talking(onTestFinished, {
      account: { transport: 'tcp' },
    });
    await hearEachOther(call, voice);
    peer.onRefer = () => ({ status: 202, notifies: [{ status: 100 }, { status: 200 }] });
    const target = { extension: '215', domain: peer.host, port: peer.port, transport: 'tcp' } as const;
    expect(await stage.switch.refer(channel.channelId, target, 10_000)).toEqual({ result: 'accepted' });
    await stage.switch.hangUp(channel.channelId);
    await stage.events.ended(channel.channelId);
    expect((await call.ended()).by).toBe('them');
  });

  test('eight calls at once, and nobody hears anybody else', async ({ onTestFinished }) => {
    const stage = use();
    const talking: Talking[] = [];
    for (let index = 0; index < 8; index++) talking.push(await stage.talking(onTestFinished));
    for (const [index, { call, voice }] of talking.entries()) {
      void call.rtp.say(toneSource(400 + 100 * index, call.rtp.codec));
      voice.say(1400 + 100 * index);
    }
    await Promise.all(
      talking.flatMap(({ call, voice }, index) => [
        voice.ear.hears(400 + 100 * index),
        call.rtp.ear.hears(1400 + 100 * index),
      ]),
    );
    for (const { call, voice } of talking) {
      call.rtp.ear.clear();
      voice.ear.clear();
    }
    await until(
      () =>
        talking.every(({ call, voice }) => call.rtp.ear.frames.length >= 50 && voice.ear.frames.length >= 50),
      {
        what: 'a second of audio for all',
      },
    );
    for (const [index, { call, voice }] of talking.entries()) {
      for (let other = 0; other < 8; other++) {
        if (other === index) continue;
        expect(voice.ear.share(400 + 100 * other)).toBeLessThan(0.05);
        expect(call.rtp.ear.share(1400 + 100 * other)).toBeLessThan(0.05);
      }
    }
  });

  test('a PBX whose SDP names an address that leads nowhere is answered where its audio comes from', async ({
    onTestFinished,
  }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished, { call: { sdpHost: '127.0.0.77' } });
    await hearEachOther(call, voice);
  });

  test('packets of 40 ms are frames of 20 ms to the agent', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice } = await stage.talking(onTestFinished);
    call.rtp.framesPerPacket = 2;
    await hearEachOther(call, voice);
    voice.ear.clear();
    await until(() => voice.ear.frames.length >= 50, { what: 'a second of audio' });
    expect(voice.ear.frames.every((frame) => frame.payload.length === 160)).toBe(true);
    expect(voice.ear.framesWith(500).length / voice.ear.frames.length).toBeGreaterThan(0.9);
  });

  test('put on hold and taken back', async ({ onTestFinished }) => {
    const stage = use();
    const { call, voice, channel } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    expect((await call.reinvite('inactive'))?.status).toBe(200);
    call.rtp.sending = false;
    await staysSo(() => (stage.events.hasEnded(channel.channelId) ? 'the call ended' : null), 500);
    call.rtp.sending = true;
    expect((await call.reinvite())?.status).toBe(200);
    await hearEachOther(call, voice, { caller: 600, agent: 1100 });
  });

  test('a PBX that asks whether we live (OPTIONS) is answered', async () => {
    const stage = use();
    const { peer } = await stage.house();
    const { uri, to } = await switchAddress(peer);
    const from = `sip:pbx@${peer.host}:${peer.port}`;
    const answer = await peer.endpoint.request(request('OPTIONS', uri, from, uri), to);
    expect(answer?.status).toBe(200);
  });

  test('a call of a stranger is refused and never offered', async ({ onTestFinished }) => {
    const stage = use();
    const { peer } = await stage.house();
    const { to } = await switchAddress(peer);
    const stranger = await SipEndpoint.open();
    onTestFinished(() => stranger.close());
    const offered = stage.events.of('offered').length;
    for (const uri of [`sip:1000@${to.host}:${to.port}`, `sip:00441234567890@${to.host}:${to.port}`]) {
      const from = `sip:eve@${stranger.host}:${stranger.port}`;
      const invite = request('INVITE', uri, from, uri);
      const answer = await stranger.request(
        {
          ...invite,
          headers: [...invite.headers, ['Content-Type', 'application/sdp']],
          body: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n',
        },
        to,
        { timeoutMs: 3000 },
      );
      // silence is a refusal too: scanners learn nothing from it
      if (answer) expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect(stage.events.of('offered')).toHaveLength(offered);
  });

  test('what is no SIP at all does no harm', async ({ onTestFinished }) => {
    const stage = use();
    const { peer } = await stage.house();
    const { uri, to } = await switchAddress(peer);
    const garbage = [
      '',
      '\r\n\r\n',
      'INVITE',
      `INVITE ${uri} SIP/2.0\r\n\r\n`,
      `INVITE ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP x\r\nContent-Length: 99999\r\n\r\n`,
      `NOTIFY ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${peer.host}:${peer.port};branch=z9hG4bKx\r\nFrom: %\r\nTo: <\r\nCall-ID: \r\nCSeq: x\r\n\r\n`,
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${to.host}:${to.port};branch=z9hG4bKnobody\r\nCSeq: 1 REGISTER\r\n\r\n`,
      '\u0000'.repeat(3000),
      'A'.repeat(60_000),
    ];
    for (const text of garbage) peer.endpoint.sendRaw(text, to);
    const { call, voice } = await stage.talking(onTestFinished);
    await hearEachOther(call, voice);
    expect(stage.switch.linked).toBe(true);
  });
};
