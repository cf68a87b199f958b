/** Makes the bot of an agent that has a connection: its protocol from the settings, its tools, its names from outside. */
import { type Announcer, announcementFormat, words } from '../calls/announcement.ts';
import type { Agent } from '../contract/agent.ts';
import { type AudioFormat, l16, pcma, pcmu } from '../contract/audio.ts';
import type { AgentSecrets } from '../db/agent-secrets.ts';
import type { Logger } from '../log.ts';
import type { Bot, CallHandle } from './bot.ts';
import type { BotCalls } from './bot-calls.ts';
import { BotFailure } from './failure.ts';
import { jambonzProtocol } from './jambonz.ts';
import { offhookProtocol } from './offhook.ts';
import { openAiRealtimeProtocol } from './openai-realtime.ts';
import { RemoteBot } from './remote-bot.ts';
import { Tools } from './tools.ts';
import { sidOf, twilioProtocol } from './twilio.ts';
import type { Protocol } from './wire.ts';

export type RemoteBotsOptions = {
  botCalls: BotCalls;
  secretsOf: (agentId: string) => AgentSecrets | undefined;
  announcer: Announcer;
  /** where bots reach this controller's HTTP */
  publicUrl: string;
  log: Logger;
};

export const createRemoteBot = (options: RemoteBotsOptions, agent: Agent, call: CallHandle): Bot => {
  const secrets = options.secretsOf(agent.id) ?? { secret: '', headers: {} };
  const log = options.log.child({ callId: call.callId, agentId: agent.id });
  if (agent.connection === null || 'problem' in secrets) {
    const problem = 'problem' in secrets ? secrets.problem : 'the agent has no connection';
    return new UnreachableBot(call, new BotFailure('unreachable', problem, { isFinal: true }));
  }
  const tools = new Tools({ call, allowed: agent.settings.tools });
  const accountSid =
    agent.connection.kind === 'twilio' && agent.connection.accountSid !== ''
      ? agent.connection.accountSid
      : sidOf('AC', agent.id);
  const { token, remove } = options.botCalls.add({
    call,
    tools,
    say: async (text) => {
      const speech = await options.announcer(text);
      call.transcript('agent', text);
      await call.play(speech, announcementFormat).done;
    },
    startedAt: new Date(),
    twilio:
      agent.connection.kind === 'twilio' && secrets.secret !== ''
        ? { accountSid, authToken: secrets.secret }
        : null,
  });
  return new RemoteBot({
    call,
    agent,
    protocol: protocolOf(agent, agent.connection, secrets, accountSid, call),
    tools,
    toolsUrl: `${options.publicUrl}/bots/calls/${token}/tools`,
    announce: {
      speak: options.announcer,
      format: announcementFormat,
      silence: words.silence,
      reconnecting: words.reconnecting,
      waiting: words.waiting,
    },
    onEnd: remove,
    log,
  });
};

const protocolOf = (
  agent: Agent,
  connection: NonNullable<Agent['connection']>,
  { secret, headers }: { secret: string; headers: Record<string, string> },
  accountSid: string,
  call: CallHandle,
): Protocol => {
  const bearer = secret === '' ? {} : { Authorization: `Bearer ${secret}` };
  switch (connection.kind) {
    case 'twilio':
      return twilioProtocol({
        url: connection.url,
        headers,
        parameters: connection.parameters,
        accountSid,
        callSid: sidOf('CA', call.callId),
        signingToken: connection.signed ? secret : null,
      });
    case 'jambonz':
      return jambonzProtocol({ ...connection, headers, accountSid, password: secret });
    case 'openai-realtime':
      return openAiRealtimeProtocol({
        ...connection,
        headers: { ...bearer, ...headers },
        audio: connection.audio === 'pcm 24 kHz' ? l16(24_000) : g711Of(connection.audio, call),
      });
    case 'offhook':
      return offhookProtocol({
        ...connection,
        headers: { ...bearer, ...headers },
        audio: connection.audio === 'pcm' ? l16(connection.sampleRate) : g711Of(connection.audio, call),
        agentName: agent.name,
      });
  }
};

const g711Of = (wanted: 'call' | 'pcmu' | 'pcma', call: CallHandle): AudioFormat => {
  if (wanted === 'pcmu') return pcmu;
  if (wanted === 'pcma') return pcma;
  return call.lineFormat.encoding === 'PCMA' ? pcma : pcmu;
};

/** A bot whose secrets cannot be read. */
class UnreachableBot implements Bot {
  readonly audio;
  readonly #failure: BotFailure;

  constructor(call: CallHandle, failure: BotFailure) {
    this.audio = { hears: call.lineFormat, speaks: call.lineFormat };
    this.#failure = failure;
  }

  prepare(): Promise<void> {
    return Promise.reject(this.#failure);
  }

  run(): Promise<void> {
    return Promise.reject(this.#failure);
  }

  hear(): void {
    // nobody listens
  }

  digit(): void {
    // nobody listens
  }

  end(): void {
    // there is nothing to end
  }
}
