/**
 * Log records and spans through the whole write path: journal, head, flush. Figures are CPU of the process, all threads.
 * Run: node --conditions=development packages/store/bench/record-store.bench.ts [rows]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FieldWriter,
  hashBytes,
  LogBatch,
  labelsFromPairs,
  SpanBatch,
  taggedSeed,
} from '@sightline/wire';
import { type EmbeddedStore, openEmbeddedStore } from '../src/embedded/embedded-store.ts';
import { embeddedDefaults } from '../src/embedded/options.ts';

const ROWS = Number(process.argv[2] ?? 200_000);
const BATCH = 1000;
const STREAMS = 20;
/** Spans of one trace come in two batches this far from each other. */
const APART = 20;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const ROUTES = ['/api/cart', '/api/checkout', '/api/products/:id', '/api/users/:id', '/health'];
const STATUS = new TextEncoder().encode('http.response.status_code');
const DURATION = new TextEncoder().encode('duration_ms');
const seed = taggedSeed('bench');
const startLo = Date.now() * 1000;

let state = 12345;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

function pick<T>(from: readonly T[]): T {
  return from[random(from.length)];
}

function hex(digits: number): string {
  let text = '';
  while (text.length < digits) text += random(65536).toString(16).padStart(4, '0');
  return text;
}

function streams(store: EmbeddedStore): number[] {
  const resolver = store.resolver('bench');
  return Array.from({ length: STREAMS }, (_, n) => {
    const pairs = ['k8s.pod.name', `pod-${n}`, 'service.name', `service-${n % 7}`];
    const bytes = labelsFromPairs(pairs);
    hashBytes(bytes, 0, bytes.length, seed);
    return resolver.register(bytes, bytes.length);
  });
}

function randomBytes(writer: FieldWriter, n: number): void {
  for (let i = 0; i < n; i++) writer.byte(random(256));
}

function fields(writer: FieldWriter): void {
  writer.text('http.request.method', pick(METHODS));
  writer.text('http.route', pick(ROUTES));
  writer.int(STATUS, 0, STATUS.length, pick([200, 200, 200, 404, 500]), 0);
  const bits = new Uint32Array(Float64Array.of(random(300_000) / 100).buffer);
  writer.double(DURATION, 0, DURATION.length, bits[0], bits[1]);
  writer.text('client.address', `10.${random(4)}.${random(256)}.${random(256)}`);
  writer.text('user.id', `user-${random(50_000)}`);
  writer.text('k8s.node.name', `node-${random(30)}`);
  writer.text('request.id', `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`);
}

/** Nanoseconds as two words: 30 us from row to row, some later than those behind them. */
function time(i: number): [number, number] {
  const us = startLo + i * 30 + random(2000);
  const low = (us % 2 ** 32) * 1000;
  return [low % 2 ** 32, Math.floor(us / 2 ** 32) * 1000 + Math.floor(low / 2 ** 32)];
}

function logs(of: readonly number[], from: number): LogBatch {
  const batch = new LogBatch();
  for (let i = 0; i < BATCH; i++) {
    const at = batch.sideLength;
    const traced = random(2) === 0;
    batch.writer.byte(traced ? 3 : 0);
    if (traced) randomBytes(batch.writer, 24);
    const text = `request completed path=${pick(ROUTES)} status=200 duration=${random(3000)}ms bytes=${random(90_000)}`;
    batch.writer.prefixedText(text);
    fields(batch.writer);
    const [lo, hi] = time(from + i);
    // Four resources a request.
    const stream = of[(Math.floor((i / BATCH) * 4) + from / BATCH) % STREAMS];
    batch.push(stream, lo, hi, 9, at);
  }
  return batch;
}

/** Traces of eight spans. */
function spans(of: readonly number[], from: number): SpanBatch {
  const batch = new SpanBatch();
  const { writer } = batch;
  const number = from / BATCH;
  const pair = Math.floor(number / (2 * APART)) * APART + (number % APART);
  for (let i = 0; i < BATCH; i++) {
    const at = batch.sideLength;
    const trace = pair * 1000 + Math.floor(i / 4);
    writer.fixed64(Math.imul(trace, 0x9e3779b1), Math.imul(trace, 0x85ebca6b));
    writer.fixed64(Math.imul(trace, 0xc2b2ae35), Math.imul(trace, 0x27d4eb2f));
    randomBytes(writer, 16);
    writer.prefixedText(`${pick(METHODS)} ${pick(ROUTES)}`);
    const begun = writer.begin();
    fields(writer);
    writer.end(begun);
    writer.byte(0);
    writer.byte(0);
    const row = batch.push(of[number % STREAMS], at);
    const [lo, hi] = time(from + i);
    const end = lo + random(50_000_000);
    batch.startLo[row] = lo;
    batch.startHi[row] = hi;
    batch.endLo[row] = end;
    batch.endHi[row] = end >= 2 ** 32 ? hi + 1 : hi;
    batch.kind[row] = 2;
  }
  return batch;
}

for (const signal of ['logs', 'spans'] as const) {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const store = await openEmbeddedStore({
    ...embeddedDefaults,
    dir,
    log: (level, message) => console.log(level, message),
    onFatal: (error) => {
      throw error;
    },
  });
  const of = streams(store);
  const make = signal === 'logs' ? logs : spans;
  const batches = Array.from({ length: ROWS / BATCH }, (_, i) => make(of, i * BATCH));
  const bytes = batches.reduce((sum, { sideLength }) => sum + sideLength, 0);
  const cpu = process.cpuUsage();
  const main = process.threadCpuUsage();
  const began = performance.now();
  for (const batch of batches) {
    if (batch instanceof LogBatch) await store.appendLogs('bench', batch, null);
    else await store.appendSpans('bench', batch, null);
  }
  const per = (used: { user: number; system: number }): string =>
    ((used.user + used.system) / ROWS).toFixed(2);
  const append = per(process.threadCpuUsage(main));
  await store.flushNow();
  const ms = performance.now() - began;
  const { diskBytes } = store.stats();
  console.log(
    `${signal}: ${ROWS} of ${(bytes / ROWS).toFixed(0)} bytes; append ${append} us, with flush ${per(process.cpuUsage(cpu))} us; ${((ROWS / ms) * 1000).toFixed(0)} a second; ${(diskBytes / ROWS).toFixed(1)} bytes on disk`,
  );
  await store.close();
  rmSync(dir, { recursive: true });
}
