/** The log: JSON lines on stdout (pretty when a person reads them). Personal data goes only into `pii`. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** `level` as pino's; `pretty` for a terminal; `hidePersonalData` replaces every `pii` field. */
export const createLog = (options: { level: string; pretty: boolean; hidePersonalData: boolean }): Logger =>
  pino({
    level: options.level,
    base: null,
    redact: {
      paths: [
        'password',
        '*.password',
        'token',
        '*.token',
        ...(options.hidePersonalData ? ['pii', '*.pii'] : []),
      ],
      censor: '[hidden]',
    },
    ...(options.pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' },
          },
        }
      : {}),
  });

/** For tests and tools that want silence. */
export const silentLog = (): Logger => pino({ level: 'silent' });
