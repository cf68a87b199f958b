/**
 * What a bot may do with its call, as tools with typed results: one implementation for all protocols, for the per-call
 * address that bots post to, and for Twilio's REST verbs.
 */
import { z } from 'zod';
import type { AgentTool } from '../contract/agent.ts';
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';
import { type PreparedDirectory, prepareDirectory, resolve } from '../directory/resolver.ts';
import { messageOf } from '../errors.ts';
import type { CallHandle } from './bot.ts';

export type ToolCandidate = { ext: string; name: string; department: string };

/** `result` says what happened in one word; the rest helps the bot to go on. */
export type ToolResult =
  | { result: TransferResult; to: string; name?: string; callerStillHere: boolean }
  /** several entries fit, or one that was not clearly meant: ask the caller, then call again with the extension */
  | { result: 'ambiguous'; candidates: ToolCandidate[] }
  | { result: 'not in the directory' }
  | { result: 'hung up' }
  | { result: 'sent'; digits: string }
  | { result: 'not allowed'; reason: string }
  | { result: 'wrong input'; reason: string }
  | { result: 'failed'; reason: string };

export type ToolDescription = { name: AgentTool; description: string; parameters: object };

/** Whoever answers hears it; 300 signs are about 20 s of speech. */
const summary = z
  .string()
  .trim()
  .max(300)
  .optional()
  .describe(
    'What the caller wants, in one short sentence for the person who answers. Spoken to that person before the caller is connected, if the company has set that up.',
  );

