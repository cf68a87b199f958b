/**
 * What the diagnostics of a SIP trunk and of its number say after real calls, answered and refused, and the SIP messages
 * of those calls: in order, and without a secret.
 */
import { expect } from 'vitest';
import type { DiagnosedCall, Diagnostics } from '../../controller/contract/diagnostics.ts';
import type { SipTrace } from '../../controller/contract/sip-trace.ts';
import type { SipPhone } from '../kit/sip-phone.ts';
import { until } from '../kit/until.ts';
import type { Scene } from './scene.ts';

const overLimit = 'Refused: over the concurrent-call limit';
const notAssigned = 'Refused: the number is not assigned to an agent';
const deactivated = 'Refused: the trunk is deactivated';
const refusedRegistration = 'The PBX was refused: this trunk is deactivated';

export class TrunkDiagnostics {
  readonly #scene: Scene;
  readonly #trunkId: string;
  readonly #numberId: string;
  /** what is in no answer */
  readonly #secrets: readonly string[];

  constructor(options: { scene: Scene; trunkId: string; numberId: string; secrets: readonly string[] }) {
    this.#scene = options.scene;
    this.#trunkId = options.trunkId;
    this.#numberId = options.numberId;
    this.#secrets = options.secrets;
  }

  /** After calls that an agent had, one more than the limit, one to a number that nobody has, and a wrong password. */
  async afterCalls(agentName: string): Promise<void> {
    const wrongPassword = 'The PBX tried to register with a wrong password';
    const trunk = await until(
      async () => {
        const read = await this.#ask(`/trunks/${this.#trunkId}/diagnostics`);
        return read.errors.some(({ text }) => text === wrongPassword) ? read : null;
      },
      { what: `"${wrongPassword}" in the diagnostics`, everyMs: 100 },
    );
    expect(trunk.health).toMatchObject({
      assignment: { ok: false, text: 'No agent is linked to the trunk' },
      registration: { state: 'active', text: 'Active' },
      credentialsValid: { value: 'yes' },
      lastCall: { outcome: notAssigned },
    });
    const outcomes = [notAssigned, overLimit, 'Transferred to 215 Sarah', 'Caller hung up', 'Caller hung up'];
    expect(trunk.calls.map(({ outcome }) => outcome).sort()).toEqual([...outcomes].sort());
    expect(trunk.errors.map(({ source, text }) => `${source}: ${text}`)).toEqual(
      expect.arrayContaining([
        `call: ${notAssigned}`,
        `call: ${overLimit}`,
        `registration: ${wrongPassword}`,
      ]),
    );
    for (const { cause, check } of trunk.errors) expect([cause, check]).not.toContain('');

    const number = await this.#ask(`/numbers/${this.#numberId}/diagnostics`);
    expect(number.health.assignment).toMatchObject({ ok: true, text: `Answered by ${agentName}` });
    const ofNumber = number.calls.map(({ outcome }) => outcome).sort();
    expect(ofNumber).toEqual(outcomes.filter((outcome) => outcome !== notAssigned).sort());
    expect(number.errors.map(({ text }) => text)).toContain(overLimit);

    const digest = ['> INVITE', '< 401 INVITE', '> INVITE'];
    await this.#ladder(number, 'Caller hung up', [...digest, '< 200 INVITE', '> ACK', '> BYE', '< 200 BYE']);
    await this.#ladder(number, overLimit, [...digest, '< 503 INVITE']);
    await this.#ladder(trunk, notAssigned, [...digest, '< 404 INVITE']);
  }

  /** The trunk is deactivated, and its PBX has been told so when it registered. */
  async afterDeactivation(caller: SipPhone, number: string): Promise<void> {
    const call = await caller.call(number);
    expect(await call.ended()).toMatchObject({ by: 'them', status: 480 });
    // both are written a moment later
    const trunk = await until(
      async () => {
        const read = await this.#ask(`/trunks/${this.#trunkId}/diagnostics`);
        const isTold = read.errors.some(({ text }) => text === refusedRegistration);
        return isTold && read.calls[0]?.outcome === deactivated ? read : null;
      },
      { what: `"${deactivated}" and "${refusedRegistration}" in the diagnostics`, everyMs: 100 },
    );
    expect(trunk.calls[0]?.advice?.check).toMatch(/^Activate the trunk/);
    expect(trunk.health).toMatchObject({
      assignment: { ok: false, text: 'The trunk is deactivated' },
      registration: { state: 'inactive', text: 'Inactive' },
      lastCall: { outcome: deactivated, calledNumber: number },
    });
    expect(trunk.errors.map(({ source, text }) => `${source}: ${text}`)).toEqual(
      expect.arrayContaining([`call: ${deactivated}`, `registration: ${refusedRegistration}`]),
    );
    const ofNumber = await this.#ask(`/numbers/${this.#numberId}/diagnostics`);
    expect(ofNumber.calls[0]?.outcome).toBe(deactivated);
    await this.#ladder(trunk, deactivated, ['> INVITE', '< 480 INVITE']);
  }

  async #ask(path: string): Promise<Diagnostics> {
    const answer = await this.#scene.offhook.api<Diagnostics>('GET', path);
    this.#hasNoSecret(JSON.stringify(answer));
    return answer;
  }

  /** `>` came from the PBX. A challenge is 401 on one switch and 407 on the other. */
  async #ladder({ calls }: Diagnostics, outcome: string, wanted: readonly string[]): Promise<void> {
    const call = calls.find((one: DiagnosedCall) => one.outcome === outcome);
    if (!call) throw new Error(`no call with the outcome ${outcome}`);
    let said: string[] = [];
    const hasAll = async (): Promise<boolean> => {
      const trace = await this.#scene.offhook.api<SipTrace>('GET', `/calls/${call.callId}/sip`);
      for (const { text } of trace.messages) this.#hasNoSecret(text);
      said = trace.messages
        .filter(({ retransmission }) => !retransmission)
        .map(({ direction, method, status, cseq }) => {
          const shown = status === 407 ? 401 : status;
          return `${direction === 'from PBX' ? '>' : '<'} ${method ?? `${String(shown)} ${cseq.replace(/^\d+ /, '')}`}`;
        });
      let at = 0;
      for (const step of said) if (step === wanted[at]) at += 1;
      return at === wanted.length;
    };
    await until(hasAll, { what: `the messages of "${outcome}"`, everyMs: 100 }).catch(() =>
      expect(said, `the messages of "${outcome}"`).toEqual(wanted),
    );
    const { offhook } = this.#scene;
    const response = await fetch(`${offhook.url}/api/v1/calls/${call.callId}/sip?format=text`, {
      headers: { authorization: `Bearer ${offhook.token}` },
    });
    const ladder = await response.text();
    expect(ladder).toContain(outcome);
    expect(ladder).toMatch(/\|-- INVITE sip:\S+ -*>\|/);
    this.#hasNoSecret(ladder);
  }

  #hasNoSecret(text: string): void {
    for (const secret of this.#secrets) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/(?:response|nonce|cnonce|opaque)=\\?"(?!\[removed\])/);
  }
}
