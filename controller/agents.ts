/** Which bot an agent is. The one place that knows all kinds. */
import type { Bot, CallHandle } from './bots/bot.ts';
import { createRemoteBot, type RemoteBotsOptions } from './bots/create-remote-bot.ts';
import { EchoBot } from './bots/echo-bot.ts';
import type { Agent } from './contract/agent.ts';
import { ReceptionistBot } from './receptionist/receptionist-bot.ts';
import type { Speech } from './receptionist/speech/speech.ts';

export const createBots =
  (options: { speech: Speech } & RemoteBotsOptions) =>
  (agent: Agent, call: CallHandle): Bot => {
    switch (agent.kind) {
      case 'echo':
        return new EchoBot({ call });
      case 'receptionist':
        return new ReceptionistBot({
          call,
          speech: options.speech,
          greeting: agent.firstMessage,
          settings: agent.settings,
          log: options.log.child({ callId: call.callId }),
        });
      case 'twilio':
      case 'openai-realtime':
      case 'jambonz':
      case 'offhook':
        return createRemoteBot(options, agent, call);
    }
  };
