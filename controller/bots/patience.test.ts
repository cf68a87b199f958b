import { afterEach, expect, test, vi } from 'vitest';
import { parseJambonz } from './jambonz-messages.ts';
import { parseOffhook } from './offhook-messages.ts';
import { Patience } from './patience.ts';
import { parseTwilio } from './twilio-messages.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('malformed messages are forgotten over time; many in a short time are a failure', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const told: string[] = [];
  const patience = new Patience({ onMalformed: (reason) => told.push(reason) });
  // one a second, for an hour
  for (let nth = 0; nth < 3600; nth++) {
    expect(patience.malformed('nonsense')).toBeNull();
    vi.advanceTimersByTime(1000);
  }
  expect(told).toEqual(['nonsense']);
  const burst = Array.from({ length: 60 }, () => patience.malformed('nonsense'));
  expect(burst.slice(0, 45).every((failure) => failure === null)).toBe(true);
  expect(burst.at(-1)).toMatchObject({ kind: 'malformed', isFinal: true });
});

test.each([
  ['Twilio', parseTwilio],
  ['jambonz', parseJambonz],
  ['offhook.v1', parseOffhook],
] as const)(
  '%s: a well-formed message of an unknown type is passed over, nonsense is not',
  (_name, parse) => {
    for (const passed of ['{"event":"keepalive"}', '{"type":"ping","at":1}']) {
      expect(JSON.stringify(parse(passed))).toContain('ignored');
    }
    for (const nonsense of ['{{{', '[]', '1', '{}', '{"event":7}', '{"event":"mark","type":"mark"}']) {
      expect(typeof parse(nonsense)).toBe('string');
    }
  },
);
