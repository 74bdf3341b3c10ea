/**
 * The recorded stream of the metrics bench: remote-write requests in a file, the same bytes for every server.
 *
 * Model: node_exporter's real output is scraped `RECORDED_SCRAPES` times and turned into many instances, each with its own levels and
 * rates (a factor per instance and series, values kept at the decimals they were written with, so that counters stay counters and
 * gauges stay as smooth or rough as they were). A longer stream goes through the recording again, each time on top of where the last
 * ended. Scrapes are `stepMs` apart in the stream, whatever the recording took. Time by time, series by series, the points are
 * cut into requests of `REQUEST_SAMPLES`. With churn, a share of the series gets another `pod` label every hour.
 *
 * Each request is a snappy block with a remote-write 1.0 request.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compressSnappy, encodeWriteRequestV1, type WriteSeries } from '@sightline/wire';
import { projectRoot } from '../../test/harness/directory.ts';
import { startNodeExporter } from '../../test/harness/peers.ts';
import { sleep } from '../../test/harness/process.ts';
import { RequestFile } from '../request-file.ts';

const RECORDED_SCRAPES = 60;
const REQUEST_SAMPLES = 2000;
const RECORD_EVERY_MS = 500;
const HOUR_MS = 3_600_000;

export interface StreamPlan {
  instances: number;
  scrapes: number;
  stepMs: number;
  /** Share of the series that is replaced every hour, 0 for none. */
  churnPerHour: number;
}

/** A quarter of an hour of 100 machines, scraped every 15 s. */
export const STEADY: StreamPlan = { instances: 100, scrapes: 60, stepMs: 15_000, churnPerHour: 0 };
/** A day of 10 machines, scraped every minute, 5 % of the series replaced every hour. */
export const CHURN: StreamPlan = {
  instances: 10,
  scrapes: 1440,
  stepMs: 60_000,
  churnPerHour: 0.05,
};

export interface Stream {
  path: string;
  requests: number;
  samples: number;
  series: number;
  /** Unix ms of the first and the last scrape. */
  startMs: number;
  endMs: number;
}

interface RecordedSeries {
  labels: string[];
  /** Value texts, scrape by scrape. */
  values: string[];
}

/** Writes the stream that ends now; the recording is made once and kept in `.cache`. */
export async function makeStream(
  path: string,
  plan: StreamPlan,
  endMs = Date.now(),
): Promise<Stream> {
  const recorded = await recording();
  const { instances, scrapes, stepMs } = plan;
  const lastMs = Math.floor(endMs / stepMs) * stepMs;
  const startMs = lastMs - (scrapes - 1) * stepMs;
  const writer = new RequestWriter(path);
  let churned = 0;
  for (let scrape = 0; scrape < scrapes; scrape++) {
    for (let instance = 0; instance < instances; instance++) {
      // An instance is scraped at its own moment of the interval.
      const t = startMs + scrape * stepMs - Math.floor((instance * stepMs) / instances);
      const hour = Math.floor((scrape * stepMs) / HOUR_MS);
      const firstOfHour = scrape > 0 && hour !== Math.floor(((scrape - 1) * stepMs) / HOUR_MS);
      for (let i = 0; i < recorded.length; i++) {
        const labels = [...recorded[i].labels, 'instance', `host-${instance}:9100`, 'job', 'node'];
        if (plan.churnPerHour > 0) {
          // File systems stay, so that a join over them has one partner at any time.
          const share = recorded[i].labels[1].startsWith('node_filesystem') ? 0 : plan.churnPerHour;
          labels.push('pod', `pod-${generation(i, instance, hour, share)}`);
          if (firstOfHour && isReplaced(i, instance, hour, share)) churned++;
        }
        const value = valueAt(recorded[i], i, instance, scrape);
        writer.add({ labels: sorted(labels), samples: [{ t, value }] });
      }
    }
  }
  const series = recorded.length * instances;
  return {
    path,
    requests: writer.finish(),
    samples: series * scrapes,
    series: series + churned,
    startMs: startMs - stepMs,
    endMs: lastMs,
  };
}

