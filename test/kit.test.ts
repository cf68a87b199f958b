/** The test kit against itself: a real PBX, our phones and a phone that others wrote must agree before they judge us. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Baresip } from './kit/baresip.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { SipPeer } from './kit/sip-peer.ts';
import { SipPhone } from './kit/sip-phone.ts';
import { toneSource } from './kit/tone.ts';
import { until } from './kit/until.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

test('our phone and baresip hear each other through the PBX, and press digits', async ({
  onTestFinished,
}) => {
  const ours = await SipPhone.registered({ pbx, extension: '100', transport: 'tcp' });
  onTestFinished(() => ours.close());
  const theirs = await Baresip.start({ pbx, extension: '215', plays: { hz: 1300 } });
  onTestFinished(() => theirs.stop());
  const call = await ours.call('215');
  await call.answered();
  void call.rtp.say(toneSource(500, call.rtp.codec));
  await call.rtp.ear.hears(1300);
  await pbx.talking(['100', '215']);
  expect(call.rtp.ear.share(500)).toBeLessThan(0.05);
  await until(() => call.rtp.counters.sent > 75, { what: 'a second and a half of the tone' });
  await call.hangUp();
  await theirs.ended();
  expect(await theirs.heardTone(500)).toBeGreaterThan(0.9);
  expect(await theirs.heardTone(1300)).toBeLessThan(0.05);
});

test('two phones of ours press digits, and each hears the other hang up', async ({ onTestFinished }) => {
  const caller = await SipPhone.registered({ pbx, extension: '100' });
  const callee = await SipPhone.registered({ pbx, extension: '101', codecs: ['PCMA'] });
  onTestFinished(() => Promise.all([caller.close(), callee.close()]).then(() => undefined));
  const call = await caller.call('101');
  const there = await callee.nextCall();
  there.ring();
  await call.rings();
  there.answer();
  await call.answered();
  await call.rtp.sendDigits('159*');
  await there.rtp.sendDigits('#0D');
  await until(() => there.rtp.digits === '159*' && call.rtp.digits === '#0D', { what: 'the digits' });
  await there.hangUp();
  expect(await call.ended()).toMatchObject({ by: 'them', status: null });
});

test('the PBX echoes, is busy, rings, refuses and does not know, as its table says', async ({
  onTestFinished,
}) => {
  const phone = await SipPhone.registered({ pbx, extension: '100' });
  onTestFinished(() => phone.close());
  const echo = await phone.call('700');
  await echo.answered();
  void echo.rtp.say(toneSource(900, echo.rtp.codec));
  await echo.rtp.ear.hears(900);
  await echo.hangUp();
  for (const [number, status] of [
    ['703', 486],
    ['705', 403],
    ['399', 404],
  ] as const) {
    expect((await (await phone.call(number)).ended()).status).toBe(status);
  }
  const ringing = await phone.call('704');
  await ringing.rings();
  await ringing.hangUp();
  expect(await ringing.ended()).toMatchObject({ by: 'us', status: 487 });
  for (const [extension, status] of [
    ['1011', 403],
    ['1012', 404],
  ] as const) {
    const refused = await SipPhone.open({ pbx, extension });
    onTestFinished(() => refused.vanish());
    expect(await refused.register()).toBe(status);
  }
});

test('the scripted peer and our phone agree on passwords', async ({ onTestFinished }) => {
  const peer = await SipPeer.open();
  onTestFinished(() => peer.close());
  const right = await SipPhone.open({ pbx: peer, extension: '1000' });
  const wrong = await SipPhone.open({ pbx: peer, extension: '1001', password: 'wrong' });
  onTestFinished(() => right.vanish());
  onTestFinished(() => wrong.vanish());
  expect(await right.register()).toBe(200);
  expect(await wrong.register()).toBe(401);
  expect([...peer.registrations.keys()]).toEqual(['1000']);
});
