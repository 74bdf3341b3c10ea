/**
 * Searches over log records in a file, through the reader of a query thread: median of repeated queries, caches as large as by default.
 * Run: node --conditions=development packages/store/bench/logs.bench.ts [rows] [cache MiB] [name of a search]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogBatch, labelsFromPairs } from '@sightline/wire';
import { EmbeddedReader } from '../src/embedded/read/reader.ts';
import { RecordSegment } from '../src/embedded/record-head.ts';
import { RecordBlockEncoder } from '../src/embedded/records/block-encoder.ts';
import type { RecordBlock } from '../src/embedded/records/block-format.ts';
import { RecordFileWriter } from '../src/embedded/records/record-file.ts';
import { SeriesTable } from '../src/embedded/series.ts';
import type { LogRequest, RecordQuerier } from '../src/records.ts';
import { BASE_HI, makeLogs, random } from './generate.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const CACHE = Number(process.argv[3] ?? 16) * 1024 * 1024;
const ONLY = process.argv[4] ?? '';
const STREAMS = 20;
const FLUSH_ROWS = 131_072;
const RUNS = 9;
const DAY_MS = 86_400_000;
const budget = { addSamples: () => {}, addBytes: () => {}, poll: () => {} };

const dir = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
const folder = join(dir, 'tenants', 'one', 'logs');
mkdirSync(folder, { recursive: true });
const startMs = Math.floor((BASE_HI * 2 ** 32) / 1e6 / DAY_MS) * DAY_MS;
const fileName = `${new Date(startMs).toISOString().slice(0, 10)}.1.db`;

/** Of one record: what the searches look for. */
const sought = { request: '', user: '', customer: '' };

/** Writes the records in flushes, each in order of streams. */
function writeFile(): void {
  const { side, at, tLo } = makeLogs(ROWS);
  const writer = new RecordFileWriter(join(folder, fileName));
  const streamOf = Uint8Array.from({ length: ROWS }, () => random(STREAMS));
  const block = new RecordBlockEncoder('logs');
  // The generator's times are one word, which begins anew when it is full.
  const tHi = new Uint32Array(ROWS).fill(BASE_HI);
  for (let i = 1; i < ROWS; i++) tHi[i] = tHi[i - 1] + (tLo[i] < tLo[i - 1] ? 1 : 0);
  for (let start = 0, flush = 1; start < ROWS; start += FLUSH_ROWS, flush++) {
    const end = Math.min(ROWS, start + FLUSH_ROWS);
    const rows = Uint32Array.from({ length: end - start }, (_, i) => start + i);
    rows.sort((a, b) => streamOf[a] - streamOf[b] || a - b);
    const blocks: RecordBlock[] = [];
    for (const i of rows) {
      const length = at[i + 1] - at[i];
      const severity = [9, 9, 9, 5, 13, 17][i % 6];
      block.addLog(streamOf[i] + 1, tLo[i], tHi[i], severity, side.buffer, at[i], length);
      if (block.full) blocks.push(block.finish());
    }
    if (block.rows > 0) blocks.push(block.finish());
    const labels = Array.from({ length: flush === 1 ? STREAMS : 0 }, (_, i) =>
      labelsFromPairs(['service.name', `service-${i}`]),
    );
    writer.flush(flush, labels, blocks);
  }
  writer.checkpoint();
  writer.close();
}

const series = SeriesTable.create(STREAMS);

/** A head segment with as many rows as its turn has. */
function headSegment(): RecordSegment {
  const count = Math.min(ROWS, 262_144);
  const { side, at, tLo } = makeLogs(count);
  const sids = Array.from({ length: STREAMS }, (_, i) => {
    const labels = labelsFromPairs(['service.name', `service-${i}`]);
    return series.add(0, labels, 0, labels.length);
  });
  const batch = new LogBatch();
  batch.writer.copy(side.buffer, 0, side.length);
  for (let i = 0; i < count; i++) {
    batch.writer.length = at[i + 1];
    batch.push(sids[random(STREAMS)], tLo[i], BASE_HI, [9, 9, 9, 5, 13, 17][i % 6], at[i]);
  }
  const segment = RecordSegment.create('logs', count, side.length);
  segment.reset(1000);
  segment.append(batch);
  return segment;
}

/** Whether searches are over the head rather than the file. */
let head: RecordSegment | undefined;

function open(): { reader: EmbeddedReader; querier: RecordQuerier } {
  const logs = head === undefined ? [] : [head.shared];
  const handle = { dir, series: series.shared, segments: [], logs, spans: [] };
  const reader = new EmbeddedReader(handle, { cacheBytes: CACHE, openFiles: 8 });
  const file = { fileName, startMs, endMs: startMs + DAY_MS, retentionClass: '' };
  const pinned = { slot: 0, number: 1000, rows: 0, spanRows: 0, logRows: head?.rows ?? 0 };
  const isHead = head !== undefined;
  const snapshot = {
    ...{ id: 1, tenant: 'one', tenantIndex: 0, files: [], spanFiles: [] },
    ...{ segments: isHead ? [pinned] : [], logFiles: isHead ? [] : [file] },
    ...{ metadata: [], exemplars: [] },
  };
  return { reader, querier: reader.records(snapshot, budget) };
}

