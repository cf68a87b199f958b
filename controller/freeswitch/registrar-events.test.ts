import { expect, test } from 'vitest';
import { contactUri, parseRegistrarEvent, parseRegistrations } from './registrar-events.ts';

const event = (subclass: string, fields: object) => ({
  'Event-Name': 'CUSTOM',
  'Event-Subclass': subclass,
  'profile-name': 'offhook-trunks',
  ...fields,
});
const parse = (raw: unknown) => parseRegistrarEvent(raw, 'offhook-trunks');

test('a registration, its end, and a refusal', () => {
  const registered = {
    'from-user': 'trunk-a',
    contact: '"PBX" <sip:acme@192.0.2.9:5060;transport=udp;fs_nat=yes;fs_path=sip%3Aacme%40192.0.2.9>',
    'user-agent': '3CXPhoneSystem 20',
    'network-ip': '203.0.113.7',
    expires: '120',
  };
  expect(parse(event('sofia::register', registered))).toEqual({
    type: 'registered',
    overTls: false,
    trunkId: 'trunk-a',
    contact: 'sip:acme@192.0.2.9:5060;transport=udp',
    userAgent: '3CXPhoneSystem 20',
    sourceAddress: '203.0.113.7',
    expirySeconds: 120,
  });
  expect(parse(event('sofia::unregister', { 'from-user': 'trunk-a' }))).toEqual({
    type: 'unregistered',
    overTls: false,
    trunkId: 'trunk-a',
  });
  expect(parse(event('sofia::expire', { user: 'trunk-a' }))).toEqual({
    type: 'expired',
    overTls: false,
    trunkId: 'trunk-a',
  });
  const attempt = { username: 'acme', 'network-ip': '198.51.100.1', 'auth-result': 'FORBIDDEN' };
  expect(parse(event('sofia::register_attempt', attempt))).toEqual({
    type: 'rejected',
    overTls: false,
    username: 'acme',
    sourceAddress: '198.51.100.1',
  });
  const overTls = { ...event('sofia::register_attempt', attempt), 'profile-name': 'offhook-trunks-tls' };
  expect(parse(overTls)).toMatchObject({ type: 'rejected', overTls: true });
  for (const result of ['SUCCESS', 'RENEWED', 'STALE'])
    expect(parse(event('sofia::register_attempt', { ...attempt, 'auth-result': result }))).toBeNull();
});

test('events of another profile and of other kinds are none; a malformed one throws', () => {
  const other = {
    ...event('sofia::register', { 'from-user': 'a', expires: '1' }),
    'profile-name': 'offhook',
  };
  expect(parse(other)).toBeNull();
  expect(parse(event('sofia::gateway_state', {}))).toBeNull();
  expect(parse({ 'Event-Name': 'HEARTBEAT' })).toBeNull();
  expect(() => parse(event('sofia::register', { 'from-user': '../x', expires: '60' }))).toThrow();
  expect(() => parse(event('sofia::register', { 'from-user': 'a', expires: 'soon' }))).toThrow();
});

test('a contact that is none is cut, and kept as text', () => {
  expect(contactUri('sip:a@b')).toBe('sip:a@b');
  expect(contactUri(`<${'x'.repeat(5000)}>`)).toHaveLength(256);
});

test('the list: ours only, and a row that cannot be ours is left out', () => {
  const row = {
    reg_user: 'trunk-a',
    realm: 'offhook',
    token: 'call-id',
    url: 'sofia/offhook-trunks/sip:acme@192.0.2.9:5060',
    expires: '1795379906',
    network_ip: '203.0.113.7',
  };
  expect(parseRegistrations('{"row_count":0}')).toEqual([]);
  expect(
    parseRegistrations(
      JSON.stringify({
        row_count: 5,
        rows: [
          row,
          { ...row, realm: 'elsewhere' },
          { ...row, reg_user: 'A b' },
          null,
          { ...row, reg_user: 'trunk-b', realm: 'offhook-tls' },
        ],
      }),
    ),
  ).toEqual([
    {
      trunkId: 'trunk-a',
      overTls: false,
      contact: 'sip:acme@192.0.2.9:5060',
      sourceAddress: '203.0.113.7',
      expiresAt: new Date('2026-11-22T20:38:26.000Z'),
    },
    expect.objectContaining({ trunkId: 'trunk-b', overTls: true }),
  ]);
});
