/** The recording of a call: its audio, in parts if a player asks so, its outline, and its removal. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Configuration } from '../configuration.ts';
import { RecordingRoom } from '../contract/recording.ts';
import { AppError } from '../errors.ts';
import type { StoresOf } from '../open-stores.ts';
import { readPeaks } from '../recording/peaks.ts';
import type { FoundRecording, Recordings } from '../recording/recordings.ts';
import { headerBytes, wavHeader } from '../recording/wav.ts';
import { admin, viewer } from './caller.ts';
import { type CallRoutes, isCallId, liveCallsOf } from './calls.ts';
import { type Route, route, sent } from './route.ts';

export type RecordingRoutes = {
  configuration: Configuration;
  stores: StoresOf;
  liveCalls: CallRoutes['liveCalls'];
  recordings: Pick<Recordings, 'find' | 'remove' | 'limits' | 'bytes' | 'problem'>;
};

/** `workspace`: as the header Offhook-Workspace, for audio elements, which send none */
const RecordingQuery = z.strictObject({ workspace: z.uuid().optional() });
const PeaksQuery = z.strictObject({ pieces: z.coerce.number().int().min(1).max(4000).default(500) });
const PeaksAnswer = z.strictObject({
  seconds: z.number(),
  /** 0 to 100 for each piece */
  caller: z.array(z.number()),
  agent: z.array(z.number()),
});

export function recordingRoutes(options: RecordingRoutes): Route[] {
  const { stores, recordings } = options;
  const tag = 'Calls';
  /** Only of a call that is the asker's. */
  const find = async (workspaceId: string, callId: string) => {
    const isKnown =
      liveCallsOf(options, workspaceId).some(({ record }) => record.id === callId) ||
      (isCallId(callId) && (await stores(workspaceId).calls.find(callId)) !== null);
    const found = isKnown ? await recordings.find(callId) : null;
    if (found === null) throw new AppError('not-found', 'there is no recording of this call');
    return found;
  };
  return [
    route({
      method: 'get',
      path: '/recordings/room',
      id: 'getRecordingRoom',
      tag,
      summary: 'How much room recordings take, and the limits that hold for all',
      description: 'How long the workspace keeps them is `recordingDays` of the settings.',
      access: viewer('calls:read'),
      answer: RecordingRoom,
      handle: async ({ workspaceId }) => ({
        body: {
          ...(await stores(workspaceId).recordingTotals.read()),
          installation: { ...recordings.limits, usedBytes: recordings.bytes },
          problem: recordings.problem,
        },
      }),
    }),
    route({
      method: 'get',
      path: '/calls/:callId/recording',
      id: 'getCallRecording',
      tag,
      summary: 'The recording of a call',
      description:
        'Stereo, caller left and agent right, µ-law WAV at 8 kHz, or at 16 kHz where the line was G.722 or Opus. Takes Range; of a call that stands, what there is so far.',
      access: viewer('calls:read'),
      query: RecordingQuery,
      sends: ['audio/wav'],
      handle: async ({ workspaceId, params: { callId }, request, response }) => {
        const found = await find(workspaceId, callId);
        response.set({
          'Content-Type': 'audio/wav',
          'Accept-Ranges': 'bytes',
          'Content-Disposition': `inline; filename="call-${callId}.wav"`,
        });
        await sendAudio(request, response, found);
        return sent;
      },
    }),
    route({
      method: 'get',
      path: '/calls/:callId/recording/peaks',
      id: 'getCallRecordingPeaks',
      tag,
      summary: 'The outline of a recording, for a picture of it',
      access: viewer('calls:read'),
      query: PeaksQuery,
      answer: PeaksAnswer,
      handle: async ({ workspaceId, params: { callId }, query: { pieces } }) => {
        return { body: await readPeaks(await find(workspaceId, callId), pieces) };
      },
    }),
    route({
      method: 'delete',
      path: '/calls/:callId/recording',
      id: 'deleteCallRecording',
      tag,
      summary: 'Remove the recording of a call that is over',
      access: admin('calls:control'),
      problems: ['conflict'],
      handle: async ({ workspaceId, params: { callId } }) => {
        const { live } = await find(workspaceId, callId);
        if (live)
          throw new AppError('conflict', 'the call is being recorded: it can be removed when it is over');
        await recordings.remove(callId);
        return { body: undefined };
      },
    }),
  ];
}

/** RFC 9110 section 14. The header is made for what is there now: that on disk has its lengths only when the call is over. */
async function sendAudio(
  request: Request,
  response: Response,
  { path, audioBytes, rate }: FoundRecording,
): Promise<void> {
  const size = headerBytes + audioBytes;
  const asked = request.range(size, { combine: true });
  if (asked === -1) {
    response.status(416).set('Content-Range', `bytes */${size}`).end();
    return;
  }
  // several ranges at once may be answered by the whole (RFC 9110 14.2), and so is a header that says nothing
  const part = Array.isArray(asked) && asked.type === 'bytes' && asked.length === 1 ? asked[0] : undefined;
  const range = part ?? { start: 0, end: size - 1 };
  // also when the part is the whole: players that seek take a 200 for a server that knows no ranges
  const isPart = part !== undefined;
  response.status(isPart ? 206 : 200).set('Content-Length', String(range.end - range.start + 1));
  if (isPart) response.set('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (range.start < headerBytes)
    response.write(wavHeader(audioBytes, rate).subarray(range.start, Math.min(headerBytes, range.end + 1)));
  if (range.end < headerBytes) {
    response.end();
    return;
  }
  const file = createReadStream(path, { start: Math.max(range.start, headerBytes), end: range.end });
  // a player that jumps closes its connection in the middle
  await pipeline(file, response).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
}
