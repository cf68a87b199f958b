/**
 * One validation of a trunk, read from top to bottom: what can be seen without a call, a test call that must reach the
 * agent by its audio, a test transfer, and the record of both. The switch's own words decide, never a state alone.
 */
import { randomUUID } from 'node:crypto';
import type { LiveCall } from '../calls/live-call.ts';
import type { PastCallWithTimeline } from '../contract/call.ts';
import { adviceOf, transferAdviceOf } from '../contract/problems.ts';
import { say } from '../contract/texts/sentence.ts';
import {
  calledPlace,
  validationCheck as check,
  validationFound as found,
  testCallFailed,
  validationInstruction,
} from '../contract/texts/validation.ts';
import type { ValidationInput } from '../contract/validation.ts';
import { messageOf } from '../errors.ts';
import type { DialResult, LiveChannel } from '../switch/port.ts';
import type { ValidatedTrunk, ValidationParts } from './parts.ts';
import { isSame } from './same-number.ts';
import { TestLeg } from './test-leg.ts';
import type { ValidationReport } from './validation-report.ts';
import { waitFor } from './wait-for.ts';

const registrationMs = 30_000;
const ringSeconds = 25;
const agentHeardMs = 20_000;
/** how long the target of the test transfer rings before the test leg hangs up */
const targetRingsMs = 3000;
const callEndMs = 10_000;
const recordMs = 10_000;

export class ValidationRun {
  readonly #trunk: ValidatedTrunk;
  readonly #input: ValidationInput;
  readonly #parts: ValidationParts;
  readonly #report: ValidationReport;
  /** who may be the test call's caller; null = nobody is waited for */
  #expecting: 'ourselves' | 'anybody' | null = null;
  #call: LiveCall | null = null;
  #claimedId: string | null = null;
  #legEnded = false;
  #legId: string | null = null;

  constructor(options: {
    trunk: ValidatedTrunk;
    input: ValidationInput;
    report: ValidationReport;
    parts: ValidationParts;
  }) {
    this.#trunk = options.trunk;
    this.#input = options.input;
    this.#report = options.report;
    this.#parts = options.parts;
  }

