/**
 * Validate and diagnostics against the real PBX: all nine points green, each of them provoked to fail, and what both say of
 * it. A scripted PBX stands in where a real one does not refuse on purpose.
 */
import { expect, test } from 'vitest';
import type { Diagnostics } from '../../controller/contract/diagnostics.ts';
import type { Validation, ValidationPointName } from '../../controller/contract/validation.ts';
import { SipPhone } from '../kit/sip-phone.ts';
import { toneSource } from '../kit/tone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

const results = ({ points }: Validation) =>
  Object.fromEntries(points.map(({ name, result }) => [name, result]));
const point = ({ points }: Validation, name: ValidationPointName) =>
  points.find((candidate) => candidate.name === name);

export const endOfValidation = (scene: Scene, trunkId: string, timeoutMs = 60_000): Promise<Validation> =>
  until(
    async () => {
      const validation = await scene.offhook.api<Validation>('GET', `/trunks/${trunkId}/validation`);
      return validation.endedAt === null ? null : validation;
    },
    { what: 'the end of the validation', timeoutMs, everyMs: 100 },
  );

export const validationJourneys = (use: () => Scene): void => {
  const validate = async (trunkId: string, input: object = {}): Promise<Validation> => {
    const scene = use();
    await scene.offhook.api('POST', `/trunks/${trunkId}/validate`, input);
    return endOfValidation(scene, trunkId);
  };
  /** everything that the monitor said of a trunk's validation */
  const told = (trunkId: string): Validation[] =>
    use().changes.flatMap((change) =>
      change.type === 'validation' && change.validation.trunkId === trunkId ? [change.validation] : [],
    );
  const extension = (trunkId: string, ext: string) =>
    use().offhook.api('POST', `/trunks/${trunkId}/extensions`, { ext, name: 'Sarah' });

  test('all nine points of a trunk that is as it should be', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.pbxTrunk({ extension: '1000', agentId: agent.id, concurrentCallLimit: 1 });
    await extension(trunk.id, '215');
    const number = await scene.offhook.api<{ id: string }>('POST', '/numbers', {
      number: '+27 87 250 0100',
      trunkId: trunk.id,
    });
    const sarah = await SipPhone.registered({ pbx: scene.pbx, extension: '215' });
    sarah.onCall = (call) => call.ring();
    await scene.offhook.api('POST', `/trunks/${trunk.id}/validate`, { transferTo: '215' });
    await expect(scene.offhook.api('POST', `/trunks/${trunk.id}/validate`)).rejects.toThrow('409');
    const validation = await endOfValidation(scene, trunk.id);
    expect(
      validation.points.map(({ result, text, check }) => `${result} ${text} ${check}`).join('\n'),
    ).toMatch(/^(?:passed .+\n){8}passed .+$/);
    expect(validation.passed).toBe(true);
    expect(sarah.calls).toHaveLength(1);
    // hung up politely: nothing rings on
    await sarah.calls[0]?.ended();
    const call = await scene.timeline(validation.callId ?? '');
    expect(call).toMatchObject({ isTest: true, outcome: 'Transferred to 215 Sarah', fault: 'none' });
    await until(async () => (await scene.pbx.channels()).length === 0, {
      what: 'no leg to be left at the PBX',
    });
    // the number is the trunk's only one, so a call of its extension is its
    const diagnosed = await scene.offhook.api<Diagnostics>('GET', `/numbers/${number.id}/diagnostics`);
    expect(diagnosed.calls).toMatchObject([{ callId: call.id, isTest: true, calledNumber: '1000' }]);
    expect(diagnosed.health).toMatchObject({
      assignment: { ok: true },
      credentialsValid: { value: 'yes' },
      lastCall: { callId: call.id },
    });
    expect(diagnosed.errors).toEqual([]);
    // the monitor has seen it grow
    const seen = told(trunk.id);
    expect(seen.some((one) => one.endedAt === null && point(one, 'test call')?.result === 'running')).toBe(
      true,
    );
    expect(seen.at(-1)).toEqual(validation);
    await sarah.close();
  });

  test('a receptionist is heard; without a phone to ring the transfer is skipped', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'receptionist' });
    const trunk = await scene.pbxTrunk({ extension: '1001', agentId: agent.id });
    await extension(trunk.id, '215');
    const validation = await validate(trunk.id);
    expect(results(validation)).toEqual({
      'trunk status': 'passed',
      registration: 'passed',
      number: 'skipped',
      route: 'passed',
      directory: 'passed',
      agent: 'passed',
      'test call': 'passed',
      'test transfer': 'skipped',
      'call history': 'passed',
    });
    expect(validation.passed).toBe(true);
  });

  test('what needs no call: deactivated, wrong password, no number, no directory, no agent', async () => {
    const scene = use();
    const inactive = await scene.pbxTrunk({ extension: '1000', active: false });
    const first = await validate(inactive.id);
    expect(results(first)).toMatchObject({
      'trunk status': 'failed',
      registration: 'skipped',
      directory: 'failed',
      agent: 'failed',
      route: 'skipped',
      'test call': 'skipped',
      'test transfer': 'skipped',
      'call history': 'skipped',
    });
    expect(first.passed).toBe(false);
    expect(first.points.every(({ result, check }) => result === 'passed' || check !== '')).toBe(true);
    const wrong = await scene.pbxTrunk({ extension: '1002', password: 'wrong' });
    await scene.status(wrong.id, 'Failed — Authentication required');
    const second = await validate(wrong.id);
    expect(point(second, 'registration')).toMatchObject({ result: 'failed' });
    expect(point(second, 'registration')?.text).toContain('Authentication required');
    const sipTrunk = await scene.offhook.api<{ id: string }>('POST', '/trunks', {
      name: 'Without a number',
      connectionType: 'sip-trunk',
      domain: scene.pbx.host,
    });
    const third = await validate(sipTrunk.id);
    expect(third.mode).toBe('call-in');
    expect(results(third)).toMatchObject({ number: 'failed', agent: 'failed', route: 'skipped' });
    await expect(
      scene.offhook.api('POST', `/trunks/${sipTrunk.id}/validate`, { mode: 'dial' }),
    ).rejects.toThrow('400');
    const seen = await scene.offhook.api<Diagnostics>('GET', `/trunks/${wrong.id}/diagnostics`);
    expect(seen.health.credentialsValid.value).toBe('no');
    expect(seen.health.assignment.ok).toBe(false);
  });

  test('a PBX that refuses a call of an extension to itself: said, with the way by hand', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.peerTrunk({ extension: '2001', agentId: agent.id });
    await scene.status(trunk.id, 'Registered as ext 2001');
    await scene.offhook.api('POST', `/trunks/${trunk.id}/validate`);
    (await scene.peer.nextCall()).reject(486);
    const validation = await endOfValidation(scene, trunk.id);
    expect(point(validation, 'route')?.result).toBe('failed');
    expect(point(validation, 'route')?.text).toContain('486');
    expect(point(validation, 'route')?.check).toContain('Call in yourself');
    // and one whose voice mail answers
    await scene.offhook.api('POST', `/trunks/${trunk.id}/validate`);
    const answered = await scene.peer.nextCall();
    answered.ring();
    answered.answer();
    const next = await endOfValidation(scene, trunk.id);
    expect(point(next, 'route')?.text).toContain('Something else at the PBX answered');
    await answered.ended();
  });

  test('an agent that does not come up, and a transfer that the PBX refuses', async () => {
    const scene = use();
    const dead = await scene.agent({
      kind: 'twilio',
      connection: { kind: 'twilio', url: 'ws://127.0.0.1:9/', parameters: {} } as never,
    });
    const trunk = await scene.pbxTrunk({ extension: '1003', agentId: dead.id });
    await extension(trunk.id, '215');
    const first = await validate(trunk.id, { transferTo: '215' });
    expect(point(first, 'test call')?.result).toBe('failed');
    expect(point(first, 'test call')?.text).toContain('agent never started');
    expect(results(first)).toMatchObject({ 'test transfer': 'skipped', 'call history': 'passed' });
    // the history says the same to do as the diagnostics
    expect((await scene.timeline(first.callId ?? '')).advice?.check).toContain("agent's address");
    const diagnostics = await scene.offhook.api<Diagnostics>('GET', `/trunks/${trunk.id}/diagnostics`);
    expect(diagnostics.errors[0]).toMatchObject({ source: 'agent', callId: first.callId });
    expect(diagnostics.calls[0]).toMatchObject({ isTest: true, fault: 'agent' });

    const echo = await scene.agent({ kind: 'echo' });
    const refusing = await scene.pbxTrunk({ extension: '1009', agentId: echo.id });
    await extension(refusing.id, '215');
    const second = await validate(refusing.id, { transferTo: '215' });
    expect(results(second)).toMatchObject({ 'test call': 'passed', 'test transfer': 'failed' });
    expect(point(second, 'test transfer')?.text).toContain('declined');
    expect(point(second, 'test transfer')?.check).not.toBe('');
  });

  test('call in yourself: somebody’s own call is the test call and rings the phone; nobody’s call is told', async () => {
    const scene = use();
    const agent = await scene.agent({ kind: 'echo' });
    const trunk = await scene.pbxTrunk({ extension: '1002', agentId: agent.id });
    await scene.status(trunk.id, 'Registered as ext 1002');
    await extension(trunk.id, '215');
    const sarah = await SipPhone.registered({ pbx: scene.pbx, extension: '215' });
    sarah.onCall = (call) => call.ring();
    await scene.offhook.api('POST', `/trunks/${trunk.id}/validate`, { mode: 'call-in', transferTo: '215' });
    await until(() => told(trunk.id).some(({ instruction }) => instruction.startsWith('Call 1002')), {
      what: 'the instruction',
    });
    const phone = await SipPhone.registered({ pbx: scene.pbx, extension: '101' });
    const call = await phone.call('1002');
    await call.answered();
    void call.rtp.say(toneSource(900, call.rtp.codec));
    await until(() => told(trunk.id).some((one) => point(one, 'test call')?.result === 'passed'), {
      what: 'the test call to pass',
    });
    await until(() => sarah.calls.length === 1, { what: 'the chosen phone to ring' });
    await until(() => told(trunk.id).some((one) => point(one, 'test transfer')?.result === 'passed'), {
      what: 'the test transfer to pass',
    });
    await call.hangUp();
    const validation = await endOfValidation(scene, trunk.id);
    expect(results(validation)).toMatchObject({
      route: 'passed',
      'test call': 'passed',
      'test transfer': 'passed',
      'call history': 'passed',
    });
    await phone.close();
    await sarah.close();
    const nobody = await validate(trunk.id, { mode: 'call-in', waitSeconds: 3 });
    expect(point(nobody, 'route')?.text).toContain('No call came within 3 seconds');
  });
};
