/**
 * Calls of SIP trunks that Asterisk refuses by itself before any channel is told of: the PBX offers encrypted audio and
 * nothing else, where the trunk has it off (488). Their INVITE and its answer are seen among the SIP messages, and told
 * as a call that came and ended, so that it is refused by name like any other. It sends nothing.
 *
 * Asterisk looks at an offer only after it knows who sends it (pjsip_distributor.c, then res_pjsip_session.c): the user
 * name in an INVITE that was answered with 488 was proved by its digest.
 */
import { randomUUID } from 'node:crypto';
import { isAllowed } from '../contract/allowed-address.ts';
import type { HepPacket } from '../sip-trace/hep.ts';
import { type SipHead, uriIn } from '../sip-trace/sip-head.ts';
import type { LiveChannel, SwitchEvent, TrunkAccount } from '../switch/port.ts';
import { srtpOfferIn } from '../switch/srtp-offer.ts';
import { refusalCauses } from './end-cause.ts';

type Request = Extract<SipHead, { kind: 'request' }>;
type Ends = Pick<HepPacket, 'source' | 'destination'>;

/** of those that wait for their answer, which comes at once */
const keptInvites = 100;

export class UnheardRefusals {
  readonly #ownPorts: ReadonlySet<number>;
  readonly #accounts: () => Iterable<TrunkAccount>;
  readonly #emit: (event: SwitchEvent) => void;
  /** by Call-ID */
  readonly #invites = new Map<string, { invite: Request; sourceAddress: string }>();

  constructor(options: {
    /** where Asterisk does SIP */
    ownPorts: readonly number[];
    accounts: () => Iterable<TrunkAccount>;
    emit: (event: SwitchEvent) => void;
  }) {
    this.#ownPorts = new Set(options.ownPorts);
    this.#accounts = options.accounts;
    this.#emit = options.emit;
  }

  handle(message: SipHead, { source, destination }: Ends): void {
    if (message.cseq.method !== 'INVITE') return;
    if (message.kind === 'request') {
      const isCall = message.method === 'INVITE' && this.#ownPorts.has(destination.port);
      if (isCall && srtpOfferIn(message.body, false) === 'only') this.#keep(message, source.address);
      return;
    }
    const kept = this.#invites.get(message.callId);
    if (!kept || kept.invite.cseq.number !== message.cseq.number || message.status < 200) return;
    this.#invites.delete(message.callId);
    if (message.status !== 488 || !this.#ownPorts.has(source.port)) return;
    const account = this.#accountOf(kept.invite, kept.sourceAddress);
    // any other 488 was ours, and is told by whoever asked for it
    if (account === null || (account.mediaEncryption ?? 'off') !== 'off') return;
    const channel = channelOf(kept.invite, account);
    this.#emit({ type: 'offered', channel });
    const end = {
      cause: refusalCauses[488],
      causeText: 'Bearer capability not available',
      by: 'switch',
    } as const;
    this.#emit({ type: 'ended', channelId: channel.channelId, end });
  }

  #keep(invite: Request, sourceAddress: string): void {
    const [oldest] = this.#invites.keys();
    if (this.#invites.size >= keptInvites && oldest !== undefined) this.#invites.delete(oldest);
    this.#invites.set(invite.callId, { invite, sourceAddress });
  }

  #accountOf(invite: Request, sourceAddress: string): TrunkAccount | null {
    const proof = [
      ...(invite.headers.get('authorization') ?? []),
      ...(invite.headers.get('proxy-authorization') ?? []),
    ].join(' ');
    const username = /\busername="([a-z0-9_.-]{3,40})"/.exec(proof)?.[1];
    for (const account of this.#accounts()) {
      const isIts =
        account.authentication === 'ip-allowlist'
          ? username === undefined && isAllowed(sourceAddress, account.allowedAddresses)
          : account.username === username;
      if (isIts) return account;
    }
    return null;
  }
}

const userOf = (uri: string): string => /^sips?:([^@;]*)@/i.exec(uri)?.[1] ?? '';

const channelOf = (invite: Request, { trunkId, username }: TrunkAccount): LiveChannel => {
  const header = (name: string): string => invite.headers.get(name)?.[0] ?? '';
  const caller = header('p-asserted-identity') || header('remote-party-id') || header('from');
  // as of a call that is heard: a PBX's own name is nobody, and not whom it calls
  const [from, called] = [userOf(uriIn(caller)), userOf(invite.uri)];
  return {
    channelId: `unheard-${randomUUID()}`,
    trunkId,
    callerNumber: from === username ? '' : from,
    callerName: /^\s*"((?:[^"\\]|\\.)*)"/.exec(caller)?.[1] ?? '',
    calledNumber: called === '' || called === username ? userOf(uriIn(header('to'))) : called,
    sipCallId: invite.callId,
    answered: false,
    srtpOffer: 'only',
  };
};
