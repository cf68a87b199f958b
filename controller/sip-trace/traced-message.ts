/** Stored SIP messages as people and programs read them. Pure. */
import type { TracedMessage } from '../contract/sip-trace.ts';
import { parseSipHead } from './sip-head.ts';
import type { StoredMessage } from './trace-store.ts';

export const traced = (messages: readonly StoredMessage[]): TracedMessage[] => {
  const seen = new Set<string>();
  return messages.flatMap((message) => {
    const head = parseSipHead(Buffer.from(message.text));
    if (!head) return [];
    const [firstLine = ''] = message.text.split('\r\n', 1);
    const cseq = `${head.cseq.number} ${head.cseq.method}`;
    // the same transaction, the same words: RFC 3261 §17 has a retransmission equal its original
    const branch = /;\s*branch=([^;,\s]+)/i.exec(head.headers.get('via')?.[0] ?? '')?.[1] ?? '';
    const identity = JSON.stringify([message.isSent, message.callId, branch, cseq, firstLine, head.body]);
    const retransmission = seen.has(identity);
    seen.add(identity);
    return {
      at: new Date(message.timeMs).toISOString(),
      from: message.source,
      to: message.destination,
      direction: message.isSent ? 'to PBX' : 'from PBX',
      transport: message.transport,
      firstLine,
      method: head.kind === 'request' ? head.method : null,
      status: head.kind === 'response' ? head.status : null,
      cseq,
      callId: message.callId,
      retransmission,
      text: message.text,
    };
  });
};
