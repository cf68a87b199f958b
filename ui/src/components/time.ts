/** Times in the reader's language: relative for what is near, else the clock, with the day where it matters. */
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const steps = [
  { unit: 'second', ms: 1000, upTo: 60_000 },
  { unit: 'minute', ms: 60_000, upTo: 3_600_000 },
  { unit: 'hour', ms: 3_600_000, upTo: 86_400_000 },
  { unit: 'day', ms: 86_400_000, upTo: Number.POSITIVE_INFINITY },
] as const;

/** `3 minutes ago`, `in 12 seconds`. */
export const ago = (iso: string, nowMs: number): string => {
  const awayMs = Date.parse(iso) - nowMs;
  if (Number.isNaN(awayMs)) return '';
  const step = steps.find(({ upTo }) => Math.abs(awayMs) < upTo) ?? steps[3];
  return relative.format(Math.round(awayMs / step.ms), step.unit);
};

export const dateAndTime = (iso: string): string => full.format(new Date(iso));
export const timeOfDay = (iso: string): string => clock.format(new Date(iso));

/** The time of day, with the day before it when it is not today. */
export const whenOf = (iso: string, now = new Date()): string => {
  const time = new Date(iso);
  const isToday = time.toDateString() === now.toDateString();
  return isToday ? clock.format(time) : `${day.format(time)}, ${clock.format(time)}`;
};

/** `1:04:09`, `4:09`. */
export const durationOf = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
};

/** A text from the controller, with the ISO times in it as people write them. */
export const withLocalTimes = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (iso) => dateAndTime(iso));
