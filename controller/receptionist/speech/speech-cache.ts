/** What has been said lately, so that it need not be spoken again: greetings and questions repeat all day. */

/** 8 kHz, two bytes a sample: about ten minutes of speech. */
const mostSamples = 8000 * 600;

type Spoken = { speech: Promise<Int16Array>; samples: number };

export class SpeechCache {
  readonly #spoken = new Map<string, Spoken>();
  #samples = 0;

  /** The speech of `key`, made by `make` unless it is there. What fails is forgotten. */
  get(key: string, make: () => Promise<Int16Array>): Promise<Int16Array> {
    const known = this.#spoken.get(key);
    if (known !== undefined) {
      // the one used last stays longest
      this.#spoken.delete(key);
      this.#spoken.set(key, known);
      return known.speech;
    }
    const spoken: Spoken = { speech: make(), samples: 0 };
    this.#spoken.set(key, spoken);
    spoken.speech.then(
      (samples) => {
        spoken.samples = samples.length;
        this.#samples += samples.length;
        this.#makeRoom();
      },
      () => this.#spoken.delete(key),
    );
    return spoken.speech;
  }

  #makeRoom(): void {
    for (const [key, { samples }] of this.#spoken) {
      if (this.#samples <= mostSamples) return;
      if (samples === 0) continue;
      this.#spoken.delete(key);
      this.#samples -= samples;
    }
  }
}
