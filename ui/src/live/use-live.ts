/** How screens read the live store: a part of it, drawn again only when that part is another one. */
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import type { LiveTrunk } from '../../../controller/contract/live.ts';
import type { LiveState, LiveStore } from './live-store.ts';

export const LiveContext = createContext<LiveStore | null>(null);

export const useLiveStore = (): LiveStore => {
  const store = useContext(LiveContext);
  if (store === null) throw new Error('no LiveContext above');
  return store;
};

/** `select` must return the same object while nothing changed in it. */
export const useLive = <Part>(select: (state: LiveState) => Part): Part => {
  const store = useLiveStore();
  const read = () => select(store.read());
  return useSyncExternalStore(store.subscribe, read, read);
};

export const useLiveTrunk = (trunkId: string): LiveTrunk | undefined =>
  useLive((state) => state.trunks.get(trunkId));

/** Calls `onChange` each time that something was configured, or may have been while the connection was away. */
export const useConfigurationChange = (onChange: () => void): void => {
  const number = useLive((state) => state.configurations);
  const first = useRef(number);
  useEffect(() => {
    if (number === first.current) return;
    first.current = number;
    onChange();
  }, [number, onChange]);
};
