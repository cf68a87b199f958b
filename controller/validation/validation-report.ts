/** The nine points of one validation as they fill in. Tells every change; runs nothing. */
import { validationCheck, validationFound } from '../contract/texts/validation.ts';
import {
  type Validation,
  type ValidationPoint,
  type ValidationPointName,
  validationPoints,
} from '../contract/validation.ts';

export class ValidationReport {
  readonly #onChange: (validation: Validation) => void;
  #validation: Validation;

  constructor(options: {
    trunkId: string;
    mode: Validation['mode'];
    startedAt: Date;
    onChange: (validation: Validation) => void;
  }) {
    this.#onChange = options.onChange;
    this.#validation = {
      trunkId: options.trunkId,
      mode: options.mode,
      startedAt: options.startedAt.toISOString(),
      endedAt: null,
      passed: false,
      instruction: '',
      callId: null,
      points: validationPoints.map((name) => ({ name, result: 'waiting', text: '', check: '' })),
    };
  }

  /** As it is now; a later change makes a new one. */
  get current(): Validation {
    return this.#validation;
  }

  get mode(): Validation['mode'] {
    return this.#validation.mode;
  }

  /** The point that runs, or the next one. */
  get running(): ValidationPointName {
    const { points } = this.#validation;
    const point =
      points.find(({ result }) => result === 'running') ?? points.find(({ result }) => result === 'waiting');
    return point?.name ?? 'call history';
  }

  resultOf(name: ValidationPointName): ValidationPoint['result'] | undefined {
    return this.#validation.points.find((point) => point.name === name)?.result;
  }

  set callId(callId: string) {
    this.#change({ callId });
  }

  instruct(instruction: string): void {
    if (this.#validation.instruction !== instruction) this.#change({ instruction });
  }

  begin(name: ValidationPointName): void {
    this.#set(name, 'running', '', '');
  }

  pass(name: ValidationPointName, text: string): void {
    this.#set(name, 'passed', text, '');
  }

  fail(name: ValidationPointName, text: string, check: string): void {
    this.#set(name, 'failed', text, check);
  }

  skip(name: ValidationPointName, text: string, check: string): void {
    this.#set(name, 'skipped', text, check);
  }

  /** All that have no result yet, but `except`. */
  skipRest(text: string, check: string, except?: ValidationPointName): void {
    const points = this.#validation.points.map(
      (point): ValidationPoint =>
        (point.result === 'waiting' || point.result === 'running') && point.name !== except
          ? { ...point, result: 'skipped', text, check }
          : point,
    );
    this.#change({ points });
  }

  end(at: Date): void {
    this.skipRest(validationFound.notTried, validationCheck.mendFailed);
    const passed = this.#validation.points.every(({ result }) => result === 'passed' || result === 'skipped');
    this.#change({ endedAt: at.toISOString(), instruction: '', passed });
  }

  #set(name: ValidationPointName, result: ValidationPoint['result'], text: string, check: string): void {
    const points = this.#validation.points.map(
      (point): ValidationPoint => (point.name === name ? { name, result, text, check } : point),
    );
    this.#change({ points });
  }

  #change(change: Partial<Validation>): void {
    this.#validation = { ...this.#validation, ...change };
    this.#onChange(this.#validation);
  }
}
