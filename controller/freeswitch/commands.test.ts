import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SwitchError } from '../switch/port.ts';
import * as commands from './commands.ts';

const id = '05e4ea09-2c4f-47c0-a864-f16574d95ff2';
const target = { extension: '215', domain: 'pbx.example.com', port: 5060, transport: 'udp' as const };

describe('commands', () => {
  it('look as FreeSWITCH reads them', () => {
    expect(commands.killCommand(id, 'USER_BUSY')).toBe(`uuid_kill ${id} USER_BUSY`);
    expect(commands.answerCommand(id)).toBe(`uuid_transfer ${id} answer,park inline`);
    expect(commands.setVariablesCommand(id, { a: 1, 'sip_rh_Retry-After': 30, b: '' })).toBe(
      `uuid_setvar_multi ${id} a=1;sip_rh_Retry-After=30;b=`,
    );
    expect(commands.sendDtmfCommand(id, '12#*AD')).toBe(`uuid_send_dtmf ${id} 12#*AD`);
    expect(commands.gatewayCommand('offhook', 'killgw', 'trunk-1')).toBe(
      'sofia profile offhook killgw trunk-1',
    );
  });

  it('name a transfer target with its port and transport only where they matter', () => {
    expect(commands.referCommand(id, target)).toBe(`uuid_deflect ${id} <sip:215@pbx.example.com>`);
    expect(commands.referCommand(id, { ...target, port: 5160, transport: 'tcp' })).toBe(
      `uuid_deflect ${id} <sip:215@pbx.example.com:5160;transport=tcp>`,
    );
    expect(commands.referCommand(id, { ...target, extension: '*5#', domain: '[2001:db8::1]' })).toBe(
      `uuid_deflect ${id} <sip:*5%23@[2001:db8::1]>`,
    );
  });

  it('know a cause for every refusal', () => {
    for (const cause of Object.values(commands.refusalCauses))
      expect(commands.killCommand(id, cause)).toContain(cause);
  });
});

describe('values from outside', () => {
  /** whatever would end a word, a list, a variable or a line somewhere in FreeSWITCH */
  const dangerous = /[\s,;{}[\]()<>'"`\\|^$%]/;
  const builders: Record<string, (value: string) => string> = {
    'a channel id': (value) => commands.killCommand(value, 'USER_BUSY'),
    'a cause': (value) => commands.killCommand(id, value),
    'a trunk id': (value) => commands.gatewayStatusCommand(value),
    'a profile': (value) => commands.rescanCommand(value),
    digits: (value) => commands.sendDtmfCommand(id, value),
    'a variable': (value) => commands.setVariablesCommand(id, { x: value }),
    'the name of a variable': (value) => commands.getVariableCommand(id, value),
    'an address': (value) =>
      Object.values(
        commands.unicastHeaders({
          switchAddress: value,
          switchPort: 1,
          ourAddress: '127.0.0.1',
          ourPort: 2,
          isNative: true,
        }),
      ).join(' '),
  };

  it.each(Object.keys(builders))('are refused or harmless as %s', (name) => {
    const build = builders[name] as (value: string) => string;
    const harmless = build(
      name === 'a channel id' ? id : name === 'a cause' ? 'X' : name === 'digits' ? '1' : 'x',
    );
    const words = harmless.split(' ').length;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string(),
          fc.constantFrom(`${id} x`, 'a b', 'a\nb', '1;x=2', 'a;b,c{d}'),
        ),
        (value) => {
          let command: string;
          try {
            command = build(value);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(SwitchError);
            expect((thrown as SwitchError).code).toBe('bad-argument');
            return;
          }
          expect(value).not.toMatch(name === 'an address' ? /[\s,;{}<>'"`\\|^$%]/ : dangerous);
          expect(command.split(' ')).toHaveLength(words);
        },
      ),
    );
  });

  it('cannot leave the angle brackets of a transfer', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('a;b,c{d}', 'x>y', '215@evil', 'a b', '2\n15')),
        fc.oneof(fc.string(), fc.constantFrom('a;b,c{d}', 'pbx>', 'pbx?Replaces=x', 'pbx%20')),
        (extension, domain) => {
          try {
            expect(commands.referCommand(id, { ...target, extension, domain })).toMatch(
              /^uuid_deflect [0-9a-f-]{36} <sip:[0-9A-Za-z*+._%-]+@[0-9A-Za-z.:[\]-]+>$/,
            );
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(SwitchError);
          }
        },
      ),
    );
    for (const port of [0, -1, 65_536, 1.5, Number.NaN])
      expect(() => commands.referCommand(id, { ...target, port })).toThrow(SwitchError);
  });
});
