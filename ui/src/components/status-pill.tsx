/** A status in a word or two, coloured by its tone. */
import type { ReactNode } from 'react';
import { StatusDot, type Tone } from './status-dot.tsx';
import classes from './status-pill.module.css';

export const StatusPill = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <span className={classes['pill']} data-tone={tone}>
    <StatusDot tone={tone} />
    <span>{children}</span>
  </span>
);
