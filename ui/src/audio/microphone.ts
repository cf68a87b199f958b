/** Asks for the microphone; when there is none to be had, says why in words that help. */
import { t } from '../texts/texts.ts';

/** Its message is for the person at the page. */
export class AudioFailure extends Error {
  override readonly name = 'AudioFailure';
}

const words = t.audio.failures;

export const openMicrophone = async (): Promise<MediaStream> => {
  // not there at all where the page is not trusted with it (Secure Contexts, 3.1)
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new AudioFailure(words.insecure);
  try {
    return await devices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    throw new AudioFailure(wordsOf(error), { cause: error });
  }
};

/** By the names of Media Capture and Streams, 10.2. */
const wordsOf = (error: unknown): string => {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return words.refused;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return words.none;
    default:
      return words.busy;
  }
};
