/**
 * A call without a switch, for tests of bots: a `CallHandle` over the real media core, whose leg keeps what the caller
 * hears, and a bot made by the product's own code. Times are real.
 */
import { randomUUID } from 'node:crypto';
import type { Bot, CallHandle } from '../../controller/bots/bot.ts';
import { BotCalls } from '../../controller/bots/bot-calls.ts';
import { createRemoteBot } from '../../controller/bots/create-remote-bot.ts';
import { type Agent, AgentInput } from '../../controller/contract/agent.ts';
import { AgentConnectionView, secretOf } from '../../controller/contract/agent-connection.ts';
import { type AudioFormat, pcmu } from '../../controller/contract/audio.ts';
import type { TransferResult } from '../../controller/contract/call.ts';
import type { DirectoryEntry } from '../../controller/contract/extension.ts';
import { silentLog } from '../../controller/log.ts';
import { CallAudio } from '../../controller/media/call-audio.ts';
import { Pacer } from '../../controller/media/pacer.ts';
import type { MediaLeg } from '../../controller/switch/port.ts';

const pacer = new Pacer({
  onError: (error) => {
    throw error;
  },
});

export const directory: DirectoryEntry[] = [
  ['215', 'Sarah Connor', 'Sales'],
  ['216', 'Sarah Jones', 'Accounts'],
  ['300', 'Tom Baker', 'Billing'],
].map(([ext = '', name = '', department = '']) => ({
  ext,
  name,
  owner: '',
  department,
  aliases: [],
  enabled: true,
}));

export type Happened =
  | { kind: 'note' | 'agent said' | 'caller said'; text: string }
  | { kind: 'interrupted' }
  | { kind: 'transfer'; to: string }
  | { kind: 'dtmf'; digits: string }
  | { kind: 'hang up'; by: string };

export class TestBotCall {
  readonly callId = randomUUID();
  readonly happened: Happened[] = [];
  /** frames that left towards the caller, and were not silence */
  readonly heard: Uint8Array[] = [];
  readonly botCalls = new BotCalls();
  readonly agent: Agent;
  readonly bot: Bot;
  readonly audio = new CallAudio({ pacer });
  /** settles as `bot.run` does */
  running: Promise<void> = Promise.resolve();
  transferResult: TransferResult = 'transferred';
  conversation: { speaker: 'agent' | 'caller'; text: string }[] = [];
  readonly #leg: MediaLeg;
  #prepared: Promise<void> | null = null;

  /** `agent` as it is entered, its secrets too. */
  constructor(entered: object, options: { lineFormat?: AudioFormat } = {}) {
    const { connection, ...input } = AgentInput.parse({ name: 'Bot', ...entered });
    if (!connection) throw new Error('an agent with a connection');
    const key = secretOf[connection.kind];
    const { headers = {}, ...rest } = connection;
    const secret = (rest as Record<string, unknown>)[key];
    this.agent = {
      ...input,
      id: randomUUID(),
      createdAt: new Date().toISOString(),
      connection: AgentConnectionView.parse({ ...rest, headers: {}, [key]: secret ? 'set' : 'not set' }),
    };
    const lineFormat = options.lineFormat ?? pcmu;
    this.bot = createRemoteBot(
      {
        botCalls: this.botCalls,
        secretsOf: () => ({ secret: typeof secret === 'string' ? secret : '', headers }),
        announcer: async (text) => {
          this.happened.push({ kind: 'note', text: `announced: ${text}` });
          return new Uint8Array(3200).fill(60);
        },
        publicUrl: 'http://127.0.0.1:1',
        log: silentLog(),
      },
      this.agent,
      this.#handle(lineFormat),
    );
    this.audio.use(this.bot.audio);
    const silence = lineFormat.encoding === 'PCMA' ? 0xd5 : 0xff;
    this.#leg = {
      codec: lineFormat.encoding === 'PCMA' ? 'PCMA' : 'PCMU',
      format: lineFormat,
      onFrame: null,
      send: (payload) => {
        if (payload.some((byte) => byte !== silence)) this.heard.push(payload.slice());
      },
      counters: { framesReceived: 0, framesSent: 0, gaps: 0, malformed: 0 },
      close: () => undefined,
    };
  }

  /** Ready. */
  prepare(): Promise<void> {
    this.#prepared ??= this.bot.prepare();
    return this.#prepared;
  }

  /** Ready, answered, talking. */
  async answer(options: { resumed?: boolean } = {}): Promise<void> {
    await this.prepare();
    this.audio.onCallerFrame = (frame) => this.bot.hear(frame);
    this.audio.attach(this.#leg);
    this.running = this.bot.run({ resumed: options.resumed ?? false });
    this.running.catch(() => undefined);
  }

  /** A frame of the caller, in the line's format. */
  say(frame: Uint8Array): void {
    this.#leg.onFrame?.(frame);
  }

  end(): void {
    this.bot.end();
    this.audio.close();
  }

  texts(kind: 'note' | 'agent said' | 'caller said'): string[] {
    return this.happened.flatMap((event) => (event.kind === kind && 'text' in event ? [event.text] : []));
  }

  #handle(lineFormat: AudioFormat): CallHandle {
    const { audio, happened } = this;
    const transfer = async (to: string) => {
      happened.push({ kind: 'transfer', to });
      const result = this.transferResult;
      return { result, callerStillHere: result !== 'transferred' && result !== 'caller gone' };
    };
    return {
      callId: this.callId,
      callerNumber: '101',
      callerName: 'Anna Caller',
      calledNumber: '2100',
      lineFormat,
      directory: () => directory,
      play: (bytes, format) => audio.play(bytes, format),
      mark: () => audio.mark(),
      flush: () => audio.flush(),
      get queuedMs() {
        return audio.queuedMs;
      },
      transcript: (speaker, text) => {
        happened.push({ kind: speaker === 'agent' ? 'agent said' : 'caller said', text });
        this.conversation.push({ speaker, text });
      },
      conversation: () => this.conversation,
      note: (kind, text) => happened.push({ kind: 'note', text: `${kind}: ${text}` }),
      interrupted: () => happened.push({ kind: 'interrupted' }),
      transfer,
      transferToFallback: () => transfer('the fallback'),
      transferOutside: transfer,
      sendDtmf: async (digits) => {
        happened.push({ kind: 'dtmf', digits });
      },
      hangUp: (by = 'agent') => happened.push({ kind: 'hang up', by }),
    };
  }
}
