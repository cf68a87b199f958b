/**
 * `npm run demo`: a real PBX, Offhook registered on it as extension 1000, phones at 215 and 100, and a caller who says
 * what he wants. Prints the story as it happens; the end is proved by tones.
 *
 *   npm run demo                        stays up with the API afterwards
 *   npm run demo -- --once --json       one JSON line at the end; exit 0, or 1 with the reason
 *   SWITCH=asterisk npm run demo        on that switch
 */
import { parseArgs } from 'node:util';
import { chooseSwitchKind } from '../../controller/choose-switch.ts';
import { messageOf } from '../../controller/errors.ts';
import { playStory, type StoryResult } from './story.ts';

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    say: { type: 'string', default: 'put me through to billing' },
  },
});

const startedMs = performance.now();
/** The story goes to stderr when stdout is for a machine. */
const tell = (line: string): void => {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(5);
  (options.json ? process.stderr : process.stdout).write(`${seconds} s  ${line}\n`);
};

const finish = (result: StoryResult, code: number): void => {
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = code;
};

const kind = chooseSwitchKind(process.env['SWITCH']);
const result: StoryResult = {
  switch: kind,
  registered: false,
  answered: false,
  heard: '',
  transfer: null,
  callerHeardTarget: false,
};
try {
  const stage = await playStory({ kind, request: options.say, tell, result });
  if (options.once) {
    await stage.close();
  } else {
    tell(`Offhook stays up. API: ${stage.offhook.url}/api/v1 (token in ${stage.offhook.dataDir}/api-token)`);
    tell(
      `Call 1000 yourself: register a softphone as 101, password pw-101, at ${stage.pbx.host}:${stage.pbx.port}. Ctrl-C ends it all.`,
    );
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    await stage.close();
  }
  const good = result.transfer?.result === 'transferred' && result.callerHeardTarget;
  finish(
    good ? result : { ...result, reason: result.reason ?? 'the caller did not reach the target' },
    good ? 0 : 1,
  );
} catch (error) {
  tell(`The demo failed: ${messageOf(error)}`);
  finish({ ...result, reason: messageOf(error) }, 1);
}
// sockets of test phones that never got an answer would hold the process for their time-outs
process.exit();
