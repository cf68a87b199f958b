/** Which switch this process works with: what was asked for, else a FreeSWITCH that is installed, else Asterisk. */
import { findFreeswitch } from './freeswitch/find.ts';
import type { SwitchKind } from './switch/port.ts';

/** `wanted` is the environment's SWITCH; anything unknown was refused when the environment was read. */
export const chooseSwitchKind = (wanted: string | undefined): SwitchKind => {
  if (wanted === 'freeswitch' || wanted === 'asterisk') return wanted;
  return findFreeswitch() ? 'freeswitch' : 'asterisk';
};
