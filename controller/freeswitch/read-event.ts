/** Reads one event; one that cannot be understood is logged and dropped. */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { EslEvent } from './esl-socket.ts';
import { type FreeswitchEvent, parseEvent } from './events.ts';

/** null: it means nothing to us. */
export const readEvent = (raw: EslEvent, log: Logger): FreeswitchEvent | null => {
  try {
    return parseEvent(raw);
  } catch (error) {
    log.warn(
      { name: raw['Event-Name'], subclass: raw['Event-Subclass'], reason: messageOf(error) },
      'an event that cannot be understood was dropped',
    );
    return null;
  }
};
