/** What an SDP (RFC 4566) offers of SRTP with keys in it (RFC 4568). Pure; the text is hostile. */
import type { LiveChannel } from './port.ts';

/**
 * null: the text offers no audio. `optimistic`: keys in a plain RTP/AVP offer count, which RFC 4568 does not have and
 * some PBXes do.
 */
export const srtpOfferIn = (
  sdp: string,
  optimistic: boolean,
): NonNullable<LiveChannel['srtpOffer']> | null => {
  const sections = sdp.slice(0, 20_000).split(/\r?\n(?=m=)/);
  const offered = sections
    .map((section) => ({ protocol: /^m=audio [1-9]\d* (\S+)/.exec(section)?.[1], section }))
    .filter(({ protocol }) => protocol !== undefined);
  if (offered.length === 0) return null;
  // RTP/SAVPF too: the profile with feedback (RFC 5124)
  const isSecure = (protocol = '') => /^RTP\/SAVPF?$/.test(protocol);
  if (offered.every(({ protocol }) => isSecure(protocol))) return 'only';
  return offered.some(
    ({ protocol, section }) => isSecure(protocol) || (optimistic && /\na=crypto:/.test(section)),
  )
    ? 'too'
    : 'none';
};
