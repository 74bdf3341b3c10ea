/**
 * Flushing before the process ends.
 *
 * `beforeExit` comes when nothing is left to do; the flush keeps the process for its own bound. On a signal the agent flushes as
 * well. Where the application handles the signal itself it decides when to end; where nobody else does, the agent has only delayed
 * what would have happened: it takes its listener away and sends the signal again. `process.exit()` ends at once, nothing can be sent then.
 */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** `flush` resolves within its bound. The function returned takes everything back. */
export function flushBeforeExit(flush: () => Promise<void>): () => void {
  const remove = (): void => {
    process.off('beforeExit', onBeforeExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onBeforeExit = (): void => {
    remove();
    void flush();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const alone = process.listenerCount(signal) === 1;
    remove();
    void flush().then(() => {
      if (alone) process.kill(process.pid, signal);
    });
  };
  process.on('beforeExit', onBeforeExit);
  // In front of the others: a listener of the application that is called once would have gone when it is counted.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  return remove;
}
