import { useEffect, useState } from 'react';
import { type SearchRequest, streamSearch } from '../api/search.ts';
import { emptyRun, type SearchRun, withLine } from './run.ts';

export interface ShownRun {
  readonly run: SearchRun;
  /** These are the results of an earlier search; those of the present one are not there yet. */
  readonly stale: boolean;
}

const nothing: ShownRun = { run: emptyRun, stale: false };

/**
 * Asks whenever the request changes, and cancels what was asked before. The results of an earlier search stay until the first of the
 * new ones is there, so that nothing flickers.
 */
export function useRun(request: SearchRequest | undefined, runMs: number): ShownRun {
  const [shown, setShown] = useState(nothing);
  const body = request === undefined ? '' : JSON.stringify(request);
  // Dependencies on purpose: another run is another question.
  useEffect(() => {
    if (body === '') {
      setShown(nothing);
      return;
    }
    const stop = new AbortController();
    let run = emptyRun;
    const take = (next: SearchRun) => {
      if (stop.signal.aborted) return;
      run = next;
      const { items, ended, error } = run;
      if (items.length > 0 || ended || error !== undefined) setShown({ run, stale: false });
      // The sides are told at once: who searches is not what was found.
      else setShown(({ run: { items: kept } }) => ({ run: { ...next, items: kept }, stale: true }));
    };
    take(run);
    streamSearch(JSON.parse(body), stop.signal, (line) => take(withLine(run, line))).catch(
      (cause: unknown) => {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        take({ ...run, ended: true, error });
      },
    );
    return () => stop.abort();
  }, [body, runMs]);
  return shown;
}
