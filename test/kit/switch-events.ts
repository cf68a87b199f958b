/** Everything that a switch said, in order, and the ways in which a test waits for some of it. It gives no commands. */
import type {
  LegEnd,
  LiveChannel,
  RegistrationFailure,
  RegistrationState,
  Switch,
  SwitchEvent,
} from '../../controller/switch/port.ts';
import { until } from './until.ts';

type EventOf<Type extends SwitchEvent['type']> = Extract<SwitchEvent, { type: Type }>;

export class SwitchEvents {
  readonly all: SwitchEvent[] = [];
  readonly #taken = new Set<string>();

  /** Takes the switch's one listener. */
  constructor(on: Switch) {
    on.onEvent = (event) => this.all.push(event);
  }

  of<Type extends SwitchEvent['type']>(type: Type): EventOf<Type>[] {
    return this.all.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** The newest link-up, once there are more than `after` of them. */
  async linkUp(after = 0, timeoutMs = 30_000): Promise<EventOf<'link-up'>> {
    await until(() => this.of('link-up').length > after, { what: 'link-up', timeoutMs });
    return this.of('link-up').at(-1) as EventOf<'link-up'>;
  }

  /** The state of a trunk's registration as last said. */
  state(trunkId: string): RegistrationState | null {
    for (const event of [...this.all].reverse()) {
      if (event.type === 'registration' && event.trunkId === trunkId) return event.state;
      if (event.type === 'link-up') {
        const state = event.registrations.get(trunkId);
        if (state) return state;
      }
    }
    return null;
  }

  async registered(trunkId: string, timeoutMs = 20_000): Promise<void> {
    await until(() => this.state(trunkId)?.phase === 'registered', {
      what: `${trunkId} to be registered`,
      timeoutMs,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(this.state(trunkId))}`);
    });
  }

  /** The PBX of a SIP trunk has registered. */
  async pbxRegistered(trunkId: string): Promise<void> {
    await until(() => this.of('pbx-registered').some((event) => event.trunkId === trunkId), {
      what: `the PBX of ${trunkId} to be registered`,
    });
  }

  /** The first failure of a trunk after the first `after` events. */
  async failed(trunkId: string, timeoutMs = 20_000, after = 0): Promise<RegistrationFailure> {
    return until(
      () => {
        for (const event of this.all.slice(after)) {
          if (event.type === 'registration' && event.trunkId === trunkId && event.state.phase === 'failed')
            return event.state.failure;
        }
        return null;
      },
      { what: `the registration of ${trunkId} to fail (it is ${this.state(trunkId)?.phase})`, timeoutMs },
    );
  }

  /** The next call that is offered to a trunk and that no test has taken yet. */
  async offered(trunkId: string, timeoutMs = 10_000): Promise<LiveChannel> {
    const event = await until(
      () =>
        this.of('offered').find(
          ({ channel }) => channel.trunkId === trunkId && !this.#taken.has(channel.channelId),
        ),
      { what: `a call offered to ${trunkId}`, timeoutMs },
    );
    this.#taken.add(event.channel.channelId);
    return event.channel;
  }

  hasEnded(channelId: string): boolean {
    return this.of('ended').some((event) => event.channelId === channelId);
  }

  async ended(channelId: string, timeoutMs = 10_000): Promise<LegEnd> {
    const event = await until(() => this.of('ended').find((event) => event.channelId === channelId), {
      what: `the end of ${channelId}`,
      timeoutMs,
    });
    return event.end;
  }

  digits(channelId: string): string {
    return this.of('dtmf')
      .filter((event) => event.channelId === channelId)
      .map((event) => event.digit)
      .join('');
  }
}
