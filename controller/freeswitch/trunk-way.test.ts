import { describe, expect, it } from 'vitest';
import { exampleTrunkAccount as account, exampleDialOrder as order } from '../switch/example-port.ts';
import type { DialOrder, TrunkAccount } from '../switch/port.ts';
import { originateCommand } from './commands.ts';
import { parseContact, trunkWay } from './trunk-way.ts';

const way = (contact: string, changes: Partial<DialOrder> = {}, of = account) =>
  trunkWay({ ...order, ...changes }, of, parseContact(contact), 'offhook-trunks');

describe('a call to the PBX of a SIP trunk', () => {
  it.each([
    ['sofia/offhook-trunks/sip:acme-hq@192.0.2.7:5080', 'sip:215@192.0.2.7:5080'],
    // its own parameters stay, sofia's and those that would lead elsewhere go
    [
      'sofia/offhook-trunks/sip:s@192.0.2.7;line=abc12;transport=TCP;maddr=evil.example;fs_nat=yes',
      'sip:215@192.0.2.7;transport=tcp;line=abc12',
    ],
    // behind NAT: to where the REGISTER came from
    [
      'sofia/offhook-trunks/sip:acme-hq@10.0.0.5:5060;rinstance=0f3a;fs_nat=yes;fs_path=sip%3Aacme-hq%40203.0.113.9%3A40000%3Btransport%3Dudp',
      'sip:215@10.0.0.5:5060;rinstance=0f3a;fs_path=sip%3A203.0.113.9%3A40000',
    ],
    ['sofia/offhook-trunks/sip:x@[2001:db8::7]:5060', 'sip:215@[2001:db8::7]:5060'],
    // what a hostile PBX registers
    [
      "sofia/offhook-trunks/sip:s@192.0.2.7;x='},{a=b;y=${system id};z=1,2;good=1",
      'sip:215@192.0.2.7;good=1',
    ],
    ['error/user_not_registered', 'sip:215@pbx.example.com:5070;transport=tcp'],
    ['sofia/offhook-trunks/sip:s@host&loopback/9999', 'sip:215@pbx.example.com:5070;transport=tcp'],
  ])('%s', (contact, uri) => {
    expect(way(contact).destination).toBe(`sofia/offhook-trunks/${uri}`);
    // and FreeSWITCH's own quoting takes it
    expect(originateCommand(order, ['PCMA'], {}, way(contact))).toContain(' &park()');
  });

  it('names the caller as a carrier does, and none of the PBX’s own extensions in From', () => {
    const { variables } = way('error/user_not_registered');
    expect(variables).toMatchObject({
      origination_caller_id_number: '+27821234567',
      origination_caller_id_name: 'Ann van Dam',
      'sip_h_P-Asserted-Identity': 'Ann van Dam <sip:+27821234567@pbx.example.com>',
    });
    expect(way('', { callerNumber: '215', callerName: "'<x>{" }).variables).toMatchObject({
      origination_caller_id_number: 'acme-hq',
      'sip_h_P-Asserted-Identity': 'x <sip:215@pbx.example.com>',
    });
    expect(way('', { callerNumber: '', callerName: '' }).variables).not.toHaveProperty(
      'sip_h_P-Asserted-Identity',
    );
  });

  it('shows its password to nobody whom it does not have one for, and never breaks the command with it', () => {
    const password = (of: Partial<TrunkAccount>) =>
      way('', {}, { ...account, ...of }).variables['sip_auth_password'];
    expect(password({})).toBe('newest-password');
    expect(password({ authentication: 'ip-allowlist' })).toBe('none');
    expect(password({ passwords: ["it's,odd\\"] })).toBe("it's,odd\\");
    for (const broken of ["it's,{broken}", 'another:call', 'a}b', 'a b', 'a\nb'])
      expect(password({ passwords: [broken] })).toBe('none');
  });

  it('is not placed where nobody said where to', () => {
    const { pbx: _, ...nowhere } = account;
    expect(() => way('error/user_not_registered', {}, nowhere)).toThrow('not registered');
    for (const number of ['', '2;x', '2,1', '${x}', '2 1'])
      expect(() => way('', { number })).toThrow(expect.objectContaining({ code: 'bad-argument' }));
  });
});
