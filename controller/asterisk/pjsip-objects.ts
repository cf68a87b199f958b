/**
 * PJSIP's objects in a running Asterisk: read, put and taken away through ARI. Few requests at a time: a controller that
 * finds an empty Asterisk has ten thousand trunks to put, and asked for all at once each would wait until it counts as
 * unanswered. It does not know what the fields mean.
 */
import pLimit from 'p-limit';
import { type AriConnection, isMissing } from './ari.ts';
import { ConfigurationFields } from './ari-events.ts';

/** Asterisk keeps a field whose name begins with @ as it is, for whoever wrote it (sorcery.c, "extended" fields). */
const markField = '@offhook';

const configClass = 'res_pjsip';

/** Asterisk answers ARI on one thread a connection; more than these only wait there (measured with 10,000 trunks). */
const requestsAtOnce = 8;

export type PjsipObject = {
  type: string;
  id: string;
  /** a name may be there twice, as `set_var` is */
  fields: readonly (readonly [name: string, value: string])[];
  /** differs when anything does that has to be pushed */
  mark: string;
};

export class PjsipObjects {
  readonly #ari: Pick<AriConnection, 'find' | 'call'>;
  readonly #limit = pLimit(requestsAtOnce);

  constructor(ari: Pick<AriConnection, 'find' | 'call'>) {
    this.#ari = ari;
  }

  /** null: there is no such object, or no such field. */
  async field(type: string, id: string, name: string): Promise<string | null> {
    const fields = await this.#find(type, id);
    return fields?.find((field) => field.attribute === name)?.value ?? null;
  }

  async exists(type: string, id: string): Promise<boolean> {
    return (await this.#find(type, id)) !== null;
  }

  /** Whether it is there and was put like this. */
  async isLive({ type, id, mark }: PjsipObject): Promise<boolean> {
    return (await this.field(type, id, markField)) === mark;
  }

  /**
   * All of one account, in the order in which one needs the other; what is live already is left alone. Rejects with a
   * `SwitchError`.
   */
  async putAll(objects: readonly PjsipObject[]): Promise<void> {
    const endpoint = objects.find(({ type }) => type === 'endpoint');
    // It is put after what it needs: without it there is nothing whole in the way, and no need to ask for each.
    const isNew = endpoint !== undefined && !(await this.exists('endpoint', endpoint.id));
    for (const object of objects) {
      if (isNew) await this.set(object);
      else if (!(await this.isLive(object))) {
        // A password is changed in its place: taken away first it would be missing for a moment.
        if (object.type === 'auth') await this.set(object);
        else await this.replace(object);
      }
    }
  }

  /** On one that exists this also sets every field that is not named to its default. Rejects with a `SwitchError`. */
  set({ type, id, fields, mark }: Omit<PjsipObject, 'mark'> & { mark?: string }): Promise<void> {
    const list = mark === undefined ? fields : [...fields, [markField, mark] as const];
    return this.#limit(() =>
      this.#ari.call('asterisk', 'updateObject', {
        configClass,
        objectType: type,
        id,
        fields: list.map(([attribute, value]) => ({ attribute, value })),
      }),
    );
  }

  /** In the place of one of the same name, of which nothing is left. */
  async replace(object: PjsipObject): Promise<void> {
    await this.remove(object.type, object.id);
    await this.set(object);
  }

  /** One that is not there is no error. */
  async remove(type: string, id: string): Promise<void> {
    try {
      await this.#limit(() =>
        this.#ari.call('asterisk', 'deleteObject', { configClass, objectType: type, id }),
      );
    } catch (thrown) {
      if (!isMissing(thrown)) throw thrown;
    }
  }

  #find(type: string, id: string) {
    return this.#limit(() =>
      this.#ari.find(ConfigurationFields, 'asterisk', 'getObject', { configClass, objectType: type, id }),
    );
  }
}
