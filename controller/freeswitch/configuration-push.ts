/**
 * What the database says, as files that FreeSWITCH has read: each trunk has an entry in one or more sections; changed
 * entries that wait go in together, FreeSWITCH is made to read them, and what it refuses is taken back, with an error
 * that names the trunk. What runs because of an entry (a gateway) is not its concern.
 *
 * The static configuration takes the files in with `exec cat`, not with `include`: FreeSWITCH's preprocessor reads an
 * include sign by sign (switch_xml.c, preprocess), 2 to 4 s for 10,000 trunks against 0.2 s, and would read
 * `$${name}` and `X-PRE-PROCESS` in it. Its parser walks through all elder siblings of each element
 * (switch_xml_insert), so users stand in groups.
 */

import { randomUUID } from 'node:crypto';
import { XMLValidator } from 'fast-xml-parser';
import type { Logger } from '../log.ts';
import { SwitchError } from '../switch/port.ts';
import { Turns } from '../turns.ts';
import { trunkIdOf } from './commands.ts';
import { LiveFiles, WriteError } from './live-files.ts';

export const sections = ['gateways', 'directory', 'directory-tls', 'acl'] as const;
export type Section = (typeof sections)[number];
/** null takes the trunk's entry out of the section; a section that is not named stays. */
export type Entry = Partial<Record<Section, string | null>>;

type Waiting = {
  trunkId: string;
  entry: Entry;
  resolve: () => void;
  reject: (error: unknown) => void;
};
type Model = Readonly<Record<Section, ReadonlyMap<string, string>>>;

type Reload = 'reloadxml' | 'reloadacl';
/** How this makes FreeSWITCH read its files again, and asks which ones it has read. */
type Ask = (command: Reload | typeof locateMark, timeoutMs: number) => Promise<string>;

/** A file whose only content is a mark that no other version has: FreeSWITCH's tree says which files it was made of. */
const markFile = 'version.xml';
const locateMark = 'xml_locate configuration configuration name offhook-files.conf';
const markText = (mark: string): string =>
  `<configuration name="offhook-files.conf" description="${mark}"/>\n`;
const markIn = (text: string): string => /description="([0-9a-f-]{36})"/.exec(text)?.[1] ?? '';

const reloadTimeoutMs = 60_000;
const usersInGroup = 100;
const fileOf = (section: Section): string => `${section}.xml`;
const modelOf = (read: (section: Section) => ReadonlyMap<string, string>): Model => ({
  gateways: read('gateways'),
  directory: read('directory'),
  'directory-tls': read('directory-tls'),
  acl: read('acl'),
});
const noEntries: Model = modelOf(() => new Map());

export class ConfigurationPush {
  readonly #files: LiveFiles;
  readonly #ask: Ask;
  readonly #log: Logger;
  /** what FreeSWITCH has read, as far as we know */
  #model: Model = noEntries;
  #texts: ReadonlyMap<string, string> = new Map();
  /** FreeSWITCH's tree was made of `#texts`: asked once, since a controller before us may have died in between */
  #isRead = false;
  #opened: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  #pushing = false;
  /** files are read and swapped by one at a time */
  readonly #turns = new Turns();

  constructor(options: { dir: string; ask: Ask; log: Logger }) {
    this.#files = new LiveFiles(options);
    this.#ask = options.ask;
    this.#log = options.log;
  }

  /** The trunk's entry as FreeSWITCH has read it. */
  async entry(section: Section, trunkId: string): Promise<string | undefined> {
    await this.#open();
    return this.#model[section].get(trunkId);
  }

