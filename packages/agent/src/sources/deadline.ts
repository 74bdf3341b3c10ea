/** Waiting for somebody else, never for longer than was said. */

/**
 * What `promise` resolves to; rejects with `what` once `ms` have passed or `signal` is aborted. The promise itself goes on: its outcome
 * is ignored then.
 */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = (): void => settle(() => reject(new Error(`${what}: no answer in ${ms} ms`)));
    const abort = (): void => settle(() => reject(new Error(`${what}: the collection was ended`)));
    const timer = setTimeout(expire, ms);
    timer.unref();
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      then();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
