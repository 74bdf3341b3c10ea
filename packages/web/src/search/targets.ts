/** Where a result leads. What another server has found cannot be opened here. */

import { msOfNs } from '../api/loki.ts';
import type { SearchItem } from '../api/search.ts';
import type { Search } from '../app/search.ts';
import { lineKey } from '../logs/line-text.ts';
import { absoluteRange, type TimeRange } from '../time/range.ts';

export type Target =
  | { readonly to: '/logs'; readonly search: Search }
  | { readonly to: '/traces/$traceId'; readonly traceId: string; readonly search: Search }
  | { readonly to: '/explore'; readonly search: Search };

/** Of a line's service, so much is shown: what led to it, and a moment of what followed. */
const beforeMs = 15 * 60_000;
const afterMs = 2000;

/** Names that mean the service, which metrics have under several names. */
const serviceNames = new Set(['service', 'service.name', 'service_name']);

/** The page that shows a result; undefined for those of other servers. */
export function targetOf(
  item: SearchItem,
  filters: ReadonlyMap<string, string>,
  range: TimeRange,
): Target | undefined {
  if (item.source !== 'local') return undefined;
  switch (item.signal) {
    case 'logs':
      return { to: '/logs', search: logsSearch(item) };
    case 'traces': {
      const span = item.labels.span_id;
      const search: Search = span === undefined ? {} : { span };
      return { to: '/traces/$traceId', traceId: item.trace_id, search };
    }
    case 'metrics':
      return {
        to: '/explore',
        search: { a: metricExpression(item.text, item.labels.type ?? '', filters), ...range },
      };
  }
}

/** The lines of the same service up to the line, which is open. */
function logsSearch({ service, text, time_ns }: SearchItem): Search {
  const ns = time_ns ?? '0';
  const ms = Math.floor(msOfNs(ns));
  const line = lineKey({ ns, line: text, stream: {}, metadata: {}, parsed: {} });
  const q = `{service_name=${JSON.stringify(service)}}`;
  return { q, line, ...absoluteRange(ms - beforeMs, ms + afterMs) };
}

/** PromQL that shows a metric as its type is best looked at. */
export function metricExpression(
  name: string,
  type: string,
  filters: ReadonlyMap<string, string> = new Map(),
): string {
  const matchers = [...filters]
    .filter(([label]) => !serviceNames.has(label))
    .map(([label, value]) => `${label.replace(/^(?=\d)|\W/g, '_')}=${JSON.stringify(value)}`);
  const isPlain = /^[a-zA-Z_:][\w:]*$/.test(name);
  if (!isPlain) matchers.unshift(JSON.stringify(name));
  const selector = `${isPlain ? name : ''}${matchers.length === 0 ? '' : `{${matchers.join(', ')}}`}`;
  const perSecond = `rate(${selector}[5m])`;
  if (name.endsWith('_bucket')) {
    return `histogram_quantile(0.95, sum by (le) (${perSecond}))`;
  }
  if (/_(total|count|sum)$/.test(name) || type === 'counter') return perSecond;
  return type === 'histogram' ? `histogram_quantile(0.95, sum(${perSecond}))` : selector;
}
