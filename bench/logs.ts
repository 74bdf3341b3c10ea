/**
 * `npm run bench -- logs [sightline|clickhouse]`: one million log records with 8 attributes each into Sightline (OTLP protobuf) and
 * ClickHouse (rows of JSON), then the questions that people ask of logs.
 */
import { join } from 'node:path';
import { temporaryDirectory } from '../test/harness/directory.ts';
import {
  encodeLogRows,
  encodeLogs,
  LOGS_SCHEMA,
  type LogRecord,
  makeLogs,
  NEEDLE,
  NEEDLE_PART,
  SPAN_MS,
} from './records/logs.ts';
import { type VersusQuery, versus } from './records/versus.ts';
import { RequestFile } from './request-file.ts';

const RECORDS = 1_000_000;
/** What a collector sends at a time; ClickHouse is given ten times as much, because it likes that better. */
const REQUEST_RECORDS = 1000;
const ROWS_PER_INSERT = 10_000;
const LIMIT = 100;

export async function benchLogs(args: readonly string[]): Promise<void> {
  const dir = temporaryDirectory('bench');
  const files = { ours: join(dir, 'logs.otlp'), theirs: join(dir, 'logs.rows') };
  const endMs = Date.now();
  const startMs = endMs - SPAN_MS;
  record(files, startMs);
  const queries = questions(startMs, endMs);
  process.stdout.write(`${RECORDS} log records, ${REQUEST_RECORDS} a request\n\n`);
  await versus(
    {
      item: 'log record',
      items: RECORDS,
      ours: { path: '/v1/logs', file: files.ours },
      theirs: { table: 'otel.logs', schema: LOGS_SCHEMA, file: files.theirs },
      queries,
    },
    args,
  );
}

function record(files: { ours: string; theirs: string }, startMs: number): void {
  const ours = new RequestFile(files.ours);
  const theirs = new RequestFile(files.theirs);
  let rows: LogRecord[] = [];
  let request: LogRecord[] = [];
  for (const one of makeLogs(RECORDS, startMs)) {
    rows.push(one);
    request.push(one);
    if (request.length === REQUEST_RECORDS) {
      ours.add(encodeLogs(request));
      request = [];
    }
    if (rows.length === ROWS_PER_INSERT) {
      theirs.add(encodeLogRows(rows));
      rows = [];
    }
  }
  ours.finish();
  theirs.finish();
}

function questions(startMs: number, endMs: number): VersusQuery[] {
  const newest = `ORDER BY Timestamp DESC LIMIT ${LIMIT}`;
  const columns = 'Timestamp, ServiceName, SeverityText, Body, LogAttributes';
  const lines = (logql: string) => async (url: string) => {
    const answer = await ask(url, logql, startMs, endMs, '');
    return answer.reduce((sum, { values }) => sum + values.length, 0);
  };
  return [
    {
      name: 'needle (a rare word)',
      ours: lines(`{service_name=~".+"} |= "${NEEDLE}"`),
      sql: `SELECT ${columns} FROM otel.logs WHERE hasToken(Body, '${NEEDLE}') ${newest}`,
    },
    {
      name: 'substring within a word',
      ours: lines(`{service_name=~".+"} |= "${NEEDLE_PART}"`),
      sql: `SELECT ${columns} FROM otel.logs WHERE Body LIKE '%${NEEDLE_PART}%' ${newest}`,
    },
    {
      name: 'stream and text',
      ours: lines('{service_name="checkout"} |= "timed out after 29"'),
      sql: `SELECT ${columns} FROM otel.logs WHERE ServiceName = 'checkout' AND Body LIKE '%timed out after 29%' ${newest}`,
    },
    {
      name: 'count by level and minute',
      ours: async (url) => {
        const logql = 'sum by (detected_level) (count_over_time({service_name=~".+"}[1m]))';
        return (await ask(url, logql, startMs, endMs, '60')).length;
      },
      sql: `SELECT level, groupArray(n) FROM (SELECT SeverityText AS level, toStartOfMinute(Timestamp) AS t, count() AS n FROM otel.logs GROUP BY level, t ORDER BY t) GROUP BY level`,
    },
    {
      name: 'attribute equality',
      ours: lines('{service_name=~".+"} | user_id="user-4711"'),
      sql: `SELECT ${columns} FROM otel.logs WHERE LogAttributes['user.id'] = 'user-4711' ${newest}`,
    },
    {
      name: 'newest 100 of a service',
      ours: lines('{service_name="checkout"}'),
      sql: `SELECT ${columns} FROM otel.logs WHERE ServiceName = 'checkout' ${newest}`,
    },
  ];
}

interface Stream {
  values: unknown[];
}

async function ask(
  url: string,
  logql: string,
  startMs: number,
  endMs: number,
  step: string,
): Promise<Stream[]> {
  const query = new URLSearchParams({
    query: logql,
    start: `${startMs}000000`,
    end: `${endMs}000000`,
    limit: String(LIMIT),
    ...(step === '' ? {} : { step }),
  });
  const response = await fetch(`${url}/loki/api/v1/query_range?${query}`);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const answer: { data: { result: Stream[] } } = JSON.parse(await response.text());
  return answer.data.result;
}
