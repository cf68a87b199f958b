/**
 * The demo PBX that the web UI starts (controller/demo): a real Asterisk, phones at 215 and 100 that answer and speak, and
 * a caller who dials 1000 when told. Talks to its parent over Node's channel and ends with it.
 */
import { messageOf } from '../../controller/errors.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { samplesSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { type SpokenTurn, speakAsCaller } from './caller-voice.ts';

/** Below this root mean square a line is silent. */
const silentLevel = 60;

let pbx: Pbx | null = null;
const phones: SipPhone[] = [];
let isBusy = false;

/** Listens until the other side has said something, then says his next words; hangs up after the last. */
const converse = async (call: SipCall, turns: readonly SpokenTurn[]): Promise<void> => {
  for (const turn of turns) {
    await until(() => call.rtp.ear.level(300) > silentLevel, { what: 'a voice', timeoutMs: 25_000 });
    await until(() => call.rtp.ear.level(900) < silentLevel, { what: 'silence', timeoutMs: 30_000 });
    await call.rtp.say(samplesSource(turn.samples, call.rtp.codec));
  }
  await call.hangUp();
};

const end = async (code: number): Promise<void> => {
  await Promise.allSettled(phones.map((phone) => phone.close()));
  await pbx?.remove().catch(() => undefined);
  process.exit(code);
};

const open = async (): Promise<void> => {
  pbx = await startPbx({});
  const running = pbx;
  const [greeting, reception, ...turns] = await speakAsCaller([
    'Accounts, this is Sarah. How can I help you?',
    'Reception, good day.',
    'put me through to billing',
    'yes please',
    'I have a question about my invoice. Thank you, goodbye.',
  ]);
  const [sarah, desk, caller] = await Promise.all(
    ['215', '100', '101'].map((extension) =>
      SipPhone.registered({
        pbx: running,
        extension,
        ...(extension === '101' ? { name: 'Anna Schmidt' } : {}),
      }),
    ),
  );
  if (!sarah || !desk || !caller || !greeting || !reception) throw new Error('no phones');
  phones.push(sarah, desk, caller);
  const answerWith = (phone: SipPhone, words: SpokenTurn): void => {
    phone.onCall = (call) => {
      call.ring();
      call.answer();
      void call.rtp.say(samplesSource(words.samples, call.rtp.codec));
    };
  };
  answerWith(sarah, greeting);
  answerWith(desk, reception);
  process.on('message', () => {
    if (isBusy) return;
    isBusy = true;
    const place = async (): Promise<void> => {
      const call = await caller.call('1000');
      await call.answered(25_000);
      await converse(call, turns).catch(() => call.hangUp());
    };
    void place()
      .catch(() => undefined)
      .finally(() => {
        isBusy = false;
      });
  });
  process.send?.({ ready: { host: pbx.host, port: pbx.port } });
};

process.once('disconnect', () => void end(0));
open().catch((error: unknown) => {
  process.send?.({ failed: messageOf(error) });
  void end(1);
});
