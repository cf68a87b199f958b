import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannel, parseChannelIds, parseEvent, sipfragStatus } from './events.ts';

const id = '05e4ea09-2c4f-47c0-a864-f16574d95ff2';
/** as FreeSWITCH 1.10.12 sends it, cut to what matters */
const park = {
  'Event-Name': 'CHANNEL_PARK',
  'Unique-ID': id,
  'Channel-State': 'CS_EXECUTE',
  'Answer-State': 'ringing',
  'Caller-Caller-ID-Name': 'Alice',
  'Caller-Caller-ID-Number': '4711',
  variable_sip_call_id: 'abc@pbx',
  variable_offhook_trunk_id: 'trunk-a',
  variable_offhook_extension: '1000',
};

describe('a parked call', () => {
  it('is a call of ours', () => {
    expect(parseEvent(park)).toEqual({
      type: 'parked',
      report: {
        channel: {
          channelId: id,
          trunkId: 'trunk-a',
          callerNumber: '4711',
          callerName: 'Alice',
          calledNumber: '1000',
          sipCallId: 'abc@pbx',
          answered: false,
        },
        mediaPort: null,
        readCodec: '',
        offersTelephoneEvents: true,
        referEnded: false,
        byAddress: null,
        hungUp: false,
        dialled: false,
      },
    });
  });

  it('without a trunk of ours is none', () => {
    expect(parseEvent({ ...park, variable_offhook_trunk_id: undefined })).toBeNull();
    expect(parseEvent({ ...park, variable_offhook_trunk_id: '../x y' })).toBeNull();
  });

  it('has its caller from P-Asserted-Identity first', () => {
    const report = parseChannel({ ...park, 'variable_sip_P-Asserted-Identity': '+27821112233@pbx' });
    expect(report?.channel.callerNumber).toBe('+27821112233');
  });

  it('keeps a hostile name as it is, cut to 8 kB', () => {
    const name = `%"'{}\u0007<x>${'ä'.repeat(20_000)}`;
    const report = parseChannel({ ...park, 'Caller-Caller-ID-Name': name });
    expect(report?.channel.callerName).toBe(name.slice(0, 8192));
  });

  it('takes the first of several values', () => {
    expect(parseChannel({ ...park, 'Caller-Caller-ID-Name': ['a', 'b'] })?.channel.callerName).toBe('a');
  });
});

describe('the end of a call', () => {
  const end = (fields: object) => {
    const event = parseEvent({
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      'Unique-ID': id,
      'Hangup-Cause': 'NORMAL_CLEARING',
      variable_hangup_cause_q850: '16',
      ...fields,
    });
    return event?.type === 'hung-up' ? event.end : null;
  };
  it.each([
    [{ variable_sip_hangup_disposition: 'recv_bye' }, 'caller'],
    [{ variable_sip_hangup_disposition: 'recv_cancel' }, 'caller'],
    // the far side was quicker than our own command
    [{ variable_sip_hangup_disposition: 'recv_bye', variable_offhook_ended_by_us: '1' }, 'caller'],
    [{ variable_sip_hangup_disposition: 'send_bye', variable_offhook_ended_by_us: '1' }, 'us'],
    [{ variable_sip_hangup_disposition: 'send_refuse' }, 'switch'],
    [{}, 'switch'],
  ])('%j is by %s', (fields, by) => {
    expect(end(fields)).toEqual({ cause: 16, causeText: 'NORMAL_CLEARING', by });
  });
});

it('a leg whose audio stopped for good is a failure of the network, not normal clearing', () => {
  expect(
    parseEvent({
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      'Unique-ID': id,
      'Hangup-Cause': 'MEDIA_TIMEOUT',
      variable_hangup_cause_q850: '16',
      variable_sip_hangup_disposition: 'send_bye',
    }),
  ).toMatchObject({ end: { cause: 38, causeText: 'MEDIA_TIMEOUT', by: 'switch' } });
});

describe('other events', () => {
  it('are read', () => {
    expect(parseEvent({ 'Event-Name': 'DTMF', 'Unique-ID': id, 'DTMF-Digit': 'a' })).toEqual({
      type: 'dtmf',
      channelId: id,
      digit: 'A',
      isTone: false,
    });
    expect(
      parseEvent({
        'Event-Name': 'CUSTOM',
        'Event-Subclass': 'sofia::gateway_state',
        Gateway: 'trunk-a',
        State: 'FAILED',
        Status: '403',
        Phrase: 'Forbidden',
      }),
    ).toEqual({
      type: 'gateway',
      gateway: { trunkId: 'trunk-a', state: 'FAILED', status: 403, phrase: 'Forbidden' },
    });
    expect(
      parseEvent({
        'Event-Name': 'CUSTOM',
        'Event-Subclass': 'sofia::notify_refer',
        UniqueID: id,
        'subscription-substate': 'terminated',
        _body: 'SIP/2.0 486 Busy Here\r\n',
      }),
    ).toEqual({ type: 'refer-progress', channelId: id, sipStatus: 486, terminated: true });
    expect(parseEvent({ 'Event-Name': 'HEARTBEAT' })).toBeNull();
    expect(parseEvent({ 'Event-Name': 'CUSTOM' })).toBeNull();
  });

  it.each([
    {},
    null,
    { 'Event-Name': 5 },
    { 'Event-Name': 'DTMF', 'Unique-ID': id, 'DTMF-Digit': '12' },
    { 'Event-Name': 'DTMF', 'Unique-ID': `${id} x`, 'DTMF-Digit': '1' },
    { 'Event-Name': 'CHANNEL_PARK', 'Unique-ID': 'no' },
    { 'Event-Name': 'CUSTOM', 'Event-Subclass': 'sofia::gateway_state', Gateway: 'a b', State: 'REGED' },
  ])('that are malformed throw: %j', (event) => {
    expect(() => parseEvent(event)).toThrow(/./);
  });

  it('of any shape give an event, nothing, or an error', () => {
    const names = ['CHANNEL_PARK', 'CHANNEL_HANGUP_COMPLETE', 'DTMF', 'CUSTOM', 'X'];
    const keys = [...Object.keys(park), 'Gateway', 'State', 'Status', 'UniqueID', '_body', 'Event-Subclass'];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.anything(), fc.constant(id))),
        (name, fields) => {
          let event: unknown;
          try {
            event = parseEvent({ ...fields, 'Event-Name': name });
          } catch (thrown) {
            event = thrown;
          }
          expect(event === null || typeof event === 'object').toBe(true);
        },
      ),
    );
  });
});

describe('a sipfrag', () => {
  it.each([
    ['SIP/2.0 200 OK', 200],
    ['SIP/2.0 100 Trying\r\n', 100],
    ['SIP/2.0 603', 603],
    ['SIP/2.0 2000 x', null],
    ['200 OK', null],
    ['', null],
  ])('%j has status %s', (body, status) => {
    expect(sipfragStatus(body)).toBe(status);
  });
});

it('channel ids come from the table, inbound ones only', () => {
  const row = (uuid: string, direction: string) => ({ uuid, direction, cid_name: '%"{' });
  expect(parseChannelIds('{"row_count":0}')).toEqual([]);
  expect(
    parseChannelIds(
      JSON.stringify({ row_count: 2, rows: [row(id, 'inbound'), row(id.replace('0', '1'), 'outbound')] }),
    ),
  ).toEqual([id, id.replace('0', '1')]);
  for (const text of ['', '-ERR no reply', '{}', '[]', '{"row_count":1,"rows":[{"uuid":"x"}]}'])
    expect(() => parseChannelIds(text)).toThrow(/./);
});
