/** How a bot fails: a closed list, so that caller, monitor, history and diagnostics name each failure alike. */

export type BotFailureKind =
  /** it answered the connection with a no: a closed port, an HTTP status, a wrong subprotocol */
  | 'refused'
  /** name not found, network unreachable, certificate not accepted */
  | 'unreachable'
  /** connected or not, it was not ready in time */
  | 'slow'
  /** ready, and never said a word */
  | 'silent'
  /** it has spoken, and answers no more, though its connection lives */
  | 'mute'
  /** the built-in receptionist without its voice or its ears */
  | 'speechless'
  /** the connection broke in mid-call and could not be made again */
  | 'lost'
  /** it sent what its protocol does not know */
  | 'malformed'
  /** it sent more than can be taken */
  | 'flooding'
  /** it said itself that it cannot go on */
  | 'gave up';

/** The message is for the log and the timeline; it may quote the bot, shortened. */
export class BotFailure extends Error {
  readonly kind: BotFailureKind;
  /** trying again at once would end the same way */
  readonly isFinal: boolean;
  constructor(kind: BotFailureKind, message: string, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BotFailure';
    this.kind = kind;
    this.isFinal = options.isFinal ?? false;
  }
}

/** Text of a bot as it may stand in a log or a timeline. */
export const quoted = (text: string, maxLength = 120): string => {
  const shown = text.replace(/[\p{Cc}\p{Cs}]/gu, ' ');
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
};
