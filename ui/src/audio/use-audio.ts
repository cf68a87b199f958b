/** The page's one use of audio, for screens: whoever begins another ends the one before. `audio-bar.tsx` shows it. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { AudioStart } from '../../../controller/contract/browser-audio.ts';
import { AudioSession, type AudioState } from './audio-session.ts';

export class AudioUse {
  readonly #listeners = new Set<() => void>();
  #session: AudioSession | null = null;

  /** To be called while a click is handled. */
  begin(start: AudioStart, who: string): void {
    this.#session?.stop();
    this.#set(new AudioSession(start, who));
  }

  /** Ends it, if it goes on, and shows it no more. */
  end(): void {
    this.#session?.stop();
    this.#set(null);
  }

  readonly read = (): AudioSession | null => this.#session;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(session: AudioSession | null): void {
    this.#session = session;
    for (const listener of this.#listeners) listener();
  }
}

export const AudioContextOfPage = createContext<AudioUse | null>(null);

export const useAudio = (): AudioUse => {
  const use = useContext(AudioContextOfPage);
  if (use === null) throw new Error('no AudioContextOfPage above');
  return use;
};

export const useAudioSession = (): AudioSession | null => {
  const use = useAudio();
  return useSyncExternalStore(use.subscribe, use.read);
};

const never = (): (() => void) => () => undefined;
const nothing = (): null => null;

export const useAudioState = (session: AudioSession | null): AudioState | null =>
  useSyncExternalStore(session?.subscribe ?? never, session?.read ?? nothing);
