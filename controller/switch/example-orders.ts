/** For tests: a SIP trunk's account and a call to its PBX, as the switches get them. */
import type { DialOrder, TrunkAccount } from './port.ts';

export const exampleTrunkAccount: TrunkAccount = {
  trunkId: 'trunk-a',
  username: 'acme-hq',
  passwords: ['newest-password', 'older-password'],
  authentication: 'credentials',
  allowedAddresses: [],
  codecs: ['PCMA'],
  transport: 'tcp',
  pbx: { domain: 'pbx.example.com', port: 5070 },
};

export const exampleDialOrder: DialOrder = {
  channelId: '11111111-2222-4333-8444-555555555555',
  trunkId: 'trunk-a',
  number: '215',
  callerNumber: '+27821234567',
  callerName: 'Ann van Dam',
  ringSeconds: 20,
};
