/**
 * One use of the audio socket, from a click to its end: microphone, loudspeaker, socket and what is to be said about them.
 * A take-over whose connection breaks is taken up again while its place is free. Knows no screen.
 */
import {
  type AudioClientMessage,
  type AudioServerMessage,
  type AudioStart,
  audioPath,
  readAudioFrame,
  writeAudioFrame,
} from '../../../controller/contract/browser-audio.ts';
import { t } from '../texts/texts.ts';
import { AudioFailure, openMicrophone } from './microphone.ts';
import { Sound } from './sound.ts';

export type AudioState = {
  phase: 'microphone' | 'connecting' | 'ringing' | 'on' | 'reconnecting' | 'over';
  /** once it is known */
  callId: string | null;
  isMuted: boolean;
  /** with `over`: why; also what did not work while all goes on */
  text: string;
  /** with `over`: it did not end as it should */
  isFailure: boolean;
  /** keys that the agent pressed */
  digits: string;
};

/** The controller keeps the place of a lost person free for 5 s, which begin when it notices. */
const retryForMs = 9000;
const retryEveryMs = 500;
/** More than that in the browser's own queue: the network does not take it, and what is said is late already. */
const mostWaitingBytes = 64_000;

export class AudioSession {
  readonly start: AudioStart;
  /** whom one hears, in words */
  readonly who: string;
  readonly #listeners = new Set<() => void>();
  #state: AudioState;
  #sound: Sound | null = null;
  #socket: WebSocket | null = null;
  #channels: 1 | 2 = 1;
  #sequence = 0;
  #lostAtMs: number | null = null;

  constructor(start: AudioStart, who: string) {
    this.start = start;
    this.who = who;
    this.#state = {
      phase: start.intent === 'listen' ? 'connecting' : 'microphone',
      callId: 'callId' in start ? start.callId : null,
      isMuted: false,
      text: '',
      isFailure: false,
      digits: '',
    };
    void this.#begin();
  }

  readonly read = (): AudioState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get isOver(): boolean {
    return this.#state.phase === 'over';
  }

  mute(isMuted: boolean): void {
    this.#sound?.mute(isMuted);
    this.#set({ isMuted });
  }

  handBack(): void {
    this.#set({ text: '' });
    this.#tell({ type: 'hand back' });
  }

  hangUp(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#tell({ type: 'hang up' });
    else this.stop();
  }

  /** Leaves: a listener hears no more, a call that was taken over goes back to its agent. */
  stop(): void {
    this.#end('', false);
  }

  async #begin(): Promise<void> {
    let microphone: MediaStream | null = null;
    try {
      // first, while the click counts
      this.#sound = await Sound.open();
      if (this.start.intent !== 'listen') microphone = await openMicrophone();
      if (this.isOver) {
        for (const track of microphone?.getTracks() ?? []) track.stop();
        this.#sound.close();
        return;
      }
      if (microphone !== null) this.#sound.capture(microphone, (frame) => this.#say(frame));
      this.#set({ phase: 'connecting' });
      this.#connect();
    } catch (error) {
      this.#end(error instanceof AudioFailure ? error.message : t.audio.failures.sound, true);
    }
  }

  #connect(): void {
    const url = new URL(audioPath, window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('open', () => this.#tell(this.start));
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.#socket !== socket) return;
      if (typeof data === 'string') this.#heard(JSON.parse(data) as AudioServerMessage);
      else this.#play(new Uint8Array(data));
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#lost(t.audio.failures.offline);
    });
  }

  #heard(message: AudioServerMessage): void {
    switch (message.type) {
      case 'started':
        this.#lostAtMs = null;
        this.#channels = message.channels;
        this.#sound?.begin(message.channels);
        this.#set({
          phase: this.start.intent === 'talk' ? 'ringing' : 'on',
          callId: message.callId,
          text: '',
        });
        return;
      case 'failed':
        this.#set({ text: message.text });
        return;
      case 'digits':
        this.#set({ digits: this.#state.digits + message.digits });
        return;
      case 'ended':
        this.#end(t.audio.ends[message.reason], message.reason === 'no longer allowed');
        return;
      case 'refused':
        // our own lost connection may still hold the place
        if (this.#lostAtMs !== null && message.code === 'conflict') this.#lost(message.text);
        else this.#end(message.text, true);
        return;
    }
  }

  #lost(text: string): void {
    if (this.isOver) return;
    this.#socket = null;
    const wasOn = this.#state.phase === 'on' || this.#state.phase === 'reconnecting';
    if (!wasOn || this.start.intent !== 'take over') {
      this.#end(wasOn || this.#state.phase === 'ringing' ? t.audio.failures.lost : text, true);
      return;
    }
    this.#lostAtMs ??= performance.now();
    if (performance.now() - this.#lostAtMs > retryForMs) {
      this.#end(t.audio.failures.lost, true);
      return;
    }
    this.#set({ phase: 'reconnecting' });
    setTimeout(() => {
      if (!this.isOver && this.#socket === null) this.#connect();
    }, retryEveryMs);
  }

  #say(frame: ArrayBuffer): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || this.#state.phase === 'connecting') return;
    if (socket.bufferedAmount > mostWaitingBytes) return;
    this.#sequence = (this.#sequence + 1) >>> 0;
    socket.send(writeAudioFrame(this.#sequence, new Uint8Array(frame)));
  }

  #play(bytes: Uint8Array): void {
    const frame = readAudioFrame(bytes, this.#channels);
    if (frame === null) return;
    if (this.#state.phase === 'ringing') this.#set({ phase: 'on' });
    this.#sound?.play(frame.audio);
  }

  #tell(message: AudioClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #end(text: string, isFailure: boolean): void {
    if (this.isOver) return;
    this.#set({ phase: 'over', text, isFailure });
    this.#socket?.close();
    this.#socket = null;
    this.#sound?.close();
  }

  #set(change: Partial<AudioState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
