/** CSV by RFC 4180. Values keep the exact text of the server; times are ISO 8601 in UTC. */
import type { Labels, QueryData } from '../api/prometheus.ts';
import type { Column } from '../chart/align.ts';
import { formatSeries } from './series.ts';

/**
 * One cell. A text that a spreadsheet would run as a formula gets a leading apostrophe, since label values come from
 * whoever sends data; numbers are left alone.
 */
export function csvCell(text: string): string {
  const isNumber = text.trim() !== '' && !Number.isNaN(Number(text));
  const safe =
    !isNumber && /^[=+\-@\t\r]/.test(text) && !/^[+-]Inf$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

export interface CsvSeries {
  readonly query: string;
  readonly metric: Labels;
  readonly values: Column;
}

/** A row an instant, a column a series. */
export function graphCsv(timesS: readonly number[], series: readonly CsvSeries[]): string {
  const several = new Set(series.map((one) => one.query)).size > 1;
  const header = series.map(
    (one) => `${several ? `${one.query.toUpperCase()} ` : ''}${formatSeries(one.metric)}`,
  );
  const rows = timesS.map((time, index) => [
    new Date(time * 1000).toISOString(),
    ...series.map((one) => String(one.values[index] ?? '')),
  ]);
  return csv([['time', ...header], ...rows]);
}

interface TableRow {
  readonly query: string;
  readonly metric: Labels;
  readonly timeS: number;
  readonly value: string;
}

function tableRows(query: string, data: QueryData): TableRow[] {
  if (data.resultType === 'vector') {
    return data.result.map((one) => {
      const [timeS, value] = one.value ?? [
        one.histogram?.[0] ?? 0,
        JSON.stringify(one.histogram?.[1]),
      ];
      return { query, metric: one.metric, timeS, value };
    });
  }
  if (data.resultType === 'matrix') {
    return data.result.flatMap((one) => [
      ...(one.values ?? []).map(([timeS, value]) => ({ query, metric: one.metric, timeS, value })),
      ...(one.histograms ?? []).map(([timeS, value]) => ({
        query,
        metric: one.metric,
        timeS,
        value: JSON.stringify(value),
      })),
    ]);
  }
  return [{ query, metric: {}, timeS: data.result[0], value: data.result[1] }];
}

/** A row a sample, a column a label. */
export function tableCsv(
  answers: readonly { readonly query: string; readonly data: QueryData }[],
): string {
  const rows = answers.flatMap((answer) => tableRows(answer.query, answer.data));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.metric)))].sort();
  const body = rows.map((row) => [
    row.query.toUpperCase(),
    new Date(row.timeS * 1000).toISOString(),
    ...names.map((name) => (Object.hasOwn(row.metric, name) ? (row.metric[name] ?? '') : '')),
    row.value,
  ]);
  return csv([['query', 'time', ...names, 'value'], ...body]);
}
