/**
 * Refuses calls without TLS of SIP trunks that take TLS only: Asterisk's endpoints take what comes, whatever it came by.
 * The dialplan says where each call came in (extensions.conf). It keeps no state.
 */
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { SwitchEvent } from '../switch/port.ts';
import type { AriEvent } from './ari-events.ts';
import { dialledNumberOf, endpointOf, trunkOf } from './call.ts';
import { refusalCauses } from './end-cause.ts';
import type { Connections } from './link.ts';
import { tlsVariable } from './trunk-objects.ts';

export class TlsOnly {
  readonly #port: number;
  readonly #connections: () => Connections;
  readonly #emit: (event: SwitchEvent) => void;
  readonly #log: Logger;

  constructor(options: {
    /** where SIP over TLS comes in */
    port: number;
    connections: () => Connections;
    emit: (event: SwitchEvent) => void;
    log: Logger;
  }) {
    this.#port = options.port;
    this.#connections = options.connections;
    this.#emit = options.emit;
    this.#log = options.log;
  }

  /** true: the event brought a call that is refused here, and nobody else is to hear of it. */
  refuses(event: AriEvent): boolean {
    if (event.type !== 'StasisStart') return false;
    const { id: channelId, name, channelvars = {} } = event.channel;
    // a leg that we placed came in nowhere
    if (channelvars[tlsVariable] !== 'required' || dialledNumberOf(event.channel) !== '') return false;
    if ((channelvars['OFFHOOK_AT'] ?? '').endsWith(`:${this.#port}`)) return false;
    this.#emit({
      type: 'pbx-rejected',
      trunkId: trunkOf(event.channel),
      username: endpointOf(name) ?? '',
      sourceAddress: (channelvars['OFFHOOK_FROM'] ?? '').replace(/:\d+$/, '').replace(/[[\]]/g, ''),
      reason: 'without-tls',
    });
    this.#connections()
      .ari.call('channels', 'hangup', { channelId, reason_code: String(refusalCauses[403]) })
      .catch((error: unknown) => this.#log.debug({ reason: messageOf(error) }, 'a refused call is gone'));
    return true;
  }
}
