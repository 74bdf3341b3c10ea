/** Log records in files and head segments that a test puts together, and the reader over them. Not for use outside tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LogBatch, labelsFromPairs } from '@sightline/wire';
import type { QueryBudget } from '../../../querier.ts';
import type { LogRequest, LogRows, RecordQuerier } from '../../../records.ts';
import type { EmbeddedSnapshot } from '../../embedded-store.ts';
import { RecordSegment } from '../../record-head.ts';
import { RecordBlockEncoder } from '../../records/block-encoder.ts';
import { RecordFileWriter } from '../../records/record-file.ts';
import { SeriesTable } from '../../series.ts';
import { EmbeddedReader, readerDefaults } from '../reader.ts';

export const noBudget: QueryBudget = { addSamples: () => {}, addBytes: () => {}, poll: () => {} };
export const TENANT = 7;
const FILE = '2023-11-14.1.db';
/** 2023-11-14T12:00:00Z in nanoseconds. */
export const NOON = 1_699_963_200_000_000_000n;

export interface TestLog {
  /** Value of the label `app` of its stream. */
  app: string;
  /** Nanoseconds after NOON. */
  t: number;
  body: string;
  severity?: number;
  trace?: string;
  span?: string;
  /** Strings, numbers (doubles) and integers. */
  fields?: readonly (readonly [name: string, value: string | number | bigint | boolean])[];
}

const encoder = new TextEncoder();

function putFields(batch: LogBatch, fields: NonNullable<TestLog['fields']>): void {
  const { writer } = batch;
  for (const [name, value] of fields) {
    const key = encoder.encode(name);
    if (typeof value === 'string') writer.text(name, value);
    else if (typeof value === 'boolean') writer.bool(key, 0, key.length, value);
    else if (typeof value === 'bigint') {
      const bits = BigInt.asUintN(64, value);
      writer.int(key, 0, key.length, Number(bits & 0xffffffffn), Number(bits >> 32n));
    } else {
      const words = new Uint32Array(Float64Array.of(value).buffer);
      writer.double(key, 0, key.length, words[0], words[1]);
    }
  }
}

export function wordsOf(t: number): { lo: number; hi: number } {
  const time = NOON + BigInt(t);
  return { lo: Number(time & 0xffffffffn), hi: Number(time >> 32n) };
}

/** A batch whose streams are what `streamOf` says. */
export function batchOf(logs: readonly TestLog[], streamOf: (app: string) => number): LogBatch {
  const batch = new LogBatch();
  for (const { app, t, body, severity = 0, trace = '', span = '', fields = [] } of logs) {
    const at = batch.sideLength;
    const { writer } = batch;
    writer.byte((trace === '' ? 0 : 1) | (span === '' ? 0 : 2));
    for (const byte of Buffer.from(trace + span, 'hex')) writer.byte(byte);
    writer.prefixedText(body);
    putFields(batch, fields);
    const { lo, hi } = wordsOf(t);
    batch.push(streamOf(app), lo, hi, severity, at);
  }
  return batch;
}

/** What `flush` put into the file and `append` into the head; segment numbers go up with every call. */
export class TestRecords {
  readonly #dir: string;
  readonly #series = SeriesTable.create(100);
  readonly #sids = new Map<string, number>();
  readonly #heads: RecordSegment[] = [];
  readonly #streams: string[] = [];
  readonly #rowsInBlock: number;
  #number = 0;

  constructor(dir: string, rowsInBlock = 100) {
    this.#dir = dir;
    this.#rowsInBlock = rowsInBlock;
    mkdirSync(join(dir, 'tenants', 'one', 'logs'), { recursive: true });
  }

  get path(): string {
    return join(this.#dir, 'tenants', 'one', 'logs', FILE);
  }

  /** Adds blocks to the file as they come; `number` is that of the segment that they say they are from. */
  flush(logs: readonly TestLog[], number = ++this.#number): void {
    const writer = new RecordFileWriter(this.path);
    const before = this.#streams.length;
    const batch = batchOf(logs, (app) => {
      if (!this.#streams.includes(app)) this.#streams.push(app);
      return this.#streams.indexOf(app) + 1;
    });
    const block = new RecordBlockEncoder('logs');
    const blocks = [];
    for (let i = 0; i < batch.n; i++) {
      const { stream, tLo, tHi, severity, side, at, length } = batch;
      block.addLog(stream[i], tLo[i], tHi[i], severity[i], side, at[i], length[i]);
      if (block.rows >= this.#rowsInBlock) blocks.push(block.finish());
    }
    if (block.rows > 0) blocks.push(block.finish());
    const added = this.#streams.slice(before).map((app) => labelsFromPairs(['app', app]));
    writer.flush(number, added, blocks);
    writer.close();
  }

  /** Adds a head segment; returns its number. */
  append(logs: readonly TestLog[]): number {
    const segment = RecordSegment.create('logs', Math.max(1, logs.length), 1 << 20);
    segment.reset(++this.#number);
    segment.append(batchOf(logs, (app) => this.#sid(app)));
    this.#heads.push(segment);
    return this.#number;
  }

  #sid(app: string): number {
    let sid = this.#sids.get(app);
    if (sid === undefined) {
      // Streams that begin with an exclamation mark are another tenant's.
      const tenant = app.startsWith('!') ? TENANT + 1 : TENANT;
      const labels = labelsFromPairs(['app', app]);
      sid = this.#series.add(tenant, labels, 0, labels.length);
      this.#sids.set(app, sid);
    }
    return sid;
  }

  reader(cacheBytes = readerDefaults.cacheBytes): EmbeddedReader {
    const logs = this.#heads.map(({ shared }) => shared);
    const handle = { dir: this.#dir, series: this.#series.shared, segments: [], logs, spans: [] };
    return new EmbeddedReader(handle, { ...readerDefaults, cacheBytes });
  }

  get snapshot(): EmbeddedSnapshot {
    const startMs = Number(NOON / 1_000_000n) - 43_200_000;
    const hasFile = this.#streams.length > 0;
    return {
      id: 1,
      tenant: 'one',
      tenantIndex: TENANT,
      segments: this.#heads.map((segment, slot) => ({
        slot,
        number: segment.number,
        rows: 0,
        logRows: segment.rows,
        spanRows: 0,
      })),
      files: [],
      logFiles: hasFile
        ? [{ fileName: FILE, startMs, endMs: startMs + 86_400_000, retentionClass: '' }]
        : [],
      spanFiles: [],
      metadata: [],
      exemplars: [],
    };
  }
}

/** A request for everything of the streams whose label `app` does not begin with `-`. */
export function requestOf(request: Partial<LogRequest>, from = -1e15, to = 1e15): LogRequest {
  return {
    wants: (stream) => !stream.get('app').startsWith('-'),
    from: wordsOf(from),
    to: wordsOf(to),
    backward: false,
    texts: [],
    fields: [],
    budget: noBudget,
    ...request,
  };
}

/** The record that is shown. */
export function shownOf(rows: LogRows): TestLog {
  const { stream, tLo, tHi, severity, traceId, spanId, body, fields } = rows;
  const t = Number((BigInt(tHi) << 32n) + BigInt(tLo) - NOON);
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) pairs.push([fields[i], fields[i + 1]]);
  const app = stream.get('app');
  return { app, t, body, severity, trace: traceId, span: spanId, fields: pairs };
}

/** All records of a request, in its order. */
export function readAll(querier: RecordQuerier, request: LogRequest): TestLog[] {
  const rows = querier.logs(request);
  const shown: TestLog[] = [];
  while (rows.next()) shown.push(shownOf(rows));
  rows.close();
  return shown;
}