/** Cuts series into requests and writes them to a stream file. */
class RequestWriter {
  readonly #file: RequestFile;
  #pending: WriteSeries[] = [];

  constructor(path: string) {
    this.#file = new RequestFile(path);
  }

  add(series: WriteSeries): void {
    this.#pending.push(series);
    if (this.#pending.length === REQUEST_SAMPLES) this.#write();
  }

  /** Ends the file; returns the number of requests. */
  finish(): number {
    if (this.#pending.length > 0) this.#write();
    return this.#file.finish();
  }

  #write(): void {
    this.#file.add(compressSnappy(encodeWriteRequestV1(this.#pending)));
    this.#pending = [];
  }
}

/** How often a series has been replaced by the end of an hour's beginning. */
function generation(series: number, instance: number, hour: number, share: number): number {
  let replaced = 0;
  for (let h = 1; h <= hour; h++) if (isReplaced(series, instance, h, share)) replaced++;
  return replaced;
}

function isReplaced(series: number, instance: number, hour: number, share: number): boolean {
  return mixed(series * 31 + instance, hour * 101 + 13) < share;
}

function sorted(labels: string[]): string[] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}

function valueAt(series: RecordedSeries, index: number, instance: number, scrape: number): number {
  const first = Number(series.values[0]);
  const text = series.values[scrape % RECORDED_SCRAPES];
  const round = Math.floor(scrape / RECORDED_SCRAPES);
  const value = Number(text);
  if (first === 0 || first === 1 || !Number.isFinite(value)) return value;
  const level = instance === 0 ? 1 : 0.5 + mixed(index, instance) * 1.5;
  const rate = instance === 0 ? 1 : 0.3 + mixed(instance, index + 7) * 2.7;
  const isCounter = /_(total|sum|count|bucket)$/.test(series.labels[1]);
  const gained = Number(series.values[RECORDED_SCRAPES - 1]) - first;
  const increase = value - first + (isCounter ? round * gained : 0);
  const decimals = text.includes('e') ? 0 : (text.split('.')[1]?.length ?? 0);
  return Number((first * level + increase * rate).toFixed(decimals));
}

/** A number in [0, 1) that depends on both arguments (Knuth's multiplicative hashing). */
function mixed(a: number, b: number): number {
  let h = Math.imul(a + 1, 2654435761) ^ Math.imul(b + 1, 2246822519);
  h = Math.imul(h ^ (h >>> 15), 2654435761);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}

async function recording(): Promise<RecordedSeries[]> {
  const dir = join(projectRoot, '.cache');
  const path = join(dir, 'node-exporter.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  mkdirSync(dir, { recursive: true });
  const recorded = await record();
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(recorded));
  renameSync(temporary, path);
  return recorded;
}

async function record(): Promise<RecordedSeries[]> {
  process.stderr.write(
    `recording node_exporter for ${(RECORDED_SCRAPES * RECORD_EVERY_MS) / 1000} s\n`,
  );
  const exporter = await startNodeExporter();
  const series = new Map<string, RecordedSeries>();
  try {
    for (let scrape = 0; scrape < RECORDED_SCRAPES; scrape++) {
      const response = await fetch(`${exporter.url}/metrics`);
      for (const line of (await response.text()).split('\n')) addLine(series, line, scrape);
      await sleep(RECORD_EVERY_MS);
    }
  } finally {
    await exporter.stop();
  }
  // Series that come or go during the recording would make instances unequal.
  return [...series.values()].filter(({ values }) => values.length === RECORDED_SCRAPES);
}

function addLine(series: Map<string, RecordedSeries>, line: string, scrape: number): void {
  const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (parts === null) return;
  const key = `${parts[1]}{${parts[2] ?? ''}}`;
  let one = series.get(key);
  if (one === undefined) {
    const labels = ['__name__', parts[1] ?? ''];
    for (const [, name, value] of (parts[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.push(
        name ?? '',
        (value ?? '').replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)),
      );
    }
    one = { labels, values: [] };
    series.set(key, one);
  }
  if (one.values.length === scrape) one.values.push(parts[3] ?? '');
}
