/**
 * Flushing before the process ends.
 *
 * Model: `beforeExit` comes when nothing is left to do: the agent stops, and its flush keeps the process for its own bound. On a signal that nobody else
 * listens to, the agent has only delayed what would have happened: it stops and sends the signal again. Where the application handles the signal
 * itself, it decides when to end, and what it does until then is to be seen: the agent sends what there is and goes on until `beforeExit`.
 * `process.exit()` ends at once, nothing can be sent then.
 *
 * Invariant: once a signal has come the agent does not listen to it any more, so that the application's other listeners, and those that
 * end the process when they are the only ones, do what they would do without it.
 */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface ExitSteps {
  /** Begins to send what there is and keeps the process for nothing. */
  readonly flush: () => void;
  /** Resolves within its bound. */
  readonly stop: () => Promise<void>;
}

/** The function returned takes everything back. */
export function flushBeforeExit({ flush, stop }: ExitSteps): () => void {
  const remove = (): void => {
    process.off('beforeExit', onBeforeExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onBeforeExit = (): void => {
    remove();
    void stop();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const alone = process.listenerCount(signal) === 1;
    process.off(signal, onSignal);
    if (!alone) {
      flush();
      return;
    }
    remove();
    void stop().then(() => process.kill(process.pid, signal));
  };
  process.on('beforeExit', onBeforeExit);
  // In front of the others: a listener of the application that is called once would have gone when it is counted.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  return remove;
}
