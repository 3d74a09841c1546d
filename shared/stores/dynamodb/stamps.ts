/** Numbers that grow with each call: microseconds of the clock, and one more than the last where it stands still or goes back. */
export type Stamps = () => number;

/** What two processes do gets the order of their clocks; nothing but the order of lists and of independent chains hangs on it. */
export function openStamps(milliseconds: () => number): Stamps {
  let last = 0;
  return () => {
    last = Math.max(last + 1, milliseconds() * 1_000);
    return last;
  };
}

const DIGITS = 16;

/** As text that sorts like the number. Whole and not negative. */
export function padded(number: number): string {
  return String(number).padStart(DIGITS, "0");
}

export const MINUTE_MS = 60_000;

/** The first whole minute that is not before a time: they take few bytes. */
export function minuteOf(milliseconds: number): number {
  return Math.ceil(milliseconds / MINUTE_MS);
}
