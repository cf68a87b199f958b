/**
 * Starts validations, one at a time for each trunk, keeps what they found, and ends those that a controller before this
 * one left in the middle. What one does is in `validation-run.ts`.
 */
import type { LiveCall } from '../calls/live-call.ts';
import { validationCheck, validationFound } from '../contract/texts/validation.ts';
import type { Validation, ValidationInput } from '../contract/validation.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { LiveChannel, SwitchEvent } from '../switch/port.ts';
import type { ValidatedTrunk, ValidationParts } from './parts.ts';
import { ValidationReport } from './validation-report.ts';
import { ValidationRun } from './validation-run.ts';

type Store = {
  save(validation: Validation): Promise<void>;
  find(trunkId: string): Promise<Validation | null>;
  unended(): Promise<Validation[]>;
};

export class Validations {
  readonly #options: {
    store: Store;
    trunk: (trunkId: string) => ValidatedTrunk | undefined;
    parts: (trunkId: string) => ValidationParts;
    onChange: (validation: Validation) => void;
    log: Logger;
  };
  readonly #running = new Map<string, { run: ValidationRun; report: ValidationReport }>();
  #saving: Promise<void> = Promise.resolve();

  constructor(options: {
    store: Store;
    trunk: (trunkId: string) => ValidatedTrunk | undefined;
    parts: (trunkId: string) => ValidationParts;
    onChange: (validation: Validation) => void;
    log: Logger;
  }) {
    this.#options = options;
  }

  /** Begins; the results come one by one. Throws `conflict` while one of the trunk runs. */
  async start(trunkId: string, input: ValidationInput): Promise<Validation> {
    const trunk = this.#options.trunk(trunkId);
    if (!trunk) throw new AppError('not-found', 'there is no such trunk');
    if (this.#running.has(trunkId))
      throw new AppError('conflict', 'a validation of this trunk is under way: wait for its end');
    const parts = this.#options.parts(trunkId);
    if (!parts.switch.linked) throw new AppError('switch-down', 'there is no connection to the switch');
    const fault = 'fault' in trunk.testCall ? trunk.testCall.fault : null;
    if (input.mode === 'dial' && fault !== null)
      throw new AppError('invalid-input', `${fault}: use call-in`, { fields: { mode: `call-in: ${fault}` } });
    const mode = input.mode ?? (fault === null ? 'dial' : 'call-in');
    const report = new ValidationReport({
      trunkId,
      mode,
      startedAt: new Date(),
      onChange: (validation) => this.#changed(validation),
    });
    const run = new ValidationRun({ trunk, input, report, parts });
    this.#running.set(trunkId, { run, report });
    this.#changed(report.current);
    // that it has begun is known to the next controller before anybody is told
    await this.#saving;
    void run
      .go()
      .catch((error: unknown) => this.#options.log.error({ err: error, trunkId }, 'a validation failed'))
      .finally(() => {
        report.end(new Date());
        this.#running.delete(trunkId);
      });
    return report.current;
  }

  /** The one that runs, or the last one; null when there was none. */
  async find(trunkId: string): Promise<Validation | null> {
    const running = this.#running.get(trunkId);
    if (running) return running.report.current;
    await this.#saving;
    return await this.#options.store.find(trunkId);
  }

  /** Those that run, for a monitor that joins late. */
  list(): Validation[] {
    return [...this.#running.values()].map(({ report }) => report.current);
  }

  /** Whether a call that is offered is a test call. */
  claim(channel: LiveChannel): boolean {
    return this.#running.get(channel.trunkId)?.run.claim(channel) ?? false;
  }

  /** A test call is led. */
  adopt(call: LiveCall): void {
    if (call.record.isTest) this.#running.get(call.channel.trunkId)?.run.adopt(call);
  }

  handle(event: SwitchEvent): void {
    if (event.type !== 'ended') return;
    for (const { run } of this.#running.values()) run.legEnded(event.channelId);
  }

  /** At the start: their test legs are ended by the switch's link, and nobody waits for them any more. */
  async recover(): Promise<void> {
    for (const validation of await this.#options.store.unended()) {
      if (this.#running.has(validation.trunkId)) continue;
      const text = validationFound.restarted;
      await this.#options.store.save({
        ...validation,
        endedAt: new Date().toISOString(),
        instruction: '',
        points: validation.points.map((point) =>
          point.result === 'waiting' || point.result === 'running'
            ? { ...point, result: 'skipped', text, check: validationCheck.startAgain }
            : point,
        ),
      });
    }
  }

  /** What was found so far is in the database. */
  async close(): Promise<void> {
    await this.#saving;
  }

  #changed(validation: Validation): void {
    this.#options.onChange(validation);
    this.#saving = this.#saving
      .then(() => this.#options.store.save(validation))
      .catch((error: unknown) =>
        this.#options.log.debug({ reason: messageOf(error) }, 'a validation could not be saved'),
      );
  }
}
