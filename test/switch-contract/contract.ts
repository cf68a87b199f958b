/**
 * What every switch behind the port must do, the same for all, proved at a real PBX, with real phones, and at a scripted
 * peer for what no PBX does on purpose. Asterisk runs always; FreeSWITCH where it is installed, and where it is not
 * that is said loudly here and in the last line of `npm test`.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SwitchKind } from '../../controller/switch/port.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import { switchesUnderTest } from '../kit/switches.ts';
import { audioContract } from './audio.ts';
import { badInputContract } from './bad-input.ts';
import { callContract } from './calls.ts';
import { deactivatedTrunkContract } from './deactivated-trunks.ts';
import { dialContract } from './dial.ts';
import { digitContract } from './digits.ts';
import { faultContract } from './faults.ts';
import { freeswitchStreams } from './freeswitch-streams.ts';
import { oddPbxContract } from './odd-pbx.ts';
import { referContract } from './refer.ts';
import { registrationContract } from './registration.ts';
import { Stage } from './stage.ts';
import { trunkDialContract } from './trunk-dial.ts';
import { trunkContract } from './trunks.ts';

export const switchContract = (kind: SwitchKind): void => {
  const found = switchesUnderTest().find((one) => one.kind === kind);
  const missing = found === undefined ? 'TEST_SWITCHES leaves it out' : found.missing;
  if (found === undefined || missing !== null) {
    console.warn(`\n*** ${kind} is NOT TESTED: ${String(missing)} ***\n`);
    return;
  }
  const { launch } = found;
  describe(kind, () => {
    let pbx: Pbx;
    let stage: Stage;
    beforeAll(async () => {
      pbx = await startPbx();
      stage = await Stage.set(await launch(), pbx);
    });
    afterAll(async () => {
      await stage?.close();
      await pbx?.remove();
    });

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
    describe('deactivated SIP trunks', () => deactivatedTrunkContract(() => stage));
    describe('calls to SIP trunks', () => trunkDialContract(() => stage));
    describe('bad input', () => badInputContract(() => stage));
    describe('dial', () => dialContract(() => stage));
    describe('refer', () => referContract(() => stage));
    describe('faults', () => faultContract(() => stage));
  });
};
