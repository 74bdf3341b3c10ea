/**
 * Rate, errors and duration of services and operations, from the metrics that are made of spans as they arrive. A service is measured by
 * what it serves (server and consumer spans); one that serves nothing (a batch job, a browser) by all of its spans.
 */
import type { MatrixSeries, QueryData } from '../api/prometheus.ts';

const calls = 'traces_spanmetrics_calls_total';
const latency = 'traces_spanmetrics_latency_bucket';
const served = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"';
const failed = 'status_code="STATUS_CODE_ERROR"';

export const quantiles = [0.5, 0.95, 0.99] as const;

/** What is measured: every service or one, and whether by what it serves or by all its spans. */
export interface Scope {
  /** Empty for every service. */
  readonly service: string;
  readonly kind: 'served' | 'all';
  readonly by: 'service' | 'span_name';
}

function selector(scope: Scope, ...more: readonly string[]): string {
  const parts = [
    ...(scope.service === '' ? [] : [`service=${JSON.stringify(scope.service)}`]),
    ...(scope.kind === 'served' ? [served] : []),
    ...more,
  ];
  return `{${parts.join(', ')}}`;
}

/** Calls a second. */
export function rateQuery(scope: Scope, window: string): string {
  return `sum by (${scope.by}) (rate(${calls}${selector(scope)}[${window}]))`;
}

/** Failed calls a second. */
export function errorQuery(scope: Scope, window: string): string {
  return `sum by (${scope.by}) (rate(${calls}${selector(scope, failed)}[${window}]))`;
}

/** A quantile of the duration, in seconds. */
export function durationQuery(scope: Scope, quantile: number, window: string): string {
  return `histogram_quantile(${quantile}, sum by (${scope.by}, le) (rate(${latency}${selector(scope)}[${window}])))`;
}

export interface RedRow {
  readonly name: string;
  /** Calls a second. */
  readonly rate: number;
  /** 0..1 */
  readonly errors: number;
  /** Seconds; NaN where nothing is known. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Measured by all its spans: it serves nothing. */
  readonly isInner: boolean;
}

/** Numbers by the value of a label. */
export function valuesBy(data: QueryData | undefined, label: string): Map<string, number> {
  const values = new Map<string, number>();
  if (data?.resultType !== 'vector') return values;
  for (const sample of data.result) {
    const name = sample.metric[label];
    if (name !== undefined && sample.value !== undefined) values.set(name, Number(sample.value[1]));
  }
  return values;
}

/** Answers to rate, errors and the three quantiles, in this order. */
export type RedAnswers = readonly (QueryData | undefined)[];

/** Rows of everything that was called at all. */
export function redRows(answers: RedAnswers, by: Scope['by'], isInner: boolean): readonly RedRow[] {
  const [rates, errors, p50, p95, p99] = answers.map((data) => valuesBy(data, by));
  const of = (values: Map<string, number> | undefined, name: string) =>
    values?.get(name) ?? Number.NaN;
  return [...(rates ?? [])]
    .filter(([, rate]) => rate > 0)
    .map(([name, rate]) => ({
      name,
      rate,
      errors: Math.min(1, (errors?.get(name) ?? 0) / rate),
      p50: of(p50, name),
      p95: of(p95, name),
      p99: of(p99, name),
      isInner,
    }));
}

/** Rows of `served`, and of `all` those that serve nothing. */
export function mergeServed(
  servedRows: readonly RedRow[],
  allRows: readonly RedRow[],
): readonly RedRow[] {
  const known = new Set(servedRows.map((row) => row.name));
  return [...servedRows, ...allRows.filter((row) => !known.has(row.name))];
}

export const redColumns = ['name', 'rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type RedColumn = (typeof redColumns)[number];

/** Rows by a column; numbers the greatest first, what is unknown last, ties by name. */
export function sortRows(
  rows: readonly RedRow[],
  column: RedColumn,
  isUp: boolean,
): readonly RedRow[] {
  const byName = (a: RedRow, b: RedRow) => a.name.localeCompare(b.name, 'en', { numeric: true });
  return rows.toSorted((a, b) => {
    if (column === 'name') return isUp ? byName(a, b) : byName(b, a);
    const first = a[column];
    const second = b[column];
    if (Number.isNaN(first) || Number.isNaN(second))
      return Number(Number.isNaN(first)) - Number(Number.isNaN(second)) || byName(a, b);
    return (isUp ? first - second : second - first) || byName(a, b);
  });
}

/** Points of each line of a range answer by the value of a label. */
export function linesBy(
  data: readonly MatrixSeries[] | undefined,
  label: string,
): Map<string, readonly (readonly [timeS: number, value: number])[]> {
  const lines = new Map<string, readonly (readonly [number, number])[]>();
  for (const { metric, values } of data ?? []) {
    const name = metric[label];
    if (name !== undefined)
      lines.set(
        name,
        (values ?? []).map(([timeS, text]) => [timeS, Number(text)] as const),
      );
  }
  return lines;
}
