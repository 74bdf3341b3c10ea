/**
 * Signals that end the process, from the first moment on.
 *
 * Model: one listener a signal, installed before the rest of the program is loaded; what it does changes. At first it ends the process
 * with 0, as a server ends later: nothing has begun that would have to be put in order. Commands that print something are left to the
 * system, so that half of their output is not taken for all of it.
 *
 * Invariant: a listener is not replaced by another: a signal that came between the two, while code ran, would be lost.
 */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

let act: (signal: string) => void = () => process.exit(0);
const listener = (signal: string): void => act(signal);

/** `args`: those of the command line. Imports nothing, to be the first thing that runs. */
export function endOnEarlySignals(args: readonly string[]): void {
  const [first = 'serve'] = args;
  if (first === 'serve' || first.startsWith('-')) listen();
}

/** `next` is called on every signal from now on. */
export function takeSignals(next: (signal: string) => void): void {
  act = next;
  listen();
}

/** From here on the system does what it does with signals. */
export function forgetSignals(): void {
  for (const signal of SIGNALS) process.off(signal, listener);
}

function listen(): void {
  for (const signal of SIGNALS) {
    if (!process.listeners(signal).includes(listener)) process.on(signal, listener);
  }
}
