import { useQuery } from '@tanstack/react-query';
import { fetchLabelValues, type NsSpan, nsOfMs } from '../api/loki.ts';
import type { Interval } from '../time/range.ts';

/** Names change slowly: a minute's grain keeps the question the same while the clock moves. */
const grainMs = 60_000;

/** The span of an interval in whole minutes. */
export function minutesOf({ fromMs, toMs }: Interval): NsSpan {
  const startMs = Math.floor(fromMs / grainMs) * grainMs;
  return { startNs: nsOfMs(startMs), endNs: nsOfMs(Math.ceil(toMs / grainMs) * grainMs) };
}

/** Values of a stream label in a time. */
export function useLabelValues(
  name: string,
  interval: Interval,
): { readonly values: readonly string[]; readonly asked: boolean } {
  const span = minutesOf(interval);
  const { data, isFetched } = useQuery({
    queryKey: ['logs-label-values', name, span],
    queryFn: ({ signal }) => fetchLabelValues(name, span, signal),
    staleTime: 30_000,
  });
  return { values: data ?? [], asked: isFetched };
}
