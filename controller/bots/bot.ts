/**
 * The bot port: whatever talks to the caller. A bot is made for one call, hears the caller frame by frame, and acts
 * on the call through `CallHandle`. It never touches the switch, the database or another call.
 */
import type { TransferResult } from '../contract/call.ts';
import type { DirectoryEntry } from '../contract/extension.ts';

/** Audio between bots and the media core: linear 16-bit PCM at 8 kHz; a frame is 160 samples, 20 ms. */
export const botSampleRate = 8000;
export const samplesPerFrame = 160;

export type PlayResult = 'played' | 'flushed';

/** What a bot may do with its call. */
export type CallHandle = {
  readonly callId: string;
  readonly callerNumber: string;
  readonly callerName: string;
  /** the trunk's enabled directory entries as they are now */
  directory(): readonly DirectoryEntry[];
  /** Queues samples behind what is queued already. `played` when the last of them has left, `flushed` when they were dropped. */
  play(samples: Int16Array): Promise<PlayResult>;
  /** Drops everything queued; the caller hears at most one more frame. */
  flush(): void;
  /** One line of the live transcript. */
  transcript(speaker: 'agent' | 'caller', text: string, details?: Record<string, string | number>): void;
  /** The caller spoke over the agent: for the timeline. */
  interrupted(): void;
  /**
   * Hands the caller to an extension of the directory. `transferred` and `caller gone` mean that the bot is done
   * (`end` follows); any other result says why, and `callerStillHere` whether there is somebody to tell it to.
   */
  transfer(ext: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  /** The same to a number outside the PBX, as it is to be dialled there. `not permitted` unless the trunk allows it. */
  transferOutside(number: string): Promise<{ result: TransferResult; callerStillHere: boolean }>;
  hangUp(): void;
};

export type Bot = {
  /** Gets ready to speak, before the call is answered. Rejects when it cannot: then the agent's fallback comes. */
  prepare(): Promise<void>;
  /** The call is answered; `resumed` when a restarted controller took up a running call. Resolves when the dialogue is over. */
  run(options: { resumed: boolean }): Promise<void>;
  /** One frame of the caller's voice, 160 samples; called every 20 ms, must return at once. */
  hear(samples: Int16Array): void;
  digit(digit: string): void;
  /** The call is over, for whatever reason. Called once; `run` must then settle soon. */
  end(): void;
};
