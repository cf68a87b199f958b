/**
 * Transfers that the other journeys do not have: to numbers outside, which a trunk has to allow, and to a PBX that takes a
 * caller without a word about him.
 */
import { expect, test } from 'vitest';
import { type BotCall, serveBot } from '../../controller/bots/client/offhook-bot.ts';
import type { TransferResult } from '../../controller/contract/call.ts';
import { headerOf, parseNameAddress, parseSipUri } from '../kit/sip-message.ts';
import { sippCalls } from '../kit/sipp.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

export const transferJourneys = (use: () => Scene): void => {
  test('a number outside: refused by name until the trunk allows it; then by REFER, or called first', async ({
    onTestFinished,
  }) => {
    const scene = use();
    const calls: BotCall[] = [];
    const bot = await serveBot({ port: 0, onCall: (call) => void calls.push(call) });
    onTestFinished(() => bot.close());
    const agent = await scene.agent({
      kind: 'offhook',
      connection: { kind: 'offhook', url: `ws://127.0.0.1:${bot.port}/` },
      settings: { tools: ['transfer_to_pbx', 'transfer_call'] },
    } as Parameters<Scene['agent']>[0]);
    const trunk = await scene.peerTrunk({ extension: '2006', agentId: agent.id });
    await scene.status(trunk.id, 'Registered as ext 2006');
    const number = '+27 (0)82 555-0100';
    const call = await scene.peer.call('2006');
    await call.answered();
    const side = await until(() => calls[0], { what: 'the call at the bot' });
    await until(() => scene.liveCalls(trunk.id).some(({ state }) => state === 'talking'), {
      what: 'the call to be the agent’s',
    });
    expect(await side.tool('transfer_call', { number })).toEqual({
      result: 'not permitted',
      callerStillHere: true,
      to: number,
    });
    // nothing was asked of the PBX, and the call can go on
    expect(call.receivedOf('REFER')).toEqual([]);
    const path = `/trunks/${trunk.id}`;
    await scene.offhook.api('PATCH', path, { allowOutsideTransfers: true, transferMode: 'attended' });
    const busy = side.tool('transfer_call', { number: '082 555 0100' });
    const outside = await Promise.race([
      scene.peer.nextCall(),
      busy.then((result) => Promise.reject(new Error(`not called: ${JSON.stringify(result)}`))),
    ]);
    expect(outside.invite.uri).toContain('sip:0825550100@');
    outside.reject(486);
    expect(await busy).toMatchObject({ result: 'busy', callerStillHere: true });
    // who answers hears who calls and why; who then hangs up does not want the caller
    await scene.offhook.api('PATCH', path, { briefTarget: true });
    const declined = side.tool('transfer_call', { number: '0825550100', summary: 'He asks for a quote' });
    const briefed = await scene.peer.nextCall();
    briefed.answer();
    await until(() => briefed.rtp.ear.level(300) > 100, { what: 'the briefing' });
    await briefed.hangUp();
    expect(await declined).toMatchObject({ result: 'declined', callerStillHere: true });
    await scene.offhook.api('PATCH', path, { transferMode: 'refer' });
    scene.peer.onRefer = () => ({ status: 202, notifies: [{ status: 200 }], thenHangUp: true });
    const transferred = side.tool('transfer_call', { number: '+27 82 555-0100' });
    await call.ended();
    expect(await transferred).toMatchObject({ result: 'transferred' });
    const [refer] = call.receivedOf('REFER');
    expect(refer && headerOf(refer, 'Refer-To')).toMatch(/sip:(?:\+|%2B)27825550100@/i);
    const past = await scene.outcome(trunk.id);
    expect(past).toMatchObject({ transferredTo: '+27825550100', fault: 'none' });
    const { timeline } = await scene.timeline(past.id);
    expect(timeline.filter(({ kind }) => kind === 'announcement').map(({ text }) => text)).toEqual([
      'To 0825550100: Call from Caller, 1 0 0. He asks for a quote. Connecting you now.',
    ]);
  });

  test('a PBX that accepts the REFER and hangs up without a NOTIFY has the caller: transferred', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.peerTrunk({ extension: '2007', agentId: agent.id });
    await scene.offhook.api('POST', `/trunks/${trunk.id}/extensions`, { ext: '215', name: 'Sarah' });
    const { contact } = await scene.peer.registrationOf('2007');
    const requestUri = parseNameAddress(contact).uri;
    const run = sippCalls({
      requestUri,
      target: parseSipUri(requestUri),
      calls: 1,
      callsPerSecond: 1,
      holdMs: 'until REFER',
    });
    const live = await until(() => scene.liveCalls(trunk.id).find(({ state }) => state === 'talking'), {
      what: 'the call at the monitor',
    });
    const result = await scene.offhook.api<{ result: TransferResult }>('POST', `/calls/${live.id}/transfer`, {
      ext: '215',
    });
    expect(result).toEqual({ result: 'transferred', callerStillHere: false });
    const { code, successful, output } = await run;
    expect({ code, successful }, output).toEqual({ code: 0, successful: 1 });
    const past = await scene.outcome(trunk.id);
    expect(past).toMatchObject({
      outcome: 'Transferred to 215 Sarah',
      transferredTo: '215',
      fault: 'none',
    });
    // the record says what the PBX really answered
    const { timeline } = await scene.timeline(past.id);
    expect(timeline.find(({ kind }) => kind === 'transfer result')?.data).toMatchObject({ sipStatus: 202 });
  });
};
