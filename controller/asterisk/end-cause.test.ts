import { expect, it } from 'vitest';
import { AriChannel } from './ari-events.ts';
import { callOf, isCall, trunkOfChannelName } from './call.ts';
import { endOf } from './end-cause.ts';

const channel = (changes: object = {}) =>
  AriChannel.parse({
    id: '1.2',
    name: 'PJSIP/head-office-2-0000000a',
    state: 'Ring',
    protocol_id: 'x@y',
    caller: { name: 'Eve', number: '100' },
    dialplan: { context: 'offhook', exten: '1000', app_name: 'Stasis', app_data: 'offhook,call' },
    ...changes,
  });

it('the trunk is in the name that Asterisk makes, and nowhere else', () => {
  expect(trunkOfChannelName('PJSIP/head-office-2-0000000a')).toBe('head-office-2');
  expect(trunkOfChannelName('PJSIP/a-b-00000000-00000001')).toBe('a-b-00000000');
  for (const name of [
    'PJSIP/Trunk-0000000a',
    'PJSIP/-0000000',
    'UnicastRTP/127.0.0.1:1-0x7f',
    'Local/a-0000000a',
    '',
  ])
    expect(trunkOfChannelName(name)).toBeNull();
  expect(callOf(channel({ name: 'Local/100@offhook-0000000a;1' }))).toBeNull();
});

it('what was dialled is kept when the channel is elsewhere in the dialplan', () => {
  const elsewhere = { context: 'offhook-back', exten: 's', app_name: 'Stasis', app_data: 'offhook,back' };
  expect(callOf(channel())?.channel.calledNumber).toBe('1000');
  expect(
    callOf(channel({ dialplan: elsewhere, channelvars: { OFFHOOK_CALLED: '1000' } }))?.channel.calledNumber,
  ).toBe('1000');
});

it('a call is what has reached us, or is where we sent it', () => {
  const at = (context: string, app_name: string, app_data: string) =>
    isCall(channel({ dialplan: { context, exten: 's', app_name, app_data } }), 'offhook');
  expect(at('offhook', 'Stasis', 'offhook,call')).toBe(true);
  expect(at('offhook', 'Ringing', '')).toBe(false);
  expect(at('offhook', 'Stasis', 'another,call')).toBe(false);
  expect(at('offhook-refer', 'Transfer', 'PJSIP/sip:215@h')).toBe(true);
  expect(at('offhook-echo', 'Echo', '')).toBe(true);
});

it('an end is by whoever asked first, and a CANCEL is a normal one', () => {
  const call = callOf(channel());
  if (!call) throw new Error('no call');
  expect(endOf(call, 16, 'Normal Clearing')).toEqual({
    cause: 16,
    causeText: 'Normal Clearing',
    by: 'switch',
  });
  call.endedBy = 'caller';
  expect(endOf(call, 127, 'Interworking, unspecified')).toMatchObject({ cause: 16, by: 'caller' });
  call.channel.answered = true;
  expect(endOf(call, 127, 'Interworking, unspecified')).toMatchObject({ cause: 127, by: 'caller' });
});
