/** The caller's side of the demo: listens, speaks when the agent is silent, and tells the live monitor's changes. */
import type { LiveChange } from '../../controller/contract/live.ts';
import type { SipCall } from '../kit/sip-call.ts';
import { samplesSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import type { SpokenTurn } from './caller-voice.ts';

/** Below this root mean square a line is silent. */
const silentLevel = 60;

/** Says the request when the greeting is over, and yes when asked whether it was understood. */
export const converse = async (options: {
  call: SipCall;
  changes: readonly LiveChange[];
  turns: readonly SpokenTurn[];
  tell: (line: string) => void;
}): Promise<void> => {
  const { call, changes, turns, tell } = options;
  let answered = 0;
  for (const turn of turns) {
    const agentSpoke = (): number => agentLines(changes).length;
    await until(() => agentSpoke() > answered || isMovingOn(changes), {
      what: 'the agent to speak',
      timeoutMs: 20_000,
    });
    if (isMovingOn(changes)) return;
    await until(() => call.rtp.ear.level(300) > silentLevel || isMovingOn(changes), {
      what: "the agent's voice",
      timeoutMs: 10_000,
    });
    await until(() => call.rtp.ear.level(700) < silentLevel || isMovingOn(changes), {
      what: 'the agent to finish',
      timeoutMs: 30_000,
    });
    if (isMovingOn(changes)) return;
    answered = agentSpoke();
    // "Connecting you to …" asks nothing: the transfer follows
    if (!agentLines(changes).at(-1)?.includes('?')) continue;
    tell(`The caller says: "${turn.text}"`);
    await call.rtp.say(samplesSource(turn.samples, call.rtp.codec));
  }
};

const timeline = (changes: readonly LiveChange[], kind: string) =>
  changes.flatMap((change) =>
    change.type === 'timeline' && change.entry.kind === kind ? [change.entry] : [],
  );

const agentLines = (changes: readonly LiveChange[]): string[] =>
  timeline(changes, 'agent said').map((entry) => entry.text);

const isMovingOn = (changes: readonly LiveChange[]): boolean =>
  timeline(changes, 'transfer started').length > 0 || endedOutcome(changes) !== null;

/** The first thing that the agent understood: the request itself. */
export const firstHeard = (changes: readonly LiveChange[]): string | null =>
  timeline(changes, 'caller said')[0]?.text ?? null;

export const transferResult = (changes: readonly LiveChange[]): { to: string; result: string } | null => {
  const facts = timeline(changes, 'transfer result').at(-1)?.data;
  return facts ? { to: String(facts['ext']), result: String(facts['result']) } : null;
};

export const endedOutcome = (changes: readonly LiveChange[]): string | null =>
  changes
    .flatMap((change) =>
      change.type === 'call' && change.call.outcome !== null ? [change.call.outcome] : [],
    )
    .at(-1) ?? null;

/** One change of the live monitor as a line of the story. */
export const narrate = (change: LiveChange, tell: (line: string) => void): void => {
  switch (change.type) {
    case 'trunk':
      tell(`Trunk "${change.trunk.name}": ${change.trunk.status.text}`);
      return;
    case 'timeline': {
      const { kind, text } = change.entry;
      const who = kind === 'agent said' ? 'Agent ' : kind === 'caller said' ? 'Caller' : 'call  ';
      tell(`  ${who} │ ${text}`);
      return;
    }
    case 'call':
    case 'system':
    case 'configuration':
    case 'validation':
    case 'trunk removed':
      return;
  }
};
