/** How a call to the PBX of a SIP trunk is placed: to the contact that it registered, or to its address. Pure. */
import { type DialOrder, SwitchError, type TrunkAccount } from '../switch/port.ts';
import { checkOrder, type DialWay, shownCaller } from './dials.ts';

/** Extensions have 2 to 6 digits (contract/trunk.ts): such a number is one of the PBX's own. */
const isPublicNumber = (number: string): boolean => number.replace(/\D/g, '').length > 6;

/**
 * The number takes the place of the user in the registered contact (chan_pjsip.c, request; res_pjsip.c,
 * ast_sip_create_dialog_uac), whose parameters stay. Of From and P-Asserted-Identity see the same in FreeSWITCH's
 * `trunk-way.ts`.
 */
export const trunkWay = (order: DialOrder, account: TrunkAccount, isRegistered: boolean): DialWay => {
  checkOrder(order);
  const { username, pbx, transport = 'udp' } = account;
  const { number, name } = shownCaller(order);
  const callerId = `"${name === '' ? username : name}" <${isPublicNumber(number) ? number : username}>`;
  const domain = pbx === undefined || pbx.domain.startsWith('[') ? 'offhook' : pbx.domain;
  if (isRegistered) return { endpoint: `PJSIP/${order.number}@${username}`, domain, callerId };
  // over TLS only where it registered: whether somebody else there is the PBX, nobody could tell
  if (pbx === undefined || transport === 'tls')
    throw new SwitchError('rejected', 'the PBX is not registered, and where it is nobody has said');
  const isGood = /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)$/i.test(pbx.domain) && Number.isInteger(pbx.port);
  if (!isGood) throw new SwitchError('bad-argument', 'the address of the PBX is not valid');
  const by = transport === 'udp' ? '' : `;transport=${transport}`;
  const uri = `sip:${order.number}@${pbx.domain}:${pbx.port}${by}`;
  return { endpoint: `PJSIP/${username}/${uri}`, domain, callerId };
};