const everything: LogRequest = {
  wants: () => true,
  from: { lo: 0, hi: 0 },
  to: { lo: 0, hi: 2 ** 32 - 1 },
  backward: true,
  texts: [],
  fields: [],
  budget,
};

function read(querier: RecordQuerier, request: Partial<LogRequest>, limit: number): number {
  const rows = querier.logs({ ...everything, ...request });
  let n = 0;
  let length = 0;
  for (; n < limit && rows.next(); n++) length += rows.body.length + rows.fields.length;
  rows.close();
  return length === 0 ? 0 : n;
}

/** As a metric query that parses lines does. */
function readLines(querier: RecordQuerier): number {
  const rows = querier.logs({ ...everything, backward: false });
  let n = 0;
  for (; rows.next(); n++) if (rows.body.length === 0) throw new Error('no body');
  rows.close();
  return n;
}

function texts(...needles: string[]): Pick<LogRequest, 'texts'> {
  return { texts: needles.map((needle) => ({ anyOf: [needle], negated: false })) };
}

function countByLevel(querier: RecordQuerier): number {
  const from = { lo: 0, hi: BASE_HI };
  const to = { lo: 0, hi: BASE_HI + 16 };
  const groupOf = (_stream: unknown, severity: number): number => severity;
  const request = { ...everything, from, to, intervalMs: 1000, sizes: false, groupOf };
  const counts = querier.countLogs(request);
  return counts.reduce((sum, { records }) => sum + records.reduce((a, b) => a + b, 0), 0);
}

function measure(name: string, run: (querier: RecordQuerier) => number): void {
  if (!name.includes(ONLY)) return;
  const { reader, querier } = open();
  const times: number[] = [];
  let found = 0;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    found = run(querier);
    times.push(performance.now() - start);
  }
  const first = times[0];
  times.sort((a, b) => a - b);
  const shown = [first, times[RUNS >> 1]].map((ms) => ms.toFixed(1).padStart(7)).join(' ms first');
  console.log(`${name.padEnd(28)} ${shown} ms p50, ${found} found`);
  querier.close();
  reader.close();
}

/** Takes words of a record in the middle. */
function seek(querier: RecordQuerier): void {
  const rows = querier.logs({ ...everything, ...texts('for customer ') });
  for (let i = 0; i < ROWS / 50; i++) rows.next();
  const fields = new Map(
    rows.fields.flatMap((name, i, all) => (i % 2 ? [] : [[name, all[i + 1]]])),
  );
  sought.request = fields.get('request.id') ?? '';
  sought.user = fields.get('user.id') ?? '';
  sought.customer = /order (\w+)/.exec(rows.body)?.[1] ?? '';
  rows.close();
}

function searchAll(): void {
  const opened = open();
  seek(opened.querier);
  opened.querier.close();
  opened.reader.close();
  const { request, user, customer } = sought;
  measure('newest 100', (querier) => read(querier, {}, 100));
  measure('newest 100 of a stream', (querier) =>
    read(querier, { wants: (stream) => stream.get('service.name') === 'service-7' }, 100),
  );
  measure('needle, a unique word', (querier) => read(querier, texts(customer), 1000));
  measure('needle between blanks', (querier) => read(querier, texts(` ${customer} `), 1000));
  measure('word that is nowhere', (querier) => read(querier, texts(' surelynotthere '), 1000));
  measure('substring, 100 newest', (querier) => read(querier, texts('imed ou'), 100));
  measure('substring of few', (querier) => read(querier, texts(customer.slice(1, -1)), 1000));
  measure('stream and text', (querier) =>
    read(
      querier,
      {
        wants: (stream) => stream.get('service.name') === 'service-7',
        ...texts('customer 777'),
      },
      1000,
    ),
  );
  measure('attribute, unique', (querier) =>
    read(querier, { fields: [{ names: ['request.id'], value: request }] }, 1000),
  );
  measure('attribute, 20 records', (querier) =>
    read(querier, { fields: [{ names: ['user.id'], value: user }] }, 1000),
  );
  measure('attribute, 100 newest', (querier) =>
    read(querier, { fields: [{ names: ['http.route'], value: '/api/cart' }] }, 100),
  );
  measure('count by level', countByLevel);
  measure('all lines', (querier) => readLines(querier));
}

writeFile();
searchAll();
console.log('the head:');
head = headSegment();
searchAll();
rmSync(dir, { recursive: true });
