/**
 * Tells the live monitor when a part that Offhook needs comes or goes: switch, database, speech. It asks those who know,
 * in this process, so that no screen has to.
 */
import type { SystemPart, SystemState } from '../contract/live.ts';

export class SystemWatch {
  readonly #read: () => SystemState;
  readonly #onChange: (system: SystemState) => void;
  #last = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(options: { read: () => SystemState; onChange: (system: SystemState) => void }) {
    this.#read = options.read;
    this.#onChange = options.onChange;
  }

  start(everyMs = 500): void {
    this.look();
    this.#timer = setInterval(() => this.look(), everyMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Compares with what was told last. */
  look(): void {
    const system = wordsOf(this.#read());
    const text = JSON.stringify(system);
    if (text === this.#last) return;
    this.#last = text;
    this.#onChange(system);
  }
}

/** Without what else a part may carry, such as free bytes, which are others at every look. */
const wordsOf = (system: SystemState): SystemState => {
  const { switch: theSwitch, database, speech, disk, agents, certificate } = system;
  return {
    switch: part(theSwitch),
    database: part(database),
    speech: part(speech),
    disk: part(disk),
    agents: part(agents),
    ...(certificate === undefined ? {} : { certificate: part(certificate) }),
  };
};
const part = ({ ready, text }: SystemPart): SystemPart => ({ ready, text });
