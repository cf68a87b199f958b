/**
 * One validation of a trunk, read from top to bottom: what can be seen without a call, a test call that must reach the
 * agent by its audio, a test transfer, and the record of both. The switch's own words decide, never a state alone.
 */
import { randomUUID } from 'node:crypto';
import type { LiveCall } from '../calls/live-call.ts';
import type { PastCallWithTimeline } from '../contract/call.ts';
import { adviceOf, transferAdviceOf } from '../contract/problems.ts';
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
        `It could not be carried out: ${messageOf(error).slice(0, 200)}`,
        'Look at /readyz and the log, then start again.',
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
    if (active) report.pass('trunk status', 'The trunk is active.');
    else report.fail('trunk status', 'The trunk is deactivated.', 'Activate the trunk.');
    const isRegistered = active && (await this.#checkRegistration());
    if (!active) report.skip('registration', 'A deactivated trunk does not register.', 'Activate the trunk.');
    if (numbers.length > 0) report.pass('number', `Assigned here: ${numbers.slice(0, 5).join(', ')}.`);
    else if (extension !== null)
      report.skip(
        'number',
        `No number is bound: callers dial extension ${extension}.`,
        'Connect a number if people are to call from outside.',
      );
    else
      report.fail(
        'number',
        'No number belongs to this trunk.',
        "Enter the DIDs that the PBX sends down the trunk under Numbers, as in the PBX's own DIDs tab.",
      );
    if (enabledExtensions > 0)
      report.pass('directory', `${enabledExtensions} extensions can be transferred to.`);
    else
      report.fail(
        'directory',
        'The directory has no enabled extension.',
        'Add the extensions that callers may be put through to, one at a time or by CSV.',
      );
    if (agent) report.pass('agent', `${agent.name} answers.`);
    else report.fail('agent', 'No agent is linked to the trunk.', 'Link one on its Telephony tab.');
    const isPossible = active && isRegistered && agent !== null;
    if (!isPossible)
      report.skipRest('A point before it failed, without which no call can come.', 'Mend that first.');
    return isPossible;
  }

  async #checkRegistration(): Promise<boolean> {
    const report = this.#report;
    report.begin('registration');
    await waitFor(() => this.#parts.status().state !== 'connecting', registrationMs);
    const { state, text, check } = this.#parts.status();
    if (state === 'registered' || state === 'active') {
      report.pass('registration', `${text}.`);
      return true;
    }
    if (state === 'waiting') {
      // a PBX that only sends calls never registers: its call will tell
      report.skip('registration', `${text}: a PBX that only sends calls does not register.`, check);
      return true;
    }
    report.fail(
      'registration',
      `${text}.`,
      check || 'The PBX has not answered; check domain, port and firewall.',
    );
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
      await this.#callFailed(call, 'The call was not answered');
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
        await this.#callFailed(call, 'The agent answered, but was not heard');
        return false;
      }
      report.pass('test call', `${this.#trunk.agent?.name ?? 'The agent'} was heard on the test leg.`);
      if (this.#input.transferTo === undefined) return true;
      await this.#transfer();
      return false;
    } finally {
      leg.close();
    }
  }

  #routePassed(call: LiveCall): void {
    this.#expecting = null;
    this.#report.pass('route', `The PBX brought the call for ${call.channel.calledNumber} here.`);
  }

  #routeFailed(dialled: DialResult, number: string): void {
    const isExtension = this.#trunk.extension !== null;
    const byHand = `Start again with "Call in yourself" and call ${number} from any phone.`;
    const call = isExtension
      ? `the call of extension ${number} to itself`
      : `the call of Offhook to ${number}`;
    const said =
      dialled.result === 'answered'
        ? `Something else at the PBX answered ${isExtension ? 'extension ' : ''}${number}: a voice mail, an announcement or another phone`
        : dialled.result === 'refused'
          ? `The PBX answered ${dialled.sipStatus} to ${call}`
          : `The PBX did not bring ${call} here in ${ringSeconds} s`;
    const other = isExtension
      ? 'Some PBXes refuse a call of an extension to itself; else its route on the PBX leads elsewhere.'
      : 'The PBX has to take calls from Offhook on this trunk, as from a carrier, and lead the number back to it.';
    const check =
      dialled.result === 'answered'
        ? isExtension
          ? `Take forwards and follow-me off the extension on the PBX, and let it ring at least 20 s. ${byHand}`
          : `Lead ${number} to this trunk on the PBX. ${byHand}`
        : `${other} ${byHand}`;
    this.#report.fail('route', `${said}.`, check);
    this.#report.skipRest('The test call did not come here.', byHand);
  }

  async #callFailed(call: LiveCall, said: string): Promise<void> {
    // its end is told a moment before its outcome
    if (call.isOver) await waitFor(() => call.record.outcome !== null, callEndMs);
    const { outcome, fault } = call.record;
    const advice = adviceOf(outcome, fault);
    this.#report.fail(
      'test call',
      outcome === null ? `${said}.` : `${said}: ${outcome}.`,
      advice?.check ??
        'Check that the agent speaks first, and that RTP can pass both ways between the PBX and this machine.',
    );
    this.#report.skipRest('The test call did not reach the agent.', 'Mend that first.', 'call history');
  }

  /** Somebody calls in from any phone. What he hears he knows himself; what is seen is the audio both ways. */
  async #waitForCall(): Promise<boolean> {
    const report = this.#report;
    const { extension, numbers } = this.#trunk;
    const number = numbers[0] ?? extension ?? 'the trunk';
    report.begin('route');
    report.instruct(
      `Call ${number} from any phone now; it is waited for ${this.#input.waitSeconds} seconds.`,
    );
    this.#expecting = 'anybody';
    const isCalled = await waitFor(() => this.#call !== null, this.#input.waitSeconds * 1000);
    this.#expecting = null;
    const call = this.#call;
    if (!isCalled || !call) {
      report.instruct('');
      report.fail(
        'route',
        `No call came within ${this.#input.waitSeconds} seconds.`,
        `Check that the PBX routes ${number} to this trunk, and that the trunk is registered there.`,
      );
      report.skipRest('No call came.', 'Mend the route, then start again.');
      return false;
    }
    this.#routePassed(call);
    report.begin('test call');
    report.instruct('Say something and stay on the line.');
    const isHeard = () => call.sound().spoken >= 25 && call.sound().heard >= 25;
    await waitFor(() => isHeard() || call.isOver, agentHeardMs);
    report.instruct('');
    if (!isHeard()) {
      await this.#callFailed(
        call,
        call.sound().spoken < 25 ? 'The agent said nothing' : 'No audio came from the phone',
      );
      return false;
    }
    report.pass('test call', 'The agent spoke, and audio came from the phone.');
    return true;
  }

  async #transfer(): Promise<void> {
    const report = this.#report;
    const ext = this.#input.transferTo;
    const call = this.#call;
    if (!call) return;
    if (ext === undefined) {
      report.skip(
        'test transfer',
        'No extension was chosen to ring.',
        'Start again with the extension of a phone that you can hear.',
      );
      return;
    }
    report.begin('test transfer');
    const { result } = await this.#parts.transfer(call.record.id, ext);
    if (result === 'transferred') {
      report.pass(
        'test transfer',
        `The PBX took the call over for ${ext}. Did that phone ring? No PBX says it of every phone.`,
      );
      if (this.#report.mode === 'dial') await waitFor(() => this.#legEnded, targetRingsMs);
      return;
    }
    report.fail(
      'test transfer',
      `The transfer to ${ext} ended as: ${result}.`,
      transferAdviceOf(result).check,
    );
  }

  /** Politely: the test leg gets a BYE, and a call that somebody made is left to him for a while. */
  async #hangUp(): Promise<void> {
    const call = this.#call;
    if (this.#legId !== null && !this.#legEnded) await this.#parts.switch.hangUp(this.#legId);
    if (!call) return;
    if (this.#report.mode === 'call-in' && !call.isOver) this.#report.instruct('You may hang up now.');
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
    const found = record as PastCallWithTimeline | null;
    const isTransferred = report.resultOf('test transfer') === 'passed';
    const hasTransfer = found?.timeline.some(({ kind }) => kind === 'transfer result') ?? false;
    if (!isWritten || !found)
      report.fail(
        'call history',
        'The test call is not in the history.',
        'Look at /readyz: is the database there?',
      );
    else if (isTransferred && !hasTransfer)
      report.fail('call history', 'The transfer is not in the history.', 'Look at the log at that time.');
    else
      report.pass(
        'call history',
        `Recorded as "${found.outcome}"${isTransferred ? ', with the transfer' : ''}. The PBX's own records can be compared by the time and extension.`,
      );
  }
}
