/**
 * The server against a real Prometheus: the same samples over remote write, random queries over the HTTP API, evaluated off
 * the times of the samples. What Prometheus 2.42 is known to answer otherwise is listed in promqltest/random-queries.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startPrometheus, startSightline } from './harness/peers.ts';
import { compareAnswers } from './promqltest/compare-answers.ts';
import { HttpTarget } from './promqltest/http-target.ts';
import { randomQueries } from './promqltest/random-queries.ts';
import { randomSeries, SERIES_DURATION_MS } from './promqltest/random-series.ts';
import type { Query } from './promqltest/target.ts';

const SEED = 20_251_121;
const QUERIES = 800;
const TENANT = 'compare';

test('random queries are answered as Prometheus does', async () => {
  const [prometheus, sightline] = await Promise.all([startPrometheus(), startSightline()]);
  try {
    const startMs = Math.floor(Date.now() / 60_000) * 60_000 - SERIES_DURATION_MS;
    const series = randomSeries(startMs, SEED);
    const theirs = new HttpTarget({ url: prometheus.url });
    const ours = new HttpTarget({ url: sightline.url });
    await Promise.all([theirs.load(TENANT, series), ours.load(TENANT, series)]);
    const queries = fc.sample(randomQueries((startMs + 1_200_500) / 1000), {
      seed: SEED,
      numRuns: QUERIES,
    });
    const differences: string[] = [];
    let withValues = 0;
    for (const [i, expr] of queries.entries()) {
      const query = queryAt(expr, startMs, i);
      const [a, b] = await Promise.all([theirs.query(TENANT, query), ours.query(TENANT, query)]);
      if (a.ok && a.series.length > 0) withValues++;
      const difference = compareAnswers(a, b);
      if (difference !== null) differences.push(`${JSON.stringify(query)}\n  ${difference}`);
    }
    assert.ok(withValues > QUERIES / 3, `only ${withValues} of ${QUERIES} queries found anything`);
    const shown = differences.slice(0, 20).join('\n');
    assert.equal(differences.length, 0, `${differences.length} of ${QUERIES} differ:\n${shown}`);
  } finally {
    await Promise.all([prometheus.stop(), sightline.stop()]);
  }
});

/** Every other query is a range query; times are never a whole number of seconds behind a sample. */
function queryAt(expr: string, startMs: number, i: number): Query {
  const timeMs = startMs + 1_080_000 + ((i * 7919) % 900_000) + 7;
  if (i % 2 === 0) return { kind: 'instant', expr, timeMs };
  const stepMs = [15_003, 60_001, 37_111][i % 3] ?? 60_001;
  return { kind: 'range', expr, startMs: timeMs, endMs: timeMs + stepMs * (i % 20), stepMs };
}
