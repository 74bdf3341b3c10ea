/**
 * `node --conditions=development packages/query/bench/logql.ts`
 *
 * Times metric queries over 400,000 log lines in memory: the cost of pipelines and evaluation alone, in nanoseconds a line.
 */
import {
  type LogCursor,
  LogqlEngine,
  type LogSource,
  parseLogql,
  timeOfMs,
} from '@sightline/query';
import { Labels } from '@sightline/store';
import { freeBudget } from '../src/promql/testing/memory-querier.ts';

const LINES = 400_000;
const STREAMS = 20;
const START_MS = 1_700_000_000_000;
const STEP_MS = 15_000;
const LEVELS = ['info', 'warn', 'error', 'debug'];

const streams = Array.from({ length: STREAMS }, (_, i) => {
  return Labels.of({ app: 'a', service_name: `s${i}`, env: 'prod' });
});
const times = Array.from({ length: LINES }, (_, i) => timeOfMs(START_MS + i));

const logfmt = Array.from({ length: 2000 }, (_, i) => {
  const path = `/api/v1/item/${i % 50}`;
  return `ts=2023-11-14T22:13:20Z level=${LEVELS[i % 4]} msg="request ${i} handled" method=GET path=${path} status=${200 + (i % 5)} duration=${i % 1000}ms user=u${i}`;
});
const json = Array.from({ length: 2000 }, (_, i) =>
  JSON.stringify({
    level: LEVELS[i % 4],
    msg: `request ${i} handled`,
    path: `/api/v1/item/${i % 50}`,
    status: 200 + (i % 5),
    user: { id: `u${i}`, ip: `10.0.0.${i % 256}` },
  }),
);

class Repeated implements LogCursor {
  readonly #lines: readonly string[];
  readonly metadata = ['trace_id', 'abc'];
  stream = Labels.empty;
  tHi = 0;
  tLo = 0;
  line = '';
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  next(): boolean {
    const i = this.#next++;
    const time = times[i];
    if (time === undefined) return false;
    this.tHi = time.hi;
    this.tLo = time.lo;
    this.stream = streams[i % STREAMS] ?? Labels.empty;
    this.line = this.#lines[i % this.#lines.length] ?? '';
    return true;
  }

  close(): void {}
}

const engine = new LogqlEngine({ maxSamples: 50_000_000, maxSeries: 5000 });

function time(query: string, lines: readonly string[]): void {
  const expr = parseLogql(query);
  if (expr.kind === 'log') throw new Error('not a metric query');
  const source: LogSource = { select: () => new Repeated(lines) };
  let bestMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const before = performance.now();
    engine.range(expr, START_MS, START_MS + LINES, STEP_MS, source, freeBudget);
    bestMs = Math.min(bestMs, performance.now() - before);
  }
  console.log(`${((bestMs / LINES) * 1e6).toFixed(0).padStart(6)} ns a line  ${query}`);
}

time('sum(count_over_time({app="a"}[1m]))', logfmt);
time('sum(count_over_time({app="a"} |= "error" [1m]))', logfmt);
time('sum(count_over_time({app="a"} |~ "item/[0-9]+ status=20[34]" [1m]))', logfmt);
time('sum by (level) (count_over_time({app="a"} | logfmt [1m]))', logfmt);
time('sum by (level) (count_over_time({app="a"} | json [1m]))', json);
time('count_over_time({app="a"} | logfmt | keep level, path [1m])', logfmt);
time(
  'quantile_over_time(0.9, {app="a"} | logfmt | unwrap duration(duration) [1m]) by (path)',
  logfmt,
);
time('sum(count_over_time({app="a"} | regexp `status=(?P<s>\\d+)` | s="203" [1m]))', logfmt);
