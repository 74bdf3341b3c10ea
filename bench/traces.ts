/**
 * `npm run bench -- traces [sightline|clickhouse]`: 500,000 spans in traces of ten into Sightline (OTLP protobuf) and ClickHouse (rows
 * of JSON), then the questions that people ask of traces.
 */
import { join } from 'node:path';
import { temporaryDirectory } from '../test/harness/directory.ts';
import {
  encodeSpanRows,
  encodeSpans,
  makeTraces,
  SPANS_PER_TRACE,
  SPANS_SCHEMA,
  type Span,
} from './records/spans.ts';
import { type VersusQuery, versus } from './records/versus.ts';
import { RequestFile } from './request-file.ts';

const SPANS = 500_000;
const REQUEST_SPANS = 1000;
const ROWS_PER_INSERT = 10_000;
const HOUR_MS = 3_600_000;

export async function benchTraces(args: readonly string[]): Promise<void> {
  const dir = temporaryDirectory('bench');
  const files = { ours: join(dir, 'spans.otlp'), theirs: join(dir, 'spans.rows') };
  const endMs = Date.now();
  const traceId = record(files, endMs - HOUR_MS);
  process.stdout.write(`${SPANS} spans, ${REQUEST_SPANS} a request\n\n`);
  await versus(
    {
      item: 'span',
      items: SPANS,
      ours: { path: '/v1/traces', file: files.ours },
      theirs: { table: 'otel.traces', schema: SPANS_SCHEMA, file: files.theirs },
      queries: questions(traceId, endMs - HOUR_MS, endMs + 60_000),
    },
    args,
  );
}

/** Returns the id of a trace in the middle. */
function record(files: { ours: string; theirs: string }, startMs: number): string {
  const ours = new RequestFile(files.ours);
  const theirs = new RequestFile(files.theirs);
  let rows: Span[] = [];
  let request: Span[] = [];
  let chosen = '';
  let n = 0;
  for (const spans of makeTraces(SPANS / SPANS_PER_TRACE, startMs)) {
    n += spans.length;
    if (n >= SPANS / 2 && chosen === '') chosen = spans[0]?.traceId ?? '';
    rows.push(...spans);
    request.push(...spans);
    if (request.length >= REQUEST_SPANS) {
      ours.add(encodeSpans(request));
      request = [];
    }
    if (rows.length >= ROWS_PER_INSERT) {
      theirs.add(encodeSpanRows(rows));
      rows = [];
    }
  }
  ours.finish();
  theirs.finish();
  return chosen;
}

function questions(traceId: string, startMs: number, endMs: number): VersusQuery[] {
  const tempo = (traceql: string) => async (url: string) => {
    const query = new URLSearchParams({
      q: traceql,
      start: String(Math.floor(startMs / 1000)),
      end: String(Math.ceil(endMs / 1000)),
      limit: '20',
    });
    const answer: { traces: unknown[] } = await get(`${url}/tempo/api/search?${query}`);
    return answer.traces.length;
  };
  const traces = (where: string): string =>
    `SELECT TraceId, min(Timestamp) AS start FROM otel.traces WHERE ${where} GROUP BY TraceId ORDER BY start DESC LIMIT 20`;
  return [
    {
      name: 'trace by id',
      ours: async (url) => {
        const answer: { data: { spans: unknown[] }[] } = await get(
          `${url}/jaeger/api/traces/${traceId}`,
        );
        return answer.data[0]?.spans.length ?? 0;
      },
      // Asking traces_trace_id_ts for the time first is slower over so few days.
      sql: `SELECT * FROM otel.traces WHERE TraceId = '${traceId}' ORDER BY Timestamp`,
    },
    {
      name: 'newest 20 traces with errors',
      ours: tempo('{status=error}'),
      sql: traces(`StatusCode = 'Error'`),
    },
    {
      name: 'newest 20 traces of a service that took long',
      ours: tempo('{resource.service.name="payments" && duration>55ms}'),
      sql: traces(`ServiceName = 'payments' AND Duration > 55000000`),
    },
    {
      name: 'attribute equality',
      ours: tempo('{span.user.id="user-4711"}'),
      sql: traces(`SpanAttributes['user.id'] = 'user-4711'`),
    },
    {
      name: 'rate by service over an hour',
      ours: async (url) => {
        const query = new URLSearchParams({
          q: '{} | rate() by (resource.service.name)',
          start: String(Math.floor(startMs / 1000)),
          end: String(Math.ceil(endMs / 1000)),
          step: '60s',
        });
        const answer: { series: unknown[] } = await get(
          `${url}/tempo/api/metrics/query_range?${query}`,
        );
        return answer.series.length;
      },
      sql: `SELECT service, groupArray(n) FROM (SELECT ServiceName AS service, toStartOfMinute(Timestamp) AS t, count() / 60 AS n FROM otel.traces GROUP BY service, t ORDER BY t) GROUP BY service`,
    },
  ];
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return JSON.parse(await response.text());
}
