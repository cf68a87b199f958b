/** A call as the history and the live list have it, for tests: somebody talks, nothing is over. */
import { randomUUID } from 'node:crypto';
import type { CallRecord } from '../contract/call.ts';

export const testCallRecord = (more: Partial<CallRecord> = {}): CallRecord => ({
  id: randomUUID(),
  trunkId: randomUUID(),
  trunkName: 'Main',
  agentId: null,
  agentName: null,
  callerNumber: '0821234567',
  callerName: 'Ann',
  calledNumber: '1000',
  sipCallId: 'abc@pbx',
  state: 'talking',
  offeredAt: '2026-11-22T10:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  outcome: null,
  fault: null,
  transferredTo: null,
  isTest: false,
  ...more,
});
