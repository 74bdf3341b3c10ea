/** Where time comes from, so that tests can stand still and jump. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Unix time in milliseconds. */
  unixMs(): number;
}

/** A clock that also calls back. */
export interface Timers extends Clock {
  /** Calls `run` once in `ms`; the function returned takes that back. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
};

export const systemTimers: Timers = {
  ...systemClock,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