const inputs = {
  transfer_to_pbx: z.object({
    destination: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .describe('Who or what the caller asked for, in the words of the caller, or an extension in digits'),
    summary,
  }),
  transfer_call: z.object({
    number: z.string().trim().min(1).max(40).describe('The outside phone number to dial'),
    summary,
  }),
  hang_up: z.object({}),
  send_dtmf: z.object({
    digits: z
      .string()
      .regex(/^[0-9*#A-Da-d]{1,32}$/)
      .describe('Keys to press: 0-9, *, # and A-D'),
  }),
} as const satisfies Record<AgentTool, z.ZodType>;

const descriptions: Readonly<Record<AgentTool, string>> = {
  transfer_to_pbx:
    'Transfers the caller to a person or department of the company. The result "ambiguous" lists candidates: ask the caller which one is meant, then call again with its extension. Any result but "transferred" leaves the caller with you.',
  transfer_call: 'Transfers the caller to an outside phone number.',
  hang_up: 'Ends the call after what you said has been heard. Say goodbye first.',
  send_dtmf: 'Presses keys on the keypad of the call.',
};

export const describeTools = (allowed: readonly AgentTool[]): ToolDescription[] =>
  allowed.map((name) => {
    const parameters = { ...z.toJSONSchema(inputs[name], { io: 'input' }) };
    delete parameters.$schema;
    return { name, description: descriptions[name], parameters };
  });

/** How long what the bot has said may go on before a transfer or a hang-up cuts it off. */
const longestLastWordsMs = 15_000;
const mostCandidates = 5;
/** What the resolver gives a whole department (`directory/resolver.ts`). */
const spelledOutScore = 0.85;

export type ToolCall = Pick<
  CallHandle,
  'directory' | 'transfer' | 'transferOutside' | 'sendDtmf' | 'hangUp' | 'mark' | 'note'
>;

/** Directories are the same list until they change: indexed once, whatever number of calls asks. */
const prepared = new WeakMap<readonly DirectoryEntry[], PreparedDirectory>();
const indexOf = (entries: readonly DirectoryEntry[]): PreparedDirectory => {
  const known = prepared.get(entries) ?? prepareDirectory(entries);
  prepared.set(entries, known);
  return known;
};

export class Tools {
  readonly #call: ToolCall;
  readonly #allowed: ReadonlySet<AgentTool>;
  #closed = false;
  #running: Promise<unknown> = Promise.resolve();
  #inFlight = 0;

  constructor(options: { call: ToolCall; allowed: readonly AgentTool[] }) {
    this.#call = options.call;
    this.#allowed = new Set(options.allowed);
  }

  /** The call is over: nothing is done any more. */
  close(): void {
    this.#closed = true;
  }

  get isBusy(): boolean {
    return this.#inFlight > 0;
  }

  /** Settles when everything that was asked for so far has its result. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Never rejects. */
  run(name: string, input: unknown): Promise<ToolResult> {
    this.#inFlight++;
    const work = this.#noted(name, input).finally(() => {
      this.#inFlight--;
    });
    this.#running = Promise.all([this.#running, work]);
    return work;
  }

  async #noted(name: string, input: unknown): Promise<ToolResult> {
    const result = await this.#run(name, input).catch(
      (error: unknown): ToolResult => ({ result: 'failed', reason: messageOf(error).slice(0, 200) }),
    );
    if (!this.#closed) this.#call.note('tool', `${name.slice(0, 40)}: ${result.result}`);
    return result;
  }

  async #run(name: string, input: unknown): Promise<ToolResult> {
    if (this.#closed) return { result: 'failed', reason: 'the call is over' };
    if (!isTool(name))
      return { result: 'wrong input', reason: `there is no tool ${JSON.stringify(name.slice(0, 40))}` };
    if (!this.#allowed.has(name)) return { result: 'not allowed', reason: `this agent may not use ${name}` };
    switch (name) {
      case 'transfer_to_pbx': {
        const parsed = inputs.transfer_to_pbx.safeParse(input);
        return parsed.success ? this.#transferToPbx(parsed.data) : wrongInput(parsed.error);
      }
      case 'transfer_call': {
        const parsed = inputs.transfer_call.safeParse(input);
        return parsed.success ? this.#transferOutside(parsed.data) : wrongInput(parsed.error);
      }
      case 'send_dtmf': {
        const parsed = inputs.send_dtmf.safeParse(input);
        if (!parsed.success) return wrongInput(parsed.error);
        await this.#call.sendDtmf(parsed.data.digits.toUpperCase());
        return { result: 'sent', digits: parsed.data.digits };
      }
      case 'hang_up':
        await this.#lastWords();
        this.#call.hangUp();
        return { result: 'hung up' };
    }
  }

  async #transferToPbx({
    destination,
    summary: why,
  }: z.infer<typeof inputs.transfer_to_pbx>): Promise<ToolResult> {
    const index = indexOf(this.#call.directory());
    const found = resolve(destination, index);
    if (found.result === 'ambiguous') {
      return { result: 'ambiguous', candidates: found.candidates.slice(0, mostCandidates).map(candidate) };
    }
    if (found.result === 'match' && !found.certain && !isSpeltOut(destination, index, found.entry)) {
      return { result: 'ambiguous', candidates: [candidate(found.entry)] };
    }
    const digits = destination.replace(/[\s.-]/g, '');
    // the trunk may allow extensions that the directory does not have: the transfer knows
    if (found.result === 'none' && !/^[0-9]{2,6}$/.test(digits)) return { result: 'not in the directory' };
    const ext = found.result === 'match' ? found.entry.ext : digits;
    await this.#lastWords();
    const transfer = await this.#call.transfer(ext, why);
    return { ...transfer, to: ext, ...(found.result === 'match' ? { name: found.entry.name } : {}) };
  }

  async #transferOutside({
    number,
    summary: why,
  }: z.infer<typeof inputs.transfer_call>): Promise<ToolResult> {
    await this.#lastWords();
    return { ...(await this.#call.transferOutside(number, why)), to: number };
  }

  /** "I am connecting you" is heard to its end, if it comes to one. */
  async #lastWords(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const longEnough = new Promise<void>((settle) => {
      timer = setTimeout(settle, longestLastWordsMs);
    });
    await Promise.race([this.#call.mark(), longEnough]);
    clearTimeout(timer);
  }
}

/** A department of one, or a part of one name, in the directory's own spelling. What only looks or sounds alike is asked about. */
const isSpeltOut = (destination: string, index: PreparedDirectory, entry: DirectoryEntry): boolean => {
  const exact = resolve(destination, index, { near: false });
  return exact.result === 'match' && exact.entry.ext === entry.ext && exact.score >= spelledOutScore;
};

const isTool = (name: string): name is AgentTool => Object.hasOwn(inputs, name);

const candidate = ({ ext, name, department }: DirectoryEntry): ToolCandidate => ({ ext, name, department });

const wrongInput = (error: z.ZodError): ToolResult => ({
  result: 'wrong input',
  reason: error.issues
    .map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`)
    .join('; ')
    .slice(0, 300),
});
