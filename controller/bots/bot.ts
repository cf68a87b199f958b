/**
 * The bot port: whatever talks to the caller. A bot is made for one call, hears the caller frame by frame, and acts
 * on the call through `CallHandle`. It never touches the switch, the database or another call.
 *
 * Audio is bytes in a stated format (`contract/audio.ts`). A bot says which one it hears and which one it speaks; what
 * differs from the caller's line is converted here, and what does not passes through untouched.
 */
import type { AudioFormat } from '../contract/audio.ts';
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';

/** The formats of one bot; fixed from its construction on. */
export type BotAudio = { readonly hears: AudioFormat; readonly speaks: AudioFormat };

/**
 * played: its last sample has left towards the caller. flushed: it was dropped before that, by `flush` or by the end of
 * the call. refused: more than `longestQueueMs` wait already, and nothing of it was taken.
 */
export type PlayResult = 'played' | 'flushed' | 'refused';

/** One piece of audio on its way to the caller. */
export type Playback = {
  /** milliseconds of it that have left towards the caller: exact at any moment, also after a flush */
  readonly playedMs: number;
  /** settles once, never rejects */
  readonly done: Promise<PlayResult>;
};

/** What a bot may do with its call. */
export type CallHandle = {
  readonly callId: string;
  readonly callerNumber: string;
  readonly callerName: string;
  /** what was dialled */
  readonly calledNumber: string;
  /** the trunk's enabled directory entries as they are now */
  directory(): readonly DirectoryEntry[];
  /**
   * What the caller's line most probably speaks, from before the answer: a bot that can choose its format takes this one
   * and is passed through untouched.
   */
  readonly lineFormat: AudioFormat;
  /**
   * Queues audio of any length behind what is queued already, as fast as the bot likes; it leaves in real time. It is in
   * the format that the bot speaks unless another is given. The bytes are not copied: the bot leaves them alone.
   */
  play(audio: Uint8Array, format?: AudioFormat): Playback;
  /** Settles when all that is queued now has left (`played`), or was dropped (`flushed`). In order with `play`. */
  mark(): Promise<'played' | 'flushed'>;
  /** Drops everything queued; the caller hears at most one more frame. Settles what was waiting, in order. */
  flush(): void;
  /** Milliseconds that wait to be played. */
  readonly queuedMs: number;
  /** One line of the live transcript. */
  transcript(speaker: 'agent' | 'caller', text: string, details?: Record<string, string | number>): void;
  /** What was said so far, oldest first; goes on over a restart of the controller. */
  conversation(): readonly { speaker: 'agent' | 'caller'; text: string }[];
  /** A line of the timeline about the bot itself. */
  note(
    kind: 'agent lost' | 'agent back' | 'agent quiet' | 'tool' | 'announcement',
    text: string,
    details?: Record<string, string | number>,
  ): void;
  /** The caller spoke over the agent: for the timeline. */
  interrupted(): void;
  /**
   * Hands the caller to an extension of the directory. `transferred` and `caller gone` mean that the bot is done
   * (`end` follows); any other result says why, and `callerStillHere` whether there is somebody to tell it to. `summary`:
   * what the call is about, in a sentence, spoken to the person who answers where the trunk briefs targets.
   */
  transfer(ext: string, summary?: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  /**
   * The same to the agent's own fallback extension, which needs no entry in the directory, since the admin typed it in
   * himself; `no such extension` when the agent has none.
   */
  transferToFallback(summary?: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  /** The same to a number outside the PBX, as it is to be dialled there. `not permitted` unless the trunk allows it. */
  transferOutside(
    number: string,
    summary?: string,
  ): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  /** Sends keypad digits (0-9 * # A-D) to the caller's side. Rejects when the switch does not. */
  sendDtmf(digits: string): Promise<void>;
  /** `silence`: because nobody said anything any more. */
  hangUp(by?: 'agent' | 'silence'): void;
};

export type Bot = {
  readonly audio: BotAudio;
  /**
   * Gets ready to speak, before the call is answered. Rejects when it cannot, best with a `BotFailure`: then the agent's
   * fallback comes.
   */
  prepare(): Promise<void>;
  /** The call is answered; `resumed` when a restarted controller took up a running call. Resolves when the dialogue is over, rejects when the bot dies. */
  run(options: { resumed: boolean }): Promise<void>;
  /**
   * One frame of 20 ms of the caller, in the format that the bot hears; called 50 times a second also while nothing comes
   * from him (silence then). Must return at once. The frame is the bot's to keep, and not to be changed.
   */
  hear(frame: Uint8Array): void;
  digit(digit: string): void;
  /** The call is over, for whatever reason. Called once; `run` must then settle soon. */
  end(): void;
};
