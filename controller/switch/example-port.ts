/** For tests: a SIP trunk's account, a call to its PBX and one from a PBX, as the switches get and give them. */
import type { DialOrder, LiveChannel, TrunkAccount } from './port.ts';

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

export const exampleChannel: LiveChannel = {
  channelId: 'c1',
  trunkId: 't1',
  callerNumber: '101',
  callerName: '',
  calledNumber: '1000',
  sipCallId: '',
  answered: false,
};
