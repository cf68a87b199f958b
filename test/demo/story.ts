/** The demo's story, told through the API and the live monitor as a user would see it, and through real phones. */
import type { Agent } from '../../controller/contract/agent.ts';
import type { LiveChange } from '../../controller/contract/live.ts';
import type { Trunk } from '../../controller/contract/trunk.ts';
import { Offhook } from '../kit/offhook.ts';
import { type Pbx, startPbx } from '../kit/pbx.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import { speakAsCaller } from './caller-voice.ts';
import { converse, endedOutcome, firstHeard, narrate, transferResult } from './conversation.ts';

export type StoryResult = {
  switch: 'freeswitch' | 'asterisk';
  registered: boolean;
  answered: boolean;
  /** what the receptionist understood */
  heard: string;
  transfer: { to: string; result: string } | null;
  callerHeardTarget: boolean;
  targetHeardCaller?: boolean;
  outcome?: string;
  /** why it did not work */
  reason?: string;
};

export type Stage = { offhook: Offhook; pbx: Pbx; close: () => Promise<void> };

/** What each side says after the hand-over, so that "who hears whom" is a measurement. */
const callerHz = 450;
const targetHz = 1300;

const directory = [
  {
    ext: '215',
    name: 'Sarah',
    owner: 'Sarah Jones',
    department: 'Accounts',
    aliases: ['billing', 'invoices'],
  },
  { ext: '100', name: 'Reception', aliases: ['front desk', 'operator'] },
  { ext: '101', name: 'Workshop', owner: 'Peter Miller', department: 'Service', aliases: ['repairs'] },
];

export const playStory = async (options: {
  kind: 'freeswitch' | 'asterisk';
  request: string;
  tell: (line: string) => void;
  result: StoryResult;
}): Promise<Stage> => {
  const { tell, result } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse())
      await closer().catch((error: unknown) => tell(String(error)));
  };
  try {
    const pbx = await startPbx({ log: tell });
    closers.push(() => pbx.remove());
    tell(`A real PBX runs at ${pbx.host}:${pbx.port} (Asterisk)`);

    const offhook = await Offhook.started({ switch: options.kind });
    closers.push(() => offhook.remove());
    tell(
      `Offhook runs with ${options.kind === 'freeswitch' ? 'FreeSWITCH' : 'Asterisk'} as its switch, API at ${offhook.url}`,
    );

    const changes: LiveChange[] = [];
    await offhook.watch((change) => {
      changes.push(change);
      narrate(change, tell);
    });
    await setUp(offhook, pbx);
    await until(
      () => changes.some((change) => change.type === 'trunk' && change.trunk.status.state === 'registered'),
      {
        what: 'Offhook to be registered on the PBX',
        timeoutMs: 30_000,
      },
    );
    result.registered = true;

    const phones = await Promise.all(
      ['215', '100', '101'].map((extension) =>
        SipPhone.registered({ pbx, extension, ...(extension === '101' ? { name: 'Anna Schmidt' } : {}) }),
      ),
    );
    const [sarah, reception, caller] = phones;
    if (!sarah || !reception || !caller) throw new Error('no phones');
    closers.push(async () => void (await Promise.all(phones.map((phone) => phone.close()))));
    sarah.answerWithTone(targetHz);
    reception.answerWithTone(700);
    tell('Phones are registered at 215 (Sarah), 100 (Reception) and 101 (the caller)');

    const turns = await speakAsCaller([options.request, 'yes please', 'yes']);
    tell('The caller dials 1000');
    const call = await caller.call('1000');
    await call.answered(20_000);
    result.answered = true;
    await converse({ call, changes, turns, tell });
    result.heard = firstHeard(changes) ?? '';

    await until(() => transferResult(changes) !== null || endedOutcome(changes) !== null, {
      what: 'a transfer',
      timeoutMs: 30_000,
    });
    result.transfer = transferResult(changes);
    if (result.transfer?.to !== sarah.extension)
      throw new Error(`the caller reached ${result.transfer?.to ?? 'nobody'}, and not ${sarah.extension}`);
    void call.rtp.say(toneSource(callerHz, call.rtp.codec));
    await call.rtp.ear.hears(targetHz, { timeoutMs: 10_000 });
    result.callerHeardTarget = true;
    tell(`The caller hears ${targetHz} Hz: that is Sarah's phone, 215`);
    const targetCall = sarah.calls.at(-1);
    await targetCall?.rtp.ear.hears(callerHz, { timeoutMs: 10_000 });
    result.targetHeardCaller = targetCall !== undefined;
    tell(`215 hears ${callerHz} Hz: that is the caller. Offhook is out of the call.`);
    await until(() => endedOutcome(changes) !== null, { what: "the call's outcome", timeoutMs: 10_000 });
    result.outcome = endedOutcome(changes) ?? '';
    return { offhook, pbx, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** What an admin enters: an agent, the trunk with the extension's credentials, the directory. */
const setUp = async (offhook: Offhook, pbx: Pbx): Promise<void> => {
  const agent = await offhook.api<Agent>('POST', '/agents', {
    name: 'Front desk',
    kind: 'receptionist',
    settings: { fallbackExtension: '100' },
  });
  const trunk = await offhook.api<Trunk>('POST', '/trunks', {
    name: 'Demo PBX',
    pbxType: 'asterisk',
    domain: pbx.host,
    port: pbx.port,
    extension: '1000',
    password: 'pw-1000',
    agentId: agent.id,
  });
  for (const entry of directory) await offhook.api('POST', `/trunks/${trunk.id}/extensions`, entry);
};
