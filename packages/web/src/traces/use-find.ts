import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { searchSpans } from '../api/tempo.ts';
import { findSpans, splitFind } from './find-spans.ts';
import type { TraceModel } from './use-trace.ts';

/** A question to the server waits until the reader has stopped typing. */
const typingMs = 300;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export interface Found {
  /** Rows in the order of the tree; undefined when nothing is searched. */
  readonly rows: Int32Array | undefined;
  readonly isRunning: boolean;
  /** The server has found this many more than it has sent. */
  readonly missing: number;
  readonly error: Error | null;
}

/** The spans that a text finds: at once by what is in the page, by attributes when the server has answered. */
export function useFind({ trace, tree }: TraceModel, text: string): Found {
  // A hundred thousand spans are searched while the reader types on.
  const { words } = useMemo(() => splitFind(text), [text]);
  const asked = useDeferredValue(words);
  const settled = useSettled(text);
  const { conditions } = useMemo(() => splitFind(settled), [settled]);
  const isAsking = conditions.length > 0;
  const answer = useQuery({
    queryKey: ['find', trace.id, conditions],
    queryFn: ({ signal }) => {
      const startS = trace.startMs / 1000;
      const time = { startS: startS - 1, endS: startS + trace.durationUs / 1e6 + 1 };
      return searchSpans(trace.id, conditions, time, signal);
    },
    enabled: isAsking,
    staleTime: 60_000,
  });
  const local = useMemo(() => findSpans(trace, tree.order, asked), [trace, tree, asked]);
  const data = isAsking ? answer.data : undefined;
  const rows = useMemo(() => {
    if (data === undefined) return local;
    const ids = new Set(data.ids);
    return (local ?? tree.order).filter((row) => ids.has(trace.ids[row] ?? ''));
  }, [data, local, trace, tree]);
  return {
    rows,
    isRunning: isAsking && answer.isFetching,
    missing: data === undefined ? 0 : Math.max(0, data.matched - data.ids.length),
    error: isAsking ? answer.error : null,
  };
}
