/** Checks a trunk by itself: the nine points of the list in the guide, each with its result in words. */
import { z } from 'zod';
import { ExtensionNumber } from './trunk.ts';

export const ValidationInput = z.strictObject({
  /**
   * dial: Offhook calls its own extension through the PBX, over a SIP trunk one of the trunk's numbers. call-in: it waits
   * for somebody's call from any phone. Left out: dial where it can be, else call-in.
   */
  mode: z.enum(['dial', 'call-in']).optional(),
  /** whose phone is to ring in the test transfer; left out, that point is skipped. It rings for a few seconds. */
  transferTo: ExtensionNumber.optional(),
  /** how long a call is waited for in call-in mode */
  waitSeconds: z.int().min(3).max(600).default(120),
});
export type ValidationInput = z.infer<typeof ValidationInput>;

/** In the order of the list. */
export const validationPoints = [
  'trunk status',
  'registration',
  'number',
  'route',
  'directory',
  'agent',
  'test call',
  'test transfer',
  'call history',
] as const;
export type ValidationPointName = (typeof validationPoints)[number];

export type ValidationPoint = {
  name: ValidationPointName;
  result: 'waiting' | 'running' | 'passed' | 'failed' | 'skipped';
  /** what was found; for `skipped` why, for `failed` what is wrong */
  text: string;
  /** what to do; empty unless failed or skipped */
  check: string;
};

export type Validation = {
  trunkId: string;
  mode: 'dial' | 'call-in';
  startedAt: string;
  /** null while it runs */
  endedAt: string | null;
  /** all that were not skipped have passed */
  passed: boolean;
  /** what somebody has to do now, such as calling in; empty when nothing */
  instruction: string;
  /** the test call in the history, as soon as there is one */
  callId: string | null;
  points: ValidationPoint[];
};
