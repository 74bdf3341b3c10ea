/**
 * The recorded stream of the metrics bench: remote-write requests in a file, the same bytes for every server.
 *
 * Model: node_exporter's real output is scraped `SCRAPES` times and turned into `INSTANCES` instances, each with its own levels and
 * rates (a factor per instance and series, values kept at the decimals they were written with, so that counters stay counters and
 * gauges stay as smooth or rough as they were). Scrapes are taken 15 s apart in the stream, whatever the recording took. Time by time,
 * series by series, the points are cut into requests of `REQUEST_SAMPLES`.
 *
 * File: u32 requests, then per request u32 length and a snappy block with a remote-write 1.0 request (little-endian).
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { compressSnappy, encodeWriteRequestV1, type WriteSeries } from '@sightline/wire';
import { projectRoot } from '../../test/harness/directory.ts';
import { startNodeExporter } from '../../test/harness/peers.ts';
import { sleep } from '../../test/harness/process.ts';

export const INSTANCES = 100;
export const SCRAPES = 60;
export const STEP_MS = 15_000;
export const REQUEST_SAMPLES = 2000;
const RECORD_EVERY_MS = 500;

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
export async function makeStream(path: string, endMs = Date.now()): Promise<Stream> {
  const recorded = await recording();
  const lastMs = Math.floor(endMs / STEP_MS) * STEP_MS;
  const startMs = lastMs - (SCRAPES - 1) * STEP_MS;
  const fd = openSync(path, 'w');
  writeSync(fd, Buffer.alloc(4));
  let requests = 0;
  let pending: WriteSeries[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const block = compressSnappy(encodeWriteRequestV1(pending));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    writeSync(fd, length);
    writeSync(fd, block);
    requests++;
    pending = [];
  };
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    for (let instance = 0; instance < INSTANCES; instance++) {
      // An instance is scraped at its own moment of the interval.
      const t = startMs + scrape * STEP_MS - Math.floor((instance * STEP_MS) / INSTANCES);
      for (let i = 0; i < recorded.length; i++) {
        const series = recorded[i];
        if (series === undefined) continue;
        const labels = [...series.labels, 'instance', `host-${instance}:9100`, 'job', 'node'];
        pending.push({
          labels: sorted(labels),
          samples: [{ t, value: valueAt(series, i, instance, scrape) }],
        });
        if (pending.length === REQUEST_SAMPLES) flush();
      }
    }
  }
  flush();
  const count = Buffer.alloc(4);
  count.writeUInt32LE(requests);
  writeSync(fd, count, 0, 4, 0);
  closeSync(fd);
  const series = recorded.length * INSTANCES;
  return {
    path,
    requests,
    samples: series * SCRAPES,
    series,
    startMs: startMs - STEP_MS,
    endMs: lastMs,
  };
}

/** The requests of a stream file, in order. */
export function readStream(path: string): Uint8Array[] {
  const file = readFileSync(path);
  const requests: Uint8Array[] = [];
  for (let at = 4; at < file.length; ) {
    const length = file.readUInt32LE(at);
    requests.push(file.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return requests;
}

function sorted(labels: string[]): string[] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i] ?? '', labels[i + 1] ?? '']);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}

function valueAt(series: RecordedSeries, index: number, instance: number, scrape: number): number {
  const first = Number(series.values[0]);
  const text = series.values[scrape] ?? '0';
  const value = Number(text);
  if (instance === 0 || first === 0 || first === 1 || !Number.isFinite(value)) return value;
  const level = 0.5 + mixed(index, instance) * 1.5;
  const rate = 0.3 + mixed(instance, index + 7) * 2.7;
  const decimals = text.includes('e') ? 0 : (text.split('.')[1]?.length ?? 0);
  return Number((first * level + (value - first) * rate).toFixed(decimals));
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
  const fd = openSync(temporary, 'w');
  writeSync(fd, JSON.stringify(recorded));
  closeSync(fd);
  renameSync(temporary, path);
  return recorded;
}

async function record(): Promise<RecordedSeries[]> {
  process.stderr.write(`recording node_exporter for ${(SCRAPES * RECORD_EVERY_MS) / 1000} s\n`);
  const exporter = await startNodeExporter();
  const series = new Map<string, RecordedSeries>();
  try {
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      const response = await fetch(`${exporter.url}/metrics`);
      for (const line of (await response.text()).split('\n')) addLine(series, line, scrape);
      await sleep(RECORD_EVERY_MS);
    }
  } finally {
    await exporter.stop();
  }
  // Series that come or go during the recording would make instances unequal.
  return [...series.values()].filter(({ values }) => values.length === SCRAPES);
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
