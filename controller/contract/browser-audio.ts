/**
 * Audio between a browser and Offhook: one WebSocket for one purpose, at `audioPath`. The browser sends a `start` first;
 * the rights are those of the REST API (a session's cookie from our own page, or a bearer token). Then both sides send
 * binary frames of 20 ms: four bytes of sequence number, little-endian, then L16 at 16 kHz. Mono; to a listener stereo,
 * caller left, whoever talks to him right. A side that cannot keep up is sent fewer frames: the numbers show the gap.
 */
import { frameMs } from './audio.ts';

export const audioPath = '/api/v1/audio';
export const browserSampleRate = 16000;
export const browserFrameSamples = (browserSampleRate / 1000) * frameMs;
export const browserFrameBytes = 2 * browserFrameSamples;
const headerBytes = 4;

export type AudioIntent = 'listen' | 'take over' | 'talk';

export type AudioStart =
  /** hear both sides of a live call */
  | { type: 'start'; intent: 'listen'; callId: string; workspaceId?: string | undefined }
  /** talk to the caller in the agent's place; frames have to come all the time, silence too */
  | { type: 'start'; intent: 'take over'; callId: string; workspaceId?: string | undefined }
  /** a test call to an agent */
  | { type: 'start'; intent: 'talk'; agentId: string; workspaceId?: string | undefined };

export type AudioClientMessage =
  | AudioStart
  /** of `take over`: the agent is to go on */
  | { type: 'hand back' }
  /** of `take over` and `talk` */
  | { type: 'hang up' }
  /** of `talk`: a key */
  | { type: 'digit'; digit: string };

export const audioEnds = [
  /** the call is over, or the caller was handed on */
  'call over',
  /** the agent has the caller again */
  'handed back',
  'no longer allowed',
  /** the controller stops */
  'stopping',
] as const;
export type AudioEnd = (typeof audioEnds)[number];

export type AudioServerMessage =
  /** from now on frames come; `talk`: it rings until the first one */
  | { type: 'started'; callId: string; channels: 1 | 2 }
  /** nothing was begun, or what came cannot be taken; the socket is closed */
  | { type: 'refused'; code: string; text: string }
  /** what was asked for last did not work; all goes on as it was */
  | { type: 'failed'; text: string }
  /** keys that the agent pressed */
  | { type: 'digits'; digits: string }
  | { type: 'ended'; reason: AudioEnd };

export const writeAudioFrame = (sequence: number, audio: Uint8Array): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(headerBytes + audio.length);
  new DataView(frame.buffer).setUint32(0, sequence, true);
  frame.set(audio, headerBytes);
  return frame;
};

/** Null for what is no frame of that many channels. */
export const readAudioFrame = (
  bytes: Uint8Array,
  channels: 1 | 2,
): { sequence: number; audio: Uint8Array } | null => {
  if (bytes.length !== headerBytes + channels * browserFrameBytes) return null;
  const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { sequence, audio: bytes.subarray(headerBytes) };
};
