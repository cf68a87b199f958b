/**
 * What a page sends to its loudspeaker, told by frequency: an analyser beside everything that is connected to the page's
 * audio output. And a microphone of Chromium's own that hears a file. Knows no screen.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from './browser.ts';
import { toneSamples, writeWav } from './tone.ts';
import { until } from './until.ts';

/** Arguments for a Chromium whose microphone hears a tone for ever; `folder` is the caller's to remove. */
export const toneMicrophone = async (hz: number): Promise<{ args: string[]; folder: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-microphone-'));
  const file = join(folder, 'tone.wav');
  await writeWav(file, toneSamples(hz, 10));
  return {
    folder,
    args: ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`],
  };
};

/** Before the first page. A browser's own noise suppression takes a steady tone for noise, so it is off. */
export const giveEars = async (context: BrowserContext): Promise<void> => {
  await context.addInitScript(`
    const connect = AudioNode.prototype.connect;
    window.ears = [];
    AudioNode.prototype.connect = function (target, ...rest) {
      if (target === this.context.destination) {
        const splitter = this.context.createChannelSplitter(2);
        connect.call(this, splitter);
        window.ears = [0, 1].map((side) => {
          const ear = this.context.createAnalyser();
          ear.fftSize = 8192;
          ear.smoothingTimeConstant = 0;
          connect.call(splitter, ear, side);
          return ear;
        });
      }
      return connect.call(this, target, ...rest);
    };
    const devices = MediaDevices.prototype;
    const open = devices.getUserMedia;
    devices.getUserMedia = function () {
      return open.call(this, {
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
    };
  `);
};

/** The loudest frequency on one side of the loudspeaker; 0 for silence. */
const loudest = (page: Page, side: 0 | 1): Promise<number> =>
  page.evaluate(`(() => {
    const ear = window.ears[${side}];
    if (!ear) return 0;
    const bins = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(bins);
    let best = 0;
    for (let bin = 1; bin < bins.length; bin++) if (bins[bin] > bins[best]) best = bin;
    return bins[best] < -60 ? 0 : (best * ear.context.sampleRate) / ear.fftSize;
  })()`);

/** Waits until the page plays `hz`; a mono page has its sound on the left. */
export const pageHears = async (page: Page, hz: number, side: 'left' | 'right' = 'left'): Promise<void> => {
  let last = 0;
  await until(
    async () => {
      last = await loudest(page, side === 'left' ? 0 : 1);
      return Math.abs(last - hz) < 12;
    },
    { what: `${hz} Hz, ${side}, in the page`, timeoutMs: 15_000, everyMs: 50 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${last} Hz`, { cause: error });
  });
};
