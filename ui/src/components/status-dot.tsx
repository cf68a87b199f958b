/** A coloured dot; always beside words that say the same. */
import classes from './status-dot.module.css';

export type Tone = 'good' | 'wait' | 'bad' | 'idle';

export const StatusDot = ({ tone }: { tone: Tone }) => (
  <span className={classes['dot']} data-tone={tone} aria-hidden="true" />
);