  /** A call is offered to the trunk: whether it is the test call. */
  claim(channel: LiveChannel): boolean {
    if (this.#expecting === null || this.#claimedId !== null) return false;
    if (this.#expecting === 'ourselves' && !this.#isOurs(channel)) return false;
    this.#claimedId = channel.channelId;
    return true;
  }

  /** What we called ourselves, and from us: a customer who calls the same number in this moment is no test. */
  #isOurs({ callerNumber, calledNumber }: LiveChannel): boolean {
    const { testCall, ownNames, extension } = this.#trunk;
    if ('fault' in testCall || !ownNames.some((name) => isSame(name, callerNumber))) return false;
    return extension !== null || isSame(testCall.number, calledNumber);
  }

  /** The call that was claimed, as it is led. */
  adopt(call: LiveCall): void {
    if (call.channel.channelId !== this.#claimedId) return;
    this.#call = call;
    this.#report.callId = call.record.id;
  }

  legEnded(channelId: string): void {
    if (channelId === this.#legId) this.#legEnded = true;
  }

  async go(): Promise<void> {
    try {
      if (!(await this.#look())) return;
      const reached = this.#report.mode === 'dial' ? await this.#dialAndListen() : await this.#waitForCall();
      if (reached) await this.#transfer();
    } catch (error) {
      this.#report.fail(
        this.#report.running,
        say(found.broken, { said: messageOf(error).slice(0, 200) }),
        check.readyz,
      );
    } finally {
      this.#expecting = null;
      await this.#hangUp().catch(() => undefined);
    }
    await this.#checkRecord();
  }

  /** What needs no call. False when one would be pointless. */
  async #look(): Promise<boolean> {
    const { active, numbers, extension, enabledExtensions, agent } = this.#trunk;
    const report = this.#report;
    if (active) report.pass('trunk status', found.active);
    else report.fail('trunk status', found.inactive, check.activate);
    const isRegistered = active && (await this.#checkRegistration());
    if (!active) report.skip('registration', found.notRegistering, check.activate);
    if (numbers.length > 0)
      report.pass('number', say(found.assigned, { numbers: numbers.slice(0, 5).join(', ') }));
    else if (extension !== null)
      report.skip('number', say(found.noNumberBound, { extension }), check.bindNumber);
    else report.fail('number', found.noNumber, check.enterNumbers);
    if (enabledExtensions > 0) report.pass('directory', say(found.directory, { count: enabledExtensions }));
    else report.fail('directory', found.directoryEmpty, check.fillDirectory);
    if (agent) report.pass('agent', say(found.agent, { agent: agent.name }));
    else report.fail('agent', found.noAgent, check.linkAgent);
    const isPossible = active && isRegistered && agent !== null;
    if (!isPossible) report.skipRest(found.pointless, check.mendFirst);
    return isPossible;
  }

  async #checkRegistration(): Promise<boolean> {
    const report = this.#report;
    report.begin('registration');
    await waitFor(() => this.#parts.status().state !== 'connecting', registrationMs);
    const { state, text: status, check: advice } = this.#parts.status();
    if (state === 'registered' || state === 'active') {
      report.pass('registration', say(found.status, { status }));
      return true;
    }
    if (state === 'waiting') {
      // a PBX that only sends calls never registers: its call will tell
      report.skip('registration', say(found.callsOnly, { status }), advice);
      return true;
    }
    report.fail('registration', say(found.status, { status }), advice || check.noRegistration);
    return false;
  }

  /** Calls our own extension, or a number of the trunk, through the PBX, so that its route is really walked. */
  async #dialAndListen(): Promise<boolean> {
    const { switch: control } = this.#parts;
    const { id: trunkId, testCall } = this.#trunk;
    if ('fault' in testCall) return false;
    const report = this.#report;
    report.begin('route');
    this.#expecting = 'ourselves';
    const channelId = randomUUID();
    this.#legId = channelId;
    const order = { channelId, trunkId, ...testCall, callerName: '', ringSeconds };
    const dialled = await control.dial(order);
    const call = this.#call;
    if (!call) {
      this.#routeFailed(dialled, testCall.number);
      return false;
    }
    this.#routePassed(call);
    report.begin('test call');
    if (dialled.result !== 'answered') {
      await waitFor(() => call.isOver, callEndMs);
      await this.#callFailed(call, testCallFailed.notAnswered);
      return false;
    }
    const leg = new TestLeg({ leg: await control.openMedia(channelId), pacer: this.#parts.pacer });
    try {
      const isEcho = this.#trunk.agent?.kind === 'echo';
      if (isEcho) leg.sayTone();
      // what is heard must be this call's agent: a voice mail of the PBX would be heard too
      const isHeard = () => (isEcho ? leg.hearsTone : leg.hearsVoice) && call.sound().spoken > 0;
      await waitFor(() => isHeard() || call.isOver || this.#legEnded, agentHeardMs);
      if (!isHeard()) {
        await this.#callFailed(call, testCallFailed.notHeard);
        return false;
      }
      report.pass('test call', say(found.heard, { agent: this.#trunk.agent?.name ?? '' }));
      if (this.#input.transferTo === undefined) return true;
      await this.#transfer();
      return false;
    } finally {
      leg.close();
    }
  }

  #routePassed(call: LiveCall): void {
    this.#expecting = null;
    this.#report.pass('route', say(found.route, { number: call.channel.calledNumber }));
  }

  #routeFailed(dialled: DialResult, number: string): void {
    const isExtension = this.#trunk.extension !== null;
    const byHand = say(check.byHand, { number });
    if (dialled.result === 'answered') {
      this.#report.fail(
        'route',
        say(isExtension ? found.elseAnsweredExtension : found.elseAnsweredNumber, { number }),
        `${isExtension ? check.forwards : say(check.lead, { number })} ${byHand}`,
      );
    } else {
      const said =
        dialled.result === 'refused'
          ? say(isExtension ? found.refusedExtension : found.refusedNumber, {
              sipStatus: dialled.sipStatus,
              number,
            })
          : say(isExtension ? found.lostExtension : found.lostNumber, { number, seconds: ringSeconds });
      this.#report.fail('route', said, `${isExtension ? check.selfCall : check.asCarrier} ${byHand}`);
    }
    this.#report.skipRest(found.notHere, byHand);
  }

  async #callFailed(call: LiveCall, said: string): Promise<void> {
    // its end is told a moment before its outcome
    if (call.isOver) await waitFor(() => call.record.outcome !== null, callEndMs);
    const { outcome, fault } = call.record;
    const advice = adviceOf(outcome, fault);
    this.#report.fail(
      'test call',
      outcome === null ? say(found.testCall, { said }) : say(found.testCallEnded, { said, outcome }),
      advice?.check ?? check.audio,
    );
    this.#report.skipRest(found.notReached, check.mendFirst, 'call history');
  }

  /** Somebody calls in from any phone. What he hears he knows himself; what is seen is the audio both ways. */
  async #waitForCall(): Promise<boolean> {
    const report = this.#report;
    const { extension, numbers } = this.#trunk;
    const place = numbers[0] ?? extension ?? calledPlace.trunk;
    report.begin('route');
    report.instruct(say(validationInstruction.call, { place, seconds: this.#input.waitSeconds }));
    this.#expecting = 'anybody';
    const isCalled = await waitFor(() => this.#call !== null, this.#input.waitSeconds * 1000);
    this.#expecting = null;
    const call = this.#call;
    if (!isCalled || !call) {
      report.instruct('');
      report.fail(
        'route',
        say(found.noCall, { seconds: this.#input.waitSeconds }),
        say(check.route, { place }),
      );
      report.skipRest(found.noCallCame, check.mendRoute);
      return false;
    }
    this.#routePassed(call);
    report.begin('test call');
    report.instruct(validationInstruction.speak);
    const isHeard = () => call.sound().spoken >= 25 && call.sound().heard >= 25;
    await waitFor(() => isHeard() || call.isOver, agentHeardMs);
    report.instruct('');
    if (!isHeard()) {
      await this.#callFailed(
        call,
        call.sound().spoken < 25 ? testCallFailed.agentSilent : testCallFailed.phoneSilent,
      );
      return false;
    }
    report.pass('test call', found.heardBoth);
    return true;
  }

  async #transfer(): Promise<void> {
    const report = this.#report;
    const ext = this.#input.transferTo;
    const call = this.#call;
    if (!call) return;
    if (ext === undefined) {
      report.skip('test transfer', found.noTarget, check.chooseTarget);
      return;
    }
    report.begin('test transfer');
    const { result } = await this.#parts.transfer(call.record.id, ext);
    if (result === 'transferred') {
      report.pass('test transfer', say(found.transferred, { ext }));
      if (this.#report.mode === 'dial') await waitFor(() => this.#legEnded, targetRingsMs);
      return;
    }
    report.fail('test transfer', say(found.notTransferred, { ext, result }), transferAdviceOf(result).check);
  }

  /** Politely: the test leg gets a BYE, and a call that somebody made is left to him for a while. */
  async #hangUp(): Promise<void> {
    const call = this.#call;
    if (this.#legId !== null && !this.#legEnded) await this.#parts.switch.hangUp(this.#legId);
    if (!call) return;
    if (this.#report.mode === 'call-in' && !call.isOver) this.#report.instruct(validationInstruction.hangUp);
    if (await waitFor(() => call.isOver, callEndMs)) return;
    this.#parts.hangUpCall(call.record.id);
    await waitFor(() => call.isOver, callEndMs);
  }

  async #checkRecord(): Promise<void> {
    const report = this.#report;
    report.instruct('');
    const call = this.#call;
    if (!call) return;
    report.begin('call history');
    let record: PastCallWithTimeline | null = null;
    const isWritten = await waitFor(async () => {
      record = await this.#parts.record(call.record.id).catch(() => null);
      return record?.outcome !== null && record?.outcome !== undefined;
    }, this.#parts.recordMs ?? recordMs);
    const stored = record as PastCallWithTimeline | null;
    const isTransferred = report.resultOf('test transfer') === 'passed';
    const hasTransfer = stored?.timeline.some(({ kind }) => kind === 'transfer result') ?? false;
    if (!isWritten || !stored) report.fail('call history', found.noRecord, check.database);
    else if (isTransferred && !hasTransfer) report.fail('call history', found.noTransferRecord, check.log);
    else
      report.pass(
        'call history',
        say(isTransferred ? found.recordedTransfer : found.recorded, { outcome: stored.outcome ?? '' }),
      );
  }
}
