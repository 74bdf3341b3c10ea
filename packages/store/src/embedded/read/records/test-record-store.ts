/** Files and head segments of records that a test puts together, and the reader over them. Not for use outside tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogBatch, SpanBatch } from '@sightline/wire';
import type { RecordSignal } from '../../../records.ts';
import { FOLDERS } from '../../catalog.ts';
import type { EmbeddedSnapshot } from '../../embedded-store.ts';
import { RecordSegment } from '../../record-head.ts';
import { RecordBlockEncoder } from '../../records/block-encoder.ts';
import { RecordFileWriter } from '../../records/record-file.ts';
import { SeriesTable } from '../../series.ts';
import { EmbeddedReader, readerDefaults } from '../reader.ts';

const TENANT = 7;
const DAY_MS = 86_400_000;
/** 2023-11-14T12:00:00Z in nanoseconds. */
export const NOON = 1_699_963_200_000_000_000n;

/** What differs between log records and spans. */
export interface TestKind<Item, Batch extends LogBatch | SpanBatch> {
  readonly signal: RecordSignal;
  /** Room for the records of a head segment. */
  readonly sideBytes: number;
  /** A batch whose streams are what `streamOf` says of their names. */
  batchOf(items: readonly Item[], streamOf: (name: string) => number): Batch;
  /** Canonical labels of the stream with a name. */
  labelsOf(name: string): Uint8Array;
  encode(block: RecordBlockEncoder, batch: Batch, row: number): void;
}

function fileOf(day: number): string {
  return `2023-11-${14 + day}.1.db`;
}

/** What `flush` put into the file of a day and `append` into the head; segment numbers go up with every call. */
export class TestRecordStore<Item, Batch extends LogBatch | SpanBatch> {
  readonly #kind: TestKind<Item, Batch>;
  readonly #dir: string;
  readonly #series = SeriesTable.create(100);
  readonly #sids = new Map<string, number>();
  readonly #heads: RecordSegment[] = [];
  /** Names of the streams of the file of each day, counted from that of NOON. */
  readonly #files = new Map<number, string[]>();
  readonly #rowsInBlock: number;
  #number = 0;

  constructor(kind: TestKind<Item, Batch>, dir: string, rowsInBlock: number) {
    this.#kind = kind;
    this.#dir = dir;
    this.#rowsInBlock = rowsInBlock;
    mkdirSync(join(dir, 'tenants', 'one', FOLDERS[kind.signal]), { recursive: true });
  }

  /** The file of the day of NOON. */
  get path(): string {
    return this.#pathOf(0);
  }

  #pathOf(day: number): string {
    return join(this.#dir, 'tenants', 'one', FOLDERS[this.#kind.signal], fileOf(day));
  }

  /** Adds blocks as they come to the file of a day; `number` is that of the segment that they say they are from. */
  flush(items: readonly Item[], number = ++this.#number, day = 0): void {
    const { signal, batchOf, labelsOf, encode } = this.#kind;
    const writer = new RecordFileWriter(this.#pathOf(day));
    const streams = this.#files.get(day) ?? [];
    this.#files.set(day, streams);
    const before = streams.length;
    const batch = batchOf(items, (name) => {
      if (!streams.includes(name)) streams.push(name);
      return streams.indexOf(name) + 1;
    });
    const block = new RecordBlockEncoder(signal);
    const blocks = [];
    for (let row = 0; row < batch.n; row++) {
      encode(block, batch, row);
      if (block.rows >= this.#rowsInBlock || block.full) blocks.push(block.finish());
    }
    if (block.rows > 0) blocks.push(block.finish());
    writer.flush(number, streams.slice(before).map(labelsOf), blocks);
    writer.close();
  }

  /** Adds a head segment; returns its number. */
  append(items: readonly Item[]): number {
    const { signal, sideBytes, batchOf } = this.#kind;
    const segment = RecordSegment.create(signal, Math.max(1, items.length), sideBytes);
    segment.reset(++this.#number);
    segment.append(batchOf(items, (name) => this.#sid(name)));
    this.#heads.push(segment);
    return this.#number;
  }

  #sid(name: string): number {
    let sid = this.#sids.get(name);
    if (sid === undefined) {
      // Streams that begin with an exclamation mark are another tenant's.
      const tenant = name.startsWith('!') ? TENANT + 1 : TENANT;
      const labels = this.#kind.labelsOf(name);
      sid = this.#series.add(tenant, labels, 0, labels.length);
      this.#sids.set(name, sid);
    }
    return sid;
  }

  reader(cacheBytes = readerDefaults.cacheBytes): EmbeddedReader {
    const heads = this.#heads.map(({ shared }) => shared);
    const isLogs = this.#kind.signal === 'logs';
    const handle = {
      dir: this.#dir,
      series: this.#series.shared,
      segments: [],
      logs: isLogs ? heads : [],
      spans: isLogs ? [] : heads,
    };
    return new EmbeddedReader(handle, { ...readerDefaults, cacheBytes });
  }

  get snapshot(): EmbeddedSnapshot {
    const isLogs = this.#kind.signal === 'logs';
    const midnight = Number(NOON / 1_000_000n) - DAY_MS / 2;
    const files = Array.from(this.#files.keys(), (day) => {
      const startMs = midnight + day * DAY_MS;
      return { fileName: fileOf(day), startMs, endMs: startMs + DAY_MS, retentionClass: '' };
    });
    return {
      id: 1,
      tenant: 'one',
      tenantIndex: TENANT,
      segments: this.#heads.map(({ number, rows }, slot) => ({
        slot,
        number,
        rows: 0,
        logRows: isLogs ? rows : 0,
        spanRows: isLogs ? 0 : rows,
      })),
      files: [],
      logFiles: isLogs ? files : [],
      spanFiles: isLogs ? [] : files,
      metadata: [],
      exemplars: [],
    };
  }
}
