import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { fetchLines, nsOfMs, readTail } from '../api/loki.ts';
import { TailBuffer } from './tail-buffer.ts';

/** Lines from before the tail began, so that it does not begin with nothing. */
const seedLines = 200;
const seedMs = 15 * 60_000;
/** The list is drawn again at most this often. */
const showMs = 150;

export type TailState = 'connecting' | 'open' | 'lost';

/** The live tail of a query while `enabled`. The browser connects again by itself when the connection is lost. */
export function useTail(
  query: string,
  enabled: boolean,
): { readonly buffer: TailBuffer; readonly state: TailState } {
  const buffer = useMemo(() => new TailBuffer(), []);
  const [state, setState] = useState<TailState>('connecting');
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    buffer.clear();
    buffer.pause(false);
    setState('connecting');
    const nowMs = Date.now();
    const past = { startNs: nsOfMs(nowMs - seedMs), endNs: nsOfMs(nowMs) };
    fetchLines({ query, ...past, limit: seedLines, direction: 'backward' }, stop.signal).then(
      (lines) => buffer.seed(lines),
      // The tail itself tells what is wrong with the query.
      () => undefined,
    );
    const source = new EventSource(`/api/v1/logs/tail?${new URLSearchParams({ query })}`);
    source.onopen = () => setState('open');
    source.onerror = () => setState('lost');
    source.onmessage = (event: MessageEvent<string>) => {
      const read = readTail(event.data);
      if (read !== undefined) buffer.push(read.lines, read.dropped);
    };
    source.addEventListener('dropped', (event: MessageEvent<string>) => {
      buffer.push([], readTail(event.data)?.dropped ?? 0);
    });
    const timer = setInterval(() => buffer.show(), showMs);
    return () => {
      stop.abort();
      source.close();
      clearInterval(timer);
    };
  }, [buffer, query, enabled]);
  useSyncExternalStore(buffer.subscribe, () => buffer.version);
  return { buffer, state };
}
