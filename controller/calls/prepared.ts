/** Gets a bot ready for a call, within the time that a caller may be left ringing. Knows no call. */
import type { Bot } from '../bots/bot.ts';
import { BotFailure } from '../bots/failure.ts';
import { say } from '../contract/texts/sentence.ts';
import { botTrouble } from '../contract/texts/timeline.ts';

/** How long a caller hears ringing while the agent gets ready. */
const agentReadyMs = 10_000;

/** Rejects when the bot does not get ready, or not in time. */
export const prepared = async (bot: Bot): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const text = say(botTrouble.notReadyAtAll, { seconds: agentReadyMs / 1000 });
    timer = setTimeout(() => reject(new BotFailure('slow', text)), agentReadyMs);
  });
  try {
    await Promise.race([bot.prepare(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
};
