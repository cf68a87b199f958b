import { describe, expect, it } from 'vitest';
import { parseSipHead, type SipHead } from '../sip-trace/sip-head.ts';
import { ReferTrace } from './refer-trace.ts';

const head = (text: string): SipHead => parseSipHead(Buffer.from(text.replaceAll('\n', '\r\n'))) as SipHead;
const request = (cseq = 1) => head(`REFER sip:1@h SIP/2.0\nCall-ID: a\nCSeq: ${cseq} REFER\n\n`);
const answer = (status: number, cseq = 1) => head(`SIP/2.0 ${status} x\nCall-ID: a\nCSeq: ${cseq} REFER\n\n`);
const notify = (status: number, event = 'refer') =>
  head(`NOTIFY sip:1@h SIP/2.0\nCall-ID: a\nCSeq: 7 NOTIFY\nEvent: ${event}\n\nSIP/2.0 ${status} x`);

const traceOf = (...messages: SipHead[]): ReferTrace => {
  const trace = new ReferTrace();
  for (const message of messages) trace.handle(message);
  return trace;
};

describe('a transfer', () => {
  it('that Asterisk calls a success is one', () => {
    expect(traceOf(request(), answer(202)).resultOfTransfer('SUCCESS', '0')).toEqual({ result: 'accepted' });
  });

  it('whose REFER was refused left the leg as it was', () => {
    expect(traceOf(request(), answer(603)).resultOfTransfer('FAILURE', '603')).toEqual({
      result: 'refused',
      sipStatus: 603,
    });
  });

  it('that was taken and then failed is told from that', () => {
    const trace = traceOf(request(), answer(202), notify(100), notify(180), notify(486));
    expect(trace.resultOfTransfer('FAILURE', '486')).toEqual({
      result: 'failed',
      sipStatus: 486,
      legAlive: true,
    });
    expect(traceOf(request(), answer(202)).resultOfTransfer('FAILURE', '404')).toMatchObject({
      result: 'failed',
      sipStatus: 404,
    });
  });

  it('that was challenged counts its last answer', () => {
    const trace = traceOf(request(1), answer(407, 1), request(2), answer(603, 2));
    expect(trace.resultOfTransfer('FAILURE', '603')).toEqual({ result: 'refused', sipStatus: 603 });
  });

  it('that nobody answered is silent', () => {
    for (const protocol of ['408', '0', '', 'x'])
      expect(traceOf(request()).resultOfTransfer('FAILURE', protocol)).toEqual({
        result: 'silent',
        legAlive: true,
      });
  });

  it('is still told when its messages never reached us', () => {
    expect(traceOf().resultOfTransfer('FAILURE', '603')).toEqual({ result: 'refused', sipStatus: 603 });
    expect(traceOf().resultOfTransfer('UNSUPPORTED', '0')).toEqual({ result: 'silent', legAlive: true });
  });

  it('during which the leg ended was accepted when the PBX said so, or took it and hung up', () => {
    const taken = { result: 'accepted', unconfirmed: true };
    expect(traceOf(request(), answer(202), notify(200)).resultOfEnd(true)).toEqual({ result: 'accepted' });
    expect(traceOf(request(), answer(202)).resultOfEnd(true)).toEqual(taken);
    expect(traceOf(request(), answer(202), notify(100)).resultOfEnd(true)).toEqual(taken);
    expect(traceOf(request(), answer(202)).resultOfEnd(false)).toEqual({ result: 'gone' });
    expect(traceOf(request(), answer(202), notify(180)).resultOfEnd(true)).toEqual({ result: 'gone' });
    expect(traceOf(request(), answer(202), notify(486)).resultOfEnd(true)).toEqual({ result: 'gone' });
    expect(traceOf(request()).resultOfEnd(true)).toEqual({ result: 'gone' });
  });

  it('is not confused by news about something else', () => {
    const trace = traceOf(notify(200), request(), notify(200, 'message-summary'));
    expect(trace.resultOfEnd(true)).toEqual({ result: 'gone' });
  });

  it('is settled by a final word, and not by a 202 or a challenge', async () => {
    for (const messages of [
      [request(), answer(603)],
      [request(), answer(202), notify(200)],
    ])
      await traceOf(...messages).settled(60_000);
    const trace = traceOf(request(), answer(407), answer(202));
    const late = trace.settled(60_000);
    trace.handle(notify(486));
    await late;
  });
});
