/** Figures for the dashboards: what became of the calls of a time, and how many trunks were registered in it. */
import { z } from 'zod';
import { Fault } from './call.ts';

const isTimeZone = (name: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

export const mostDays = 366;

export const StatisticsQuery = z
  .strictObject({
    /** calls offered at that time or later; left out: seven days before `to` */
    from: z.iso.datetime({ offset: true }).optional(),
    /** calls offered before that time; left out: now */
    to: z.iso.datetime({ offset: true }).optional(),
    /** whose days and hours are meant: a name of the IANA database, such as Africa/Johannesburg */
    timeZone: z.string().max(64).refine(isTimeZone, 'a time zone such as Europe/Berlin').default('UTC'),
  })
  .superRefine(({ from, to }, context) => {
    if (from === undefined) return;
    const lengthMs = (to === undefined ? Date.now() : Date.parse(to)) - Date.parse(from);
    const message =
      lengthMs <= 0 ? 'before the end' : lengthMs > mostDays * 86_400_000 ? `at most ${mostDays} days` : null;
    if (message !== null) context.addIssue({ code: 'custom', path: ['from'], message });
  });
export type StatisticsQuery = z.infer<typeof StatisticsQuery>;

const Count = z.int();
export const Statistics = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    timeZone: z.string(),
    /** test calls are in none of these figures */
    calls: z.object({
      all: Count,
      answered: Count,
      transferred: Count,
      /** somebody would have to change something: not as it should, and not the caller's doing */
      failed: Count,
      /** from the answer to the end; null when none was answered */
      averageSeconds: z.number().nullable(),
    }),
    /** how calls ended, the most frequent first; whom they were transferred to is left out */
    outcomes: z.array(z.object({ outcome: z.string(), fault: Fault.nullable(), calls: Count })),
    /** the busiest first; both null: no agent had to do with them */
    agents: z.array(
      z.object({
        agentId: z.string().nullable(),
        name: z.string().nullable(),
        calls: Count,
        answered: Count,
        transferred: Count,
      }),
    ),
    /** by the hour of the day, all 24 */
    hours: z.array(z.object({ hour: z.int(), calls: Count })),
    /** every transfer that was tried, by its result; null: it could not be carried out */
    transfers: z.array(z.object({ result: z.string().nullable(), transfers: Count })),
    /** what one entry of `periods` is: hours up to two days, else days */
    step: z.enum(['hour', 'day']),
    /** every hour or day of the time, also without calls */
    periods: z.array(
      z.object({
        at: z.iso.datetime(),
        calls: Count,
        answered: Count,
        failed: Count,
        /** how many trunks were so, on the average of the period; null: in the future, or nothing is known */
        trunks: z.object({ registered: z.number(), failed: z.number(), waiting: z.number() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'Statistics' });
export type Statistics = z.infer<typeof Statistics>;