  /** The trunks that have an entry. */
  async trunks(section: Section): Promise<string[]> {
    await this.#open();
    return [...this.#model[section].keys()];
  }

  /** Resolves when FreeSWITCH has read the entry. Rejects with a `SwitchError`; the old one is live then. */
  put(trunkId: string, entry: Entry): Promise<void> {
    trunkIdOf(trunkId);
    const compact: Entry = {};
    for (const section of sections) {
      const xml = entry[section];
      if (xml === undefined) continue;
      compact[section] = xml === null ? null : packed(xml);
      // what is live already was checked when it was put: 10,000 of them come again at every start
      if (xml === null || compact[section] === this.#model[section].get(trunkId)) continue;
      if (XMLValidator.validate(`<list>${xml}</list>`) !== true)
        throw new SwitchError('bad-argument', `trunk ${trunkId} makes XML that is not well formed`);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ trunkId, entry: compact, resolve, reject });
      void this.#pushAll();
    });
  }

  /** Looks at the files again, as at a start. true: somebody had changed them, and they are mended. */
  check(): Promise<boolean> {
    return this.#turns.take(async () => {
      const isFirst = this.#opened === null;
      await this.#open();
      const found = await this.#files.read();
      if (found === null || found.faults.length === 0) return false;
      if (!isFirst) this.#tellDrift(found.faults);
      const texts = textsOf(this.#model);
      await this.#files.swapIn(texts);
      this.#texts = texts;
      return true;
    });
  }

  #tellDrift(faults: readonly string[]): void {
    this.#log.warn(
      { faults },
      'drift: the files of the switch are not as we left them; they are written anew',
    );
  }

  #open(): Promise<void> {
    this.#opened ??= this.#readLive().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #readLive(): Promise<void> {
    const found = await this.#files.read();
    if (found === null) return;
    if (found.faults.length > 0) this.#tellDrift(found.faults);
    // what is whole counts: nothing of it may be lost before its trunk has been put again
    this.#model = modelOf((section) => readEntries(found.files.get(fileOf(section)) ?? ''));
    this.#texts = found.faults.length > 0 ? new Map() : found.files;
  }

  async #pushAll(): Promise<void> {
    if (this.#pushing) return;
    this.#pushing = true;
    // in the next turn, when a caller of many has queued them all
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#turns
        .take(() => this.#push(batch))
        .catch((error: unknown) => {
          for (const one of batch) one.reject(asSwitchError(error));
        });
    }
    this.#pushing = false;
  }

  async #push(batch: readonly Waiting[]): Promise<void> {
    await this.#open();
    const next = withEntries(this.#model, batch);
    const texts = textsOf(next, { model: this.#model, texts: this.#texts });
    const changed = sections
      .map(fileOf)
      .filter((name) => (this.#texts.get(name) ?? '') !== (texts.get(name) ?? ''));
    if (changed.length === 0) {
      if (!this.#isRead) await this.#makeRead();
      for (const one of batch) one.resolve();
      return;
    }
    const startedMs = performance.now();
    const { version, back } = await this.#files.swapIn(texts);
    const command = changed.includes(fileOf('acl')) ? 'reloadacl' : 'reloadxml';
    const answer = await this.#reload(command, texts).catch(async (error: unknown) => {
      // whether it read them is unknown: everything is put again when the connection is back
      await back();
      throw error;
    });
    if (isSuccess(answer)) {
      this.#model = next;
      this.#texts = texts;
      this.#isRead = true;
      const ms = Math.round(performance.now() - startedMs);
      this.#log.info({ version, trunks: batch.length, files: changed, ms }, 'configuration pushed');
      for (const one of batch) one.resolve();
      return;
    }
    await back();
    await this.#findRefused(batch, command, answer);
  }

  /** The answer to a reload; an error in the same form when FreeSWITCH read something, and not these files. */
  async #reload(command: Reload, texts: ReadonlyMap<string, string>): Promise<string> {
    const answer = await this.#ask(command, reloadTimeoutMs);
    if (!isSuccess(answer) || (await this.#hasRead(texts))) return answer;
    return '-ERR it has not read our files: may it read their folder, and does its static configuration name it?';
  }

  async #hasRead(texts: ReadonlyMap<string, string>): Promise<boolean> {
    const mark = markIn(texts.get(markFile) ?? '');
    return mark === '' || markIn(await this.#ask(locateMark, reloadTimeoutMs)) === mark;
  }

  /** The files are right. FreeSWITCH has not read them when the controller before us died in between. */
  async #makeRead(): Promise<void> {
    if (!(await this.#hasRead(this.#texts))) {
      const answer = await this.#reload('reloadacl', this.#texts);
      if (!isSuccess(answer))
        throw new SwitchError('rejected', `FreeSWITCH cannot read its configuration: ${wordsOf(answer)}`);
    }
    this.#isRead = true;
  }

  /** The old files are live again. Did the new entries break it, and which of them? */
  async #findRefused(batch: readonly Waiting[], command: Reload, refusal: string): Promise<void> {
    const old = await this.#reload(command, this.#texts);
    if (!isSuccess(old))
      throw new SwitchError(
        'rejected',
        `FreeSWITCH cannot read its configuration, also without this change: ${wordsOf(old)}`,
      );
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      this.#log.error({ trunkId: only.trunkId, answer: wordsOf(refusal) }, 'FreeSWITCH refused a trunk');
      only.reject(
        new SwitchError('rejected', `FreeSWITCH did not take trunk ${only.trunkId}: ${wordsOf(refusal)}`),
      );
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.#push(batch.slice(0, half));
    await this.#push(batch.slice(half));
  }
}

/** `+OK [Success]`; after an error mod_commands still says `+OK`, with the parser's words in the brackets. */
const isSuccess = (answer: string): boolean => /\[success\]|^\+OK acl reloaded/im.test(answer);
const wordsOf = (answer: string): string => answer.trim().replaceAll(/\s+/g, ' ').slice(0, 200);

const asSwitchError = (error: unknown): unknown =>
  error instanceof WriteError ? new SwitchError('rejected', error.message, { cause: error }) : error;

/** FreeSWITCH's parser keeps the white space between elements, and pays for it. No value holds a `<` or a `>`. */
const packed = (xml: string): string => xml.trim().replaceAll(/>\s+</g, '><');

const withEntries = (model: Model, batch: readonly Waiting[]): Model => {
  const next = { ...model };
  for (const section of sections) {
    const isChanged = batch.some(({ trunkId, entry }) => {
      const xml = entry[section];
      const known = model[section].get(trunkId);
      return xml === null ? known !== undefined : xml !== undefined && xml !== known;
    });
    if (!isChanged) continue;
    const entries = new Map(model[section]);
    for (const { trunkId, entry } of batch) {
      const xml = entry[section];
      if (xml === null) entries.delete(trunkId);
      else if (xml !== undefined) entries.set(trunkId, xml);
    }
    next[section] = entries;
  }
  return next;
};

/** Each entry stands after a comment with its trunk's id; no value holds a `<`, so none can look like one. */
const textOf = (section: Section, entries: ReadonlyMap<string, string>): string => {
  const marked = [...entries].map(([trunkId, xml]) => `<!--${trunkId}-->\n${xml}\n`);
  if (section === 'gateways' || section === 'acl') return marked.join('');
  const groups: string[] = [];
  for (let at = 0; at < marked.length; at += usersInGroup)
    groups.push(
      `<group name="offhook-${at / usersInGroup}"><users>\n${marked.slice(at, at + usersInGroup).join('')}</users></group>\n`,
    );
  return groups.join('');
};

/** `before`: what a section that is the same need not be written for again. */
const textsOf = (
  model: Model,
  before: { model: Model; texts: ReadonlyMap<string, string> } | null = null,
): Map<string, string> =>
  new Map([
    ...sections.map((section) => {
      const known = before?.model[section] === model[section] && before.texts.get(fileOf(section));
      return [fileOf(section), known || textOf(section, model[section])] as const;
    }),
    [markFile, markText(randomUUID())] as const,
  ]);

const readEntries = (text: string): Map<string, string> => {
  const entries = new Map<string, string>();
  const parts = text.split(/^<!--([a-z0-9][a-z0-9-]{0,39})-->$/m);
  for (let at = 1; at < parts.length; at += 2)
    entries.set(
      parts[at] ?? '',
      (parts[at + 1] ?? '').replace(/<\/users><\/group>\n(?:<group .*\n)?$/, '').trim(),
    );
  return entries;
};
