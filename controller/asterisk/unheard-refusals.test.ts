import { expect, test } from 'vitest';
import { parseSipHead, type SipHead } from '../sip-trace/sip-head.ts';
import type { SwitchEvent, TrunkAccount } from '../switch/port.ts';
import { UnheardRefusals } from './unheard-refusals.ts';

const accountOf = (changes: Partial<TrunkAccount> = {}): TrunkAccount => ({
  trunkId: 'trunk-a',
  username: 'acme-hq',
  passwords: ['the-password'],
  authentication: 'credentials',
  allowedAddresses: [],
  codecs: ['PCMU'],
  ...changes,
});
const pbx = { address: '203.0.113.7', port: 5070 };
const own = { address: '198.51.100.1', port: 5060 };

const parsed = (lines: readonly string[]): SipHead => {
  const head = parseSipHead(Buffer.from(lines.join('\r\n')));
  if (head === null) throw new Error('no SIP message');
  return head;
};
const invite = (more: { profile?: string; username?: string | null; cseq?: number } = {}): SipHead => {
  const { profile = 'RTP/SAVP', username = 'acme-hq', cseq = 2 } = more;
  return parsed([
    'INVITE sip:0872500100@198.51.100.1:5060 SIP/2.0',
    'From: "Ann" <sip:acme-hq@203.0.113.7>;tag=1',
    'To: <sip:0872500100@198.51.100.1>',
    'P-Asserted-Identity: "Ann" <sip:101@203.0.113.7>',
    'Call-ID: one@pbx',
    `CSeq: ${cseq} INVITE`,
    ...(username === null
      ? []
      : [`Authorization: Digest username="${username}", realm="offhook", response="0"`]),
    '',
    'v=0',
    `m=audio 4000 ${profile} 0`,
    '',
  ]);
};
const answer = (status: number, cseq = 2): SipHead =>
  parsed([`SIP/2.0 ${status} Words`, 'Call-ID: one@pbx', `CSeq: ${cseq} INVITE`, '', '']);

const told = (
  messages: readonly (readonly [SipHead, { source: typeof pbx; destination: typeof pbx }])[],
  accounts: readonly TrunkAccount[] = [accountOf()],
): SwitchEvent[] => {
  const events: SwitchEvent[] = [];
  const refusals = new UnheardRefusals({
    ownPorts: [5060, 5061],
    accounts: () => accounts,
    emit: (event) => events.push(event),
  });
  for (const [message, ends] of messages) refusals.handle(message, ends);
  return events;
};
const comes = { source: pbx, destination: own };
const goes = { source: own, destination: pbx };

test('a call with encrypted audio only is told when Asterisk refuses it, once, with who called whom', () => {
  const events = told([
    [invite({ cseq: 1, username: null }), comes],
    [answer(401, 1), goes],
    [invite(), comes],
    [answer(488), goes],
    [answer(488), goes],
  ]);
  expect(events).toMatchObject([
    {
      type: 'offered',
      channel: {
        trunkId: 'trunk-a',
        callerNumber: '101',
        callerName: 'Ann',
        calledNumber: '0872500100',
        sipCallId: 'one@pbx',
        answered: false,
        srtpOffer: 'only',
      },
    },
    { type: 'ended', end: { cause: 58, by: 'switch' } },
  ]);
});

test('one that an address lets in is told of its trunk', () => {
  const byAddress = accountOf({ authentication: 'ip-allowlist', allowedAddresses: ['203.0.113.0/24'] });
  const events = told(
    [
      [invite({ username: null }), comes],
      [answer(488), goes],
    ],
    [accountOf({ trunkId: 'trunk-b', username: 'other' }), byAddress],
  );
  expect(events[0]).toMatchObject({ type: 'offered', channel: { trunkId: 'trunk-a' } });
});

test.each([
  [
    'another answer',
    [
      [invite(), comes],
      [answer(404), goes],
    ],
    {},
  ],
  [
    'a plain offer',
    [
      [invite({ profile: 'RTP/AVP' }), comes],
      [answer(488), goes],
    ],
    {},
  ],
  [
    'a call of ours',
    [
      [invite(), goes],
      [answer(488), comes],
    ],
    {},
  ],
  [
    'a stranger',
    [
      [invite({ username: 'nobody' }), comes],
      [answer(488), goes],
    ],
    {},
  ],
  [
    'a trunk that takes it',
    [
      [invite(), comes],
      [answer(488), goes],
    ],
    { mediaEncryption: 'offered' },
  ],
] as const)('nothing is told of %s', (_, messages, changes) => {
  expect(told(messages, [accountOf(changes)])).toEqual([]);
});
