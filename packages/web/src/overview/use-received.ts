import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant } from '../api/prometheus.ts';
import { selfMatchers } from './panels.ts';
import { useOverviewTime } from './use-overview-time.ts';

const items = ['points', 'records', 'spans'] as const;
export type Item = (typeof items)[number];

/** Each with a label of its own: without names the rates of one protocol would be one series. */
const itemRates = items.map(
  (item) =>
    `label_replace(rate(sightline_intake_${item}_total{${selfMatchers}}[1m]), "item", "${item}", "", "")`,
);
const query = `sum by (protocol, item) (${itemRates.join(' or ')})`;

export interface ReceivedRate {
  readonly protocol: string;
  readonly item: string;
  readonly perSecond: number;
}

/** What comes in a second, by protocol and kind; undefined until it is known. */
export function useReceivedRates(): readonly ReceivedRate[] | undefined {
  const { grid } = useOverviewTime();
  const { data } = useQuery({
    queryKey: ['instant', query, grid.endS],
    queryFn: async ({ signal }) => (await queryInstant(query, grid.endS, signal)).data,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
  });
  if (data?.resultType !== 'vector') return undefined;
  return data.result.map(({ metric, value }) => ({
    protocol: metric.protocol ?? '',
    item: metric.item ?? '',
    perSecond: Number(value?.[1]),
  }));
}

/** The sum of the rates that are known; undefined where none is. */
export function sumRates(rates: readonly ReceivedRate[] | undefined): number | undefined {
  const known = rates?.filter((one) => !Number.isNaN(one.perSecond)) ?? [];
  return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one.perSecond, 0);
}
