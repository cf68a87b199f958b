/**
 * What every switch behind the port must do, the same for all, proved at a real PBX, with real phones, and at a scripted
 * peer for what no PBX does on purpose. Asterisk runs always; FreeSWITCH where it is installed, and where it is not
 * that is said loudly here and in the last line of `npm test`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { switchesUnderTest } from './kit/switches.ts';
import { audioContract } from './switch-contract/audio.ts';
import { badInputContract } from './switch-contract/bad-input.ts';
import { callContract } from './switch-contract/calls.ts';
import { dialContract } from './switch-contract/dial.ts';
import { digitContract } from './switch-contract/digits.ts';
import { faultContract } from './switch-contract/faults.ts';
import { freeswitchStreams } from './switch-contract/freeswitch-streams.ts';
import { oddPbxContract } from './switch-contract/odd-pbx.ts';
import { referContract } from './switch-contract/refer.ts';
import { registrationContract } from './switch-contract/registration.ts';
import { Stage } from './switch-contract/stage.ts';
import { trunkDialContract } from './switch-contract/trunk-dial.ts';
import { trunkContract } from './switch-contract/trunks.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

for (const { kind, launch, missing } of switchesUnderTest()) {
  if (missing !== null) {
    console.warn(`\n*** ${kind} is NOT TESTED: ${missing} ***\n`);
    continue;
  }
  describe(kind, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.set(await launch(), pbx);
    });
    afterAll(() => stage.close());

    test('says what it is', async () => {
      const { kind: said, version } = await stage.switch.version();
      expect(said).toBe(kind);
      expect(version).toMatch(/\d+\.\d+/);
      expect(stage.switch.linked).toBe(true);
    });

    describe('registration', () => registrationContract(() => stage));
    describe('calls', () => callContract(() => stage));
    describe('audio', () => audioContract(() => stage));
    if (kind === 'freeswitch') describe('streams', () => freeswitchStreams(() => stage));
    describe('digits', () => digitContract(() => stage));
    describe('odd PBXes', () => oddPbxContract(() => stage));
    describe('SIP trunks', () => trunkContract(() => stage));
    describe('calls to SIP trunks', () => trunkDialContract(() => stage));
    describe('bad input', () => badInputContract(() => stage));
    describe('dial', () => dialContract(() => stage));
    describe('refer', () => referContract(() => stage));
    describe('faults', () => faultContract(() => stage));
  });
}
