import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type ApiError, probe } from '../api/client.ts';
import { fetchLines, nsOfMs, readTail } from '../api/loki.ts';
import { TailBuffer } from './tail-buffer.ts';

/** Lines from before the tail began, so that it does not begin with nothing. */
const seedLines = 200;
const seedMs = 15 * 60_000;
/** A server that answered with a fault of its own is asked again after this. */
const retryMs = 3000;
/** The list is drawn again at most this often. */
const showMs = 150;

export type TailState =
  | { readonly kind: 'connecting' | 'open' | 'lost' }
  /** The server refused the query, in its words. */
  | { readonly kind: 'refused'; readonly error: ApiError };

const connecting: TailState = { kind: 'connecting' };

/** Fills `buffer` from the server's events until the returned function is called. */
function follow(
  query: string,
  buffer: TailBuffer,
  onState: (state: TailState) => void,
): () => void {
  const url = `/api/v1/logs/tail?${new URLSearchParams({ query })}`;
  const stop = new AbortController();
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = () => {
    const made = new EventSource(url);
    source = made;
    made.onopen = () => onState({ kind: 'open' });
    made.onmessage = (event: MessageEvent<string>) => {
      const read = readTail(event.data);
      if (read !== undefined) buffer.push(read.lines, read.dropped);
    };
    made.addEventListener('dropped', (event: MessageEvent<string>) => {
      buffer.push([], readTail(event.data)?.dropped ?? 0);
    });
    made.onerror = () => {
      onState({ kind: 'lost' });
      // The browser connects again by itself unless the answer was no stream: then the answer says why.
      if (made.readyState === EventSource.CLOSED) explain();
    };
  };
  const explain = () => {
    probe(url, stop.signal).then((error) => {
      if (stop.signal.aborted) return;
      if (error !== undefined && error.status >= 400 && error.status < 500)
        onState({ kind: 'refused', error });
      else timer = setTimeout(connect, retryMs);
    });
  };
  connect();
  return () => {
    stop.abort();
    source?.close();
    clearTimeout(timer);
  };
}

/** The live tail of a query while `enabled`. The browser connects again by itself when the connection is lost. */
export function useTail(
  query: string,
  enabled: boolean,
  runMs: number,
): { readonly buffer: TailBuffer; readonly state: TailState } {
  const buffer = useMemo(() => new TailBuffer(), []);
  const [state, setState] = useState<TailState>(connecting);
  // Dependencies on purpose: another run is another tail.
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    buffer.clear();
    buffer.pause(false);
    setState(connecting);
    const nowMs = Date.now();
    const past = { startNs: nsOfMs(nowMs - seedMs), endNs: nsOfMs(nowMs) };
    fetchLines({ query, ...past, limit: seedLines, direction: 'backward' }, stop.signal).then(
      (lines) => buffer.seed(lines),
      // The tail itself tells what is wrong with the query.
      () => undefined,
    );
    const close = follow(query, buffer, setState);
    const timer = setInterval(() => buffer.show(), showMs);
    return () => {
      stop.abort();
      close();
      clearInterval(timer);
    };
  }, [buffer, query, enabled, runMs]);
  useSyncExternalStore(buffer.subscribe, () => buffer.version);
  return { buffer, state };
}
