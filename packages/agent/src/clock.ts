/** Where time comes from, so that tests can stand still and jump. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Unix time in milliseconds. */
  unixMs(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
};
