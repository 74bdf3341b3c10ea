import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fetchTrace } from '../api/traces.ts';
import { prepareServiceColors } from '../chart/service-colors.ts';
import { type CriticalPath, criticalPath } from './critical-path.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import { type Trace, traceOf } from './trace.ts';
import { type TraceTree, treeOf } from './tree.ts';

/** A trace with what is computed from it once. */
export interface TraceModel {
  readonly trace: Trace;
  readonly tree: TraceTree;
  readonly lanes: Lanes;
  readonly path: CriticalPath;
}

/** Loads a trace. Spans may still be arriving, so it is asked for again when it is opened again. */
export function useTrace(traceId: string) {
  const { data, error, isPending, refetch, isFetching } = useQuery({
    queryKey: ['trace', traceId],
    queryFn: async ({ signal }) => traceOf(await fetchTrace(traceId, signal)),
    enabled: traceId !== '',
    gcTime: 30_000,
    // A hundred thousand spans: never compared with the former answer.
    structuralSharing: false,
  });
  const model = useMemo<TraceModel | undefined>(() => {
    if (data === undefined || data.n === 0) return undefined;
    prepareServiceColors(data.services);
    const tree = treeOf(data);
    return { trace: data, tree, lanes: lanesOf(data, tree), path: criticalPath(data, tree) };
  }, [data]);
  return { model, error, isPending, isFetching, refetch };
}
