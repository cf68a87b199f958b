/**
 * What a bot protocol is made of. A `Wire` speaks one protocol on one connection: it turns the call into messages and
 * messages into acts on the call. It knows no socket; `remote-bot.ts` connects it, also again after a loss.
 */
import type { BotAudio, CallHandle, Playback } from './bot.ts';
import type { BotFailure } from './failure.ts';
import type { ToolDescription, ToolResult } from './tools.ts';

/** One line of what was said so far, for a bot that joins again. */
export type Said = { speaker: 'agent' | 'caller'; text: string };

/** What a protocol needs of its call and its connection. */
export type WireHost = {
  readonly call: Pick<
    CallHandle,
    | 'callId'
    | 'callerNumber'
    | 'callerName'
    | 'calledNumber'
    | 'queuedMs'
    | 'mark'
    | 'flush'
    | 'transcript'
    | 'interrupted'
  >;
  readonly agent: { id: string; name: string; firstMessage: string; language: string };
  /** where a bot without tool calls of its own posts them; it has the call's token in it */
  readonly toolsUrl: string;
  readonly tools: readonly ToolDescription[];
  readonly conversation: () => readonly Said[];
  send(data: string | Uint8Array): void;
  play(audio: Uint8Array, format?: BotAudio['speaks']): Playback;
  runTool(name: string, input: unknown): Promise<ToolResult>;
  /** The bot is ready for the call to be answered. Told once or more. */
  ready(): void;
  /** Something that is well-formed and not for us, or an error of the bot's that ends nothing: logged once, never counted. */
  passedOver(what: string): void;
  /** A message that cannot be understood: counted; after too many in a short time the bot has failed. */
  malformed(reason: string): void;
  /** The bot is done: what is queued is played, then the call is hung up. */
  finish(): void;
  /** The bot cannot go on. */
  fail(failure: BotFailure): void;
};

export type Wire = {
  /** The socket is open; the call may not be answered yet. */
  open(): void;
  /** The caller is there. `resumed`: he has been talking to an earlier connection already. */
  start(options: { resumed: boolean }): void;
  /** 20 ms of the caller, in the format that the bot hears; begins after `start`. */
  hear(frame: Uint8Array): void;
  digit(digit: string): void;
  text(message: string): void;
  binary(message: Uint8Array): void;
  /** The call is over: the last words, after which nothing is sent. */
  stop(): void;
};

export type Protocol = {
  readonly name: string;
  readonly audio: BotAudio;
  readonly target: {
    url: string;
    protocols: readonly string[];
    headers: Readonly<Record<string, string>>;
    longestMessageBytes: number;
  };
  /** A bot that closes in order has ended the call; otherwise it is connected again. */
  readonly closingEndsCall: boolean;
  wire(host: WireHost): Wire;
};
