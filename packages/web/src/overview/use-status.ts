import { useQuery } from '@tanstack/react-query';
import { fetchTargets } from '../api/prometheus.ts';
import { fetchIntake, fetchSystem } from '../api/status.ts';

/** Polls stop while the tab is hidden (TanStack Query's default). */
const pollMs = 5_000;

/** What came in and what was refused, polled. */
export function useIntake() {
  return useQuery({
    queryKey: ['intake'],
    queryFn: ({ signal }) => fetchIntake(signal),
    refetchInterval: pollMs,
  });
}

/** How the process stands, polled. */
export function useSystem() {
  return useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => fetchSystem(signal),
    refetchInterval: pollMs,
  });
}

/** The scrape targets, polled. */
export function useTargets() {
  return useQuery({
    queryKey: ['targets'],
    queryFn: ({ signal }) => fetchTargets(signal),
    refetchInterval: pollMs,
  });
}
