/** What the tests of the configuration push share: Offhook on one switch, a scripted PBX, and the neighbours of all changes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExtensionTrunk, SipTrunk, SipTrunkWithPassword } from '../../controller/contract/trunk.ts';
import { switchFolder } from '../../controller/own-switch.ts';
import type { SwitchKind } from '../../controller/switch/port.ts';
import { Offhook } from '../kit/offhook.ts';
import { SipPeer } from '../kit/sip-peer.ts';
import type { SipPhone } from '../kit/sip-phone.ts';
import { until } from '../kit/until.ts';
import { Neighbours } from './neighbours.ts';

export class PushScene {
  readonly kind: SwitchKind;
  readonly offhook: Offhook;
  readonly pbx: SipPeer;
  readonly neighbours: Neighbours;
  /** what the PBX takes for right, where that is not `pw-<user>` */
  readonly passwords: Map<string, string>;

  private constructor(parts: Pick<PushScene, 'kind' | 'offhook' | 'pbx' | 'neighbours' | 'passwords'>) {
    this.kind = parts.kind;
    this.offhook = parts.offhook;
    this.pbx = parts.pbx;
    this.neighbours = parts.neighbours;
    this.passwords = parts.passwords;
  }

  static async set(kind: SwitchKind): Promise<PushScene> {
    const passwords = new Map<string, string>();
    const pbx = await SipPeer.open({ passwordOf: (user) => passwords.get(user) ?? `pw-${user}` });
    const offhook = await Offhook.started({ switch: kind, environment: { LOG_LEVEL: 'info' } });
    return new PushScene({
      kind,
      offhook,
      pbx,
      passwords,
      neighbours: await Neighbours.beside(offhook),
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.neighbours.close(), this.pbx.close()]);
    await this.offhook.remove();
  }

  trunkAt(extension: string, fields: object = {}): Promise<ExtensionTrunk> {
    return this.offhook.api<ExtensionTrunk>('POST', '/trunks', {
      name: `Trunk ${extension}`,
      domain: this.pbx.host,
      port: this.pbx.port,
      extension,
      password: this.passwords.get(extension) ?? `pw-${extension}`,
      ...fields,
    });
  }

  sipTrunk(fields: object = {}): Promise<SipTrunkWithPassword> {
    return this.offhook.api<SipTrunkWithPassword>('POST', '/trunks', {
      name: 'Trunk of a PBX',
      connectionType: 'sip-trunk',
      domain: this.pbx.host,
      port: this.pbx.port,
      ...fields,
    });
  }

  change(trunk: { id: string }, fields: object): Promise<unknown> {
    return this.offhook.api('PATCH', `/trunks/${trunk.id}`, fields);
  }

  async becomes(trunk: { id: string; name: string }, text: RegExp) {
    return until(
      async () => {
        const { status } = await this.offhook.api<ExtensionTrunk>('GET', `/trunks/${trunk.id}`);
        return text.test(status.text) ? status : false;
      },
      { what: `${trunk.name} to be ${String(text)}`, timeoutMs: 30_000 },
    );
  }

  /** Waits until the status of a SIP trunk says that. */
  async says(trunk: SipTrunk, check: RegExp): Promise<void> {
    let last = '';
    await until(
      async () => {
        last = (await this.offhook.api<SipTrunk>('GET', `/trunks/${trunk.id}`)).status.check;
        return check.test(last);
      },
      { what: `${trunk.name} to say ${String(check)}`, everyMs: 50 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says "${last}"`, { cause: error });
    });
  }

  /** Waits until a PBX may register, or may not any more. */
  async registers(phone: SipPhone, isIn: boolean): Promise<void> {
    await until(async () => ((await phone.register()) === 200) === isIn, {
      what: `a REGISTER of ${phone.extension} to be ${isIn ? 'taken' : 'refused'}`,
      everyMs: 50,
    });
  }

  /** Of FreeSWITCH's files. */
  async version(): Promise<number> {
    const live = join(switchFolder(this.offhook.dataDir, 'freeswitch'), 'gateways', 'live');
    const manifest = JSON.parse(await readFile(join(live, 'manifest.json'), 'utf8')) as { version: number };
    return manifest.version;
  }
}
