/**
 * Input that is not saved yet, of whatever forms are on the screen: each says whether there is any, and where it is kept.
 * The frame asks before one goes elsewhere (`shell/leave-guard.tsx`).
 */
import { createContext, useContext, useEffect, useRef } from 'react';

export type Place = { pathname: string; search: string };
type Input = { isDirty: () => boolean; isKeptAt: (place: Place) => boolean };

export class UnsavedInput {
  readonly #inputs = new Set<Input>();

  add(input: Input): () => void {
    this.#inputs.add(input);
    return () => void this.#inputs.delete(input);
  }

  /** What it was typed for is gone. */
  forget(): void {
    this.#inputs.clear();
  }

  /** null: another page than ours, or this one anew */
  isLostAt(place: Place | null): boolean {
    return [...this.#inputs].some(
      ({ isDirty, isKeptAt }) => isDirty() && (place === null || !isKeptAt(place)),
    );
  }
}

export const UnsavedContext = createContext<UnsavedInput | null>(null);

const nowhere = (): boolean => false;

export const useUnsavedInput = (
  isDirty: () => boolean,
  isKeptAt: (place: Place) => boolean = nowhere,
): void => {
  const unsaved = useContext(UnsavedContext);
  const latest = useRef({ isDirty, isKeptAt });
  useEffect(() => {
    latest.current = { isDirty, isKeptAt };
  });
  useEffect(
    () =>
      unsaved?.add({
        isDirty: () => latest.current.isDirty(),
        isKeptAt: (place) => latest.current.isKeptAt(place),
      }),
    [unsaved],
  );
};

/** To be called when what the form is of has been deleted: nobody is asked about it any more. */
export const useForgetInput = (): (() => void) => {
  const unsaved = useContext(UnsavedContext);
  return () => unsaved?.forget();
};

/** The screen of this address and its tabs. */
export const isBelow =
  (path: string) =>
  ({ pathname }: Place): boolean =>
    pathname === path || pathname.startsWith(`${path}/`);
