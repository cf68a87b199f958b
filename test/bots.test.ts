/**
 * Bots as they exist, behind a real switch and a phone: each protocol with audio proved by tones in both directions,
 * interruption heard at the phone, tools, and every way in which a bot fails.
 */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { type BotJourney, BotStage } from './bots/bot-stage.ts';
import { failureJourneys } from './bots/failure-journeys.ts';
import { protocolJourneys } from './bots/protocol-journeys.ts';
import { Scene } from './journeys/scene.ts';
import { type Pbx, startPbx } from './kit/pbx.ts';
import { switchesUnderTest } from './kit/switches.ts';

let pbx: Pbx;
beforeAll(async () => {
  pbx = await startPbx();
});
afterAll(() => pbx.remove());

for (const { kind, missing } of switchesUnderTest()) {
  if (missing !== null) continue; // said by the switch contract and by the last line of the run
  describe(kind, () => {
    const at = {} as BotJourney;
    beforeAll(async () => {
      at.scene = await Scene.set(kind, pbx);
      at.stage = await BotStage.set(at.scene);
    });
    afterEach(async () => {
      await at.stage.hangUp();
      await at.server?.close();
    });
    afterAll(() => at.scene?.close());

    protocolJourneys(at);
    failureJourneys(at);
  });
}
