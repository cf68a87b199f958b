/**
 * Hands a caller over in the way that the trunk is set to and that its PBX turned out to take: REFER; or the target is
 * called first, and the caller joined to it by REFER with Replaces (attended) or by the switch (bridge). What the PBX
 * shows on the way is told, so that it is used the next time.
 */
import { randomUUID } from 'node:crypto';
import type { TransferMode, TransferSupport } from '../contract/trunk.ts';
import { type ReferResult, type Switch, SwitchError, type Transport } from '../switch/port.ts';
import { type Briefing, brief } from './briefing.ts';
import { callTarget } from './call-target.ts';
import { coldTransfer } from './cold-transfer.ts';
import type { TransferOutcome } from './refer-outcome.ts';
import { outcomeOfRefer } from './refer-outcome.ts';

export type HandOver = {
  switch: Pick<Switch, 'dial' | 'bridge' | 'refer' | 'hangUp' | 'openMedia'>;
  channelId: string;
  /** settles when the caller's leg has ended, for whatever reason */
  ended: Promise<unknown>;
  /** from `wayOf` */
  way: TransferMode;
  trunkId: string;
  target: { extension: string; domain: string; port: number; transport: Transport };
  /** whom the target is to see */
  callerNumber: string;
  callerName: string;
  ringSeconds: number;
  referTimeoutMs: number;
  /** what whoever answers is told before he gets the caller; null = nothing */
  briefing: Briefing | null;
  /** tells when the leg to the target is over */
  watchLeg: (channelId: string) => { ended: Promise<void>; forget: () => void };
  /** the PBX took a REFER, plain or with Replaces, or answered it with this status */
  onFinding: (what: 'refer' | 'replaces', sipStatus: number | null) => void;
};

/** `bridged`: the caller talks to the target through us, on his leg. */
export type HandedOver = TransferOutcome & { bridged: boolean };

/**
 * How the next transfer of a trunk is done: a mode that its PBX does not take gives way to bridge, unless its extensions
 * cannot be called at all.
 */
export const wayOf = (mode: TransferMode, support: TransferSupport, canBeCalled: boolean): TransferMode => {
  if (!canBeCalled) return 'refer';
  if (mode === 'refer' && support.refer?.supported === false) return 'bridge';
  if (mode === 'attended' && (support.replaces?.supported === false || support.refer?.supported === false))
    return 'bridge';
  return mode;
};

/** Rejects only when the switch itself fails. */
export const handOver = async (order: HandOver): Promise<HandedOver> => {
  const { way } = order;
  if (way === 'refer') {
    const outcome = await coldTransfer({ ...order, timeoutMs: order.referTimeoutMs });
    // 200 only after the PBX took it; a status of its own otherwise
    if (outcome.result === 'transferred') order.onFinding('refer', null);
    else if (outcome.callerStillHere && outcome.sipStatus !== null)
      order.onFinding('refer', outcome.sipStatus);
    return { ...outcome, bridged: false };
  }
  const { switch: control, ended, trunkId, callerNumber, callerName, ringSeconds } = order;
  const number = order.target.extension;
  const dialledId = randomUUID();
  const leg = order.watchLeg(dialledId);
  try {
    const called = await callTarget({
      switch: control,
      ended,
      order: { channelId: dialledId, trunkId, number, callerNumber, callerName, ringSeconds },
    });
    if (called.kind === 'not reached') {
      const { result, sipStatus } = called;
      return { result, sipStatus, callerStillHere: result !== 'caller gone', bridged: false };
    }
    const notBriefed = order.briefing && (await briefed(order, order.briefing, dialledId, leg.ended));
    if (notBriefed) return notBriefed;
    return way === 'attended' ? await join(order, dialledId) : await bridge(order, dialledId);
  } catch (error) {
    await control.hangUp(dialledId).catch(() => undefined);
    // hung up just before he was to get the caller
    if (error instanceof SwitchError && error.code === 'no-such-channel') return targetGone;
    throw error;
  } finally {
    leg.forget();
  }
};

const targetGone: HandedOver = {
  result: 'declined',
  callerStillHere: true,
  sipStatus: null,
  bridged: false,
};

/** null: the target has heard it, and waits for the caller. One who hangs up instead does not want him. */
const briefed = async (
  { switch: control, ended }: HandOver,
  briefing: Briefing,
  dialledId: string,
  legEnded: Promise<void>,
): Promise<HandedOver | null> => {
  const how = await brief({
    switch: control,
    dialledId,
    briefing,
    targetGone: legEnded,
    callerGone: ended,
  });
  switch (how) {
    case 'heard':
      return null;
    case 'target gone':
      return targetGone;
    case 'caller gone':
      await control.hangUp(dialledId);
      return { result: 'caller gone', callerStillHere: false, sipStatus: null, bridged: false };
  }
};

/** The target is on the line: whatever the PBX makes of the REFER, nobody is sent away. */
const join = async (order: HandOver, dialledId: string): Promise<HandedOver> => {
  const { switch: control, channelId } = order;
  const refer = await control.refer(
    channelId,
    { ...order.target, replaces: dialledId },
    order.referTimeoutMs,
  );
  if (refer.result === 'accepted') {
    order.onFinding('replaces', null);
    // both legs of ours are out; some PBXes leave it to us to end them
    await Promise.all([release(order, channelId), control.hangUp(dialledId)]);
    return { result: 'transferred', callerStillHere: false, sipStatus: 200, bridged: false };
  }
  if (refer.result === 'refused' || refer.result === 'failed') order.onFinding('replaces', refer.sipStatus);
  if (isStillHere(refer)) return bridge(order, dialledId);
  await control.hangUp(dialledId);
  return { ...outcomeOfRefer(refer), callerStillHere: false, bridged: false };
};

const bridge = async (order: HandOver, dialledId: string): Promise<HandedOver> => {
  const { switch: control, channelId, ended } = order;
  const first = await Promise.race([
    control.bridge(channelId, dialledId).then(() => 'bridged' as const),
    ended.then(() => 'ended' as const),
  ]);
  if (first === 'bridged')
    return { result: 'transferred', callerStillHere: false, sipStatus: null, bridged: true };
  await control.hangUp(dialledId);
  return { result: 'caller gone', callerStillHere: false, sipStatus: null, bridged: false };
};

const isStillHere = (refer: ReferResult): boolean =>
  refer.result === 'refused' || ('legAlive' in refer && refer.legAlive);

/** How long the PBX's own BYE is waited for before we hang up ourselves. */
const releaseGraceMs = 500;

const release = async ({ switch: control, ended }: HandOver, channelId: string): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<'still here'>((resolve) => {
    timer = setTimeout(() => resolve('still here'), releaseGraceMs);
  });
  const first = await Promise.race([ended.then(() => 'ended' as const), grace]);
  clearTimeout(timer);
  if (first === 'still here') await control.hangUp(channelId);
};
