/**
 * A real Prometheus scrapes real targets, itself and a native histogram, and sends everything on to the server by remote write:
 * both then have the same samples, and must answer the same queries alike. What 2.42 answers otherwise is listed in
 * promqltest/scraped-queries.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startNodeExporter, startPrometheus, startSightline } from './harness/peers.ts';
import { sleep, until } from './harness/process.ts';
import { compareAnswers } from './promqltest/compare-answers.ts';
import { HttpTarget } from './promqltest/http-target.ts';
import { startNativeTarget } from './promqltest/native-target.ts';
import { SCRAPED_QUERIES } from './promqltest/scraped-queries.ts';
import type { Query } from './promqltest/target.ts';

const SCRAPED_MS = 6000;
const SCRAPE_MS = 200;
/** Several scrapes lie in a window, many in a long one. */
const WINDOW_MS = 1300;
const LONG_WINDOW_MS = 4100;
/** Evaluation ends this long ago, for offsets into the future. */
const MARGIN_MS = 2500;
const TIMES = 4;

test('samples that a Prometheus scraped and sent on are answered as it does itself', async () => {
  const [exporter, sightline, native] = await Promise.all([
    startNodeExporter(),
    // Small flushes: some samples come from day files, some from the head.
    startSightline({
      args: ['--no-self-enabled', '--flush-interval-ms', '2s', '--flush-min-rows', '1000'],
    }),
    startNativeTarget(),
  ]);
  const config = (scrapes: string) => `
global: {scrape_interval: ${SCRAPE_MS}ms}
scrape_configs: ${scrapes}
remote_write:
  - url: ${sightline.url}/api/v1/write
    send_native_histograms: true
    queue_config: {batch_send_deadline: 200ms}
`;
  const job = (name: string, address: string) =>
    `\n  - {job_name: ${name}, static_configs: [{targets: ["${address}"]}]}`;
  const targets = [
    job('node', exporter.url.slice('http://'.length)),
    job('prometheus', '$SELF'),
    job('native', native.address),
    job('gone', '127.0.0.1:1'),
  ];
  const prometheus = await startPrometheus(
    (address) => config(targets.join('').replace('$SELF', address)),
    ['--enable-feature=native-histograms'],
  );
  try {
    const theirs = new HttpTarget({ url: prometheus.url });
    const ours = new HttpTarget({ url: sightline.url });
    // Of all series: those of one scrape may come in several requests.
    const last = async (target: HttpTarget) => {
      const expr = 'min(timestamp({job=~".+"}))';
      const answer = await target.query('default', { kind: 'instant', expr, timeMs: Date.now() });
      return answer.ok ? (answer.series[0]?.points[0]?.v ?? 0) * 1000 : 0;
    };
    // Sending begins when the log has been read once, some seconds after the start.
    await until('samples arrive', async () => (await last(ours)) > 0, 60_000);
    await sleep(SCRAPED_MS);
    const { timeMs, samples } = await timeOffSamples(theirs);
    await until('every sample has arrived', async () => (await last(ours)) > timeMs + MARGIN_MS);
    const differences: string[] = [];
    const texts = subqueriesHit(samples)
      ? SCRAPED_QUERIES.filter((text) => !/\[\w+:/.test(text))
      : SCRAPED_QUERIES;
    for (const query of texts.flatMap((text) => atTimes(text, timeMs))) {
      const [a, b] = await Promise.all([
        theirs.query('default', query),
        ours.query('default', query),
      ]);
      const difference = compareAnswers(a, b);
      if (difference !== null) differences.push(`${JSON.stringify(query)}\n  ${difference}`);
    }
    const shown = differences.slice(0, 20).join('\n');
    assert.equal(differences.length, 0, `${differences.length} differ:\n${shown}`);
    const [a, b] = await Promise.all(
      [prometheus, sightline].map(({ url }) => nativeHistogram(url, timeMs)),
    );
    assert.equal(a?.length, 5);
    assert.deepEqual(b, a);
  } finally {
    native.server.close();
    await Promise.all([prometheus.stop(), sightline.stop(), exporter.stop()]);
  }
});

const STEP_MS = 250;
const RANGE_MS = 1500;

/** The query at several times, in turn as an instant and a range query. */
function atTimes(text: string, endMs: number): Query[] {
  const expr = text
    .replaceAll(/\bW\b/g, `${WINDOW_MS}ms`)
    .replaceAll(/\bL\b/g, `${LONG_WINDOW_MS}ms`)
    .replaceAll(/\bA\b/g, ((endMs - STEP_MS) / 1000).toFixed(3));
  return Array.from({ length: TIMES }, (_, i): Query => {
    const timeMs = endMs - i * STEP_MS;
    if (i % 2 === 0) return { kind: 'instant', expr, timeMs };
    return { kind: 'range', expr, startMs: timeMs - RANGE_MS, endMs: timeMs, stepMs: STEP_MS };
  });
}

/**
 * A time for which every window of `atTimes` begins between two samples that follow one another in time: 2.42 includes a sample on the
 * boundary, and extrapolates otherwise where a scrape came late or a counter began. Waits for one, and returns the samples of that time too.
 */
async function timeOffSamples(target: HttpTarget) {
  const windows = [WINDOW_MS, LONG_WINDOW_MS, 2 * WINDOW_MS, LONG_WINDOW_MS + WINDOW_MS];
  const steps = Array.from({ length: TIMES + RANGE_MS / STEP_MS }, (_, i) => i * STEP_MS);
  const begins = steps.flatMap((step) => windows.map((window) => step + window));
  for (let attempt = 0; attempt < 60; attempt++) {
    const nowMs = Date.now();
    const answer = await target.query('default', {
      kind: 'instant',
      // The requests for queries are counted from the first of them, which is made here.
      expr: '{__name__=~"up|prometheus_http_request_duration_seconds_count",handler=~"|/api/v1/query"}[1m]',
      timeMs: nowMs,
    });
    assert.ok(answer.ok);
    const series = answer.series.map(({ points }) => points.map(({ t }) => t));
    const isClean = (beginMs: number) =>
      series.every((samples) => {
        const next = samples.find((ms) => ms >= beginMs) ?? Number.POSITIVE_INFINITY;
        return next > beginMs && next <= beginMs + SCRAPE_MS;
      });
    for (let timeMs = nowMs - MARGIN_MS; timeMs > nowMs - MARGIN_MS - SCRAPE_MS; timeMs--) {
      if (begins.every((ms) => isClean(timeMs - ms))) {
        return { timeMs, samples: new Set(series.flat()) };
      }
    }
    await sleep(500);
  }
  throw new Error('scrapes never came on time');
}

/** Whether a window inside a subquery begins on a sample: its steps are multiples of its resolution, wherever the samples lie. */
function subqueriesHit(samples: ReadonlySet<number>): boolean {
  const resolutions = [1000, 2000, WINDOW_MS];
  return [...samples].some((ms) => resolutions.some((step) => (ms + WINDOW_MS) % step === 0));
}

/** Buckets as the API shows them. Prometheus' table of bounds is off by some last digits. */
async function nativeHistogram(url: string, timeMs: number): Promise<number[][]> {
  const form = new URLSearchParams({ query: 'native_seconds', time: `${timeMs / 1000}` });
  const response = await fetch(`${url}/api/v1/query?${form}`);
  const [series] = JSON.parse(await response.text()).data.result;
  const buckets: (string | number)[][] = series.histogram[1].buckets;
  return buckets.map((bucket) => bucket.map((part) => Number(Number(part).toPrecision(14))));
}
