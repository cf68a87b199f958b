/** A screen that changed is told to those who do not see it: the focus goes to its beginning, and so do one's eyes. */
import { useEffect, useRef } from 'react';

/** Where `what` is another one than before, and not when it is shown first. */
export const useToMain = (what: string): void => {
  const shown = useRef(what);
  useEffect(() => {
    if (shown.current === what) return;
    shown.current = what;
    document.getElementById('main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [what]);
};
