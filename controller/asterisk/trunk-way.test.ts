import { expect, test } from 'vitest';
import { exampleTrunkAccount as account, exampleDialOrder as order } from '../switch/example-port.ts';
import { trunkWay } from './trunk-way.ts';

test('a registered PBX is called at its contact, another one at its address, over TLS at its contact only', () => {
  expect(trunkWay(order, account, true).endpoint).toBe('PJSIP/215@acme-hq');
  expect(trunkWay(order, account, false).endpoint).toBe(
    'PJSIP/acme-hq/sip:215@pbx.example.com:5070;transport=tcp',
  );
  const { pbx: _, ...nowhere } = account;
  expect(() => trunkWay(order, nowhere, false)).toThrow('not registered');
  expect(() => trunkWay(order, { ...account, transport: 'tls' }, false)).toThrow('not registered');
});

test('the caller is named as a carrier does, and none of the PBX’s own extensions in From', () => {
  expect(trunkWay(order, account, true).callerId).toBe('"Ann van Dam" <+27821234567>');
  const extension = { ...order, callerNumber: '101', callerName: '"<x>\r\n${y}' };
  expect(trunkWay(extension, account, true).callerId).toBe('"xy" <acme-hq>');
});

test('what would mean something to Asterisk is not dialled', () => {
  for (const number of ['', '215&PJSIP/216', '215@evil', '${x}', '21 5'])
    expect(() => trunkWay({ ...order, number }, account, true)).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  const bad = { ...account, pbx: { domain: 'a;b,c', port: 5060 } };
  expect(() => trunkWay(order, bad, false)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
});
