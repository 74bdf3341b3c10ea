/** A store for tests of intake: keeps every row, log record and span in memory, in the order of arrival. Not for use outside tests. */
import type { ReadSnapshot, RecordStore, Store, StoreStats } from '@sightline/store';
import {
  fieldText,
  forEachField,
  hashWords,
  type LogBatch,
  labelsText,
  labelsToPairs,
  type MetricBatch,
  type MetricMetadata,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
  readSpan,
  type SeriesResolver,
  type SpanBatch,
  type SpanRecord,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';

export interface StoredRow {
  /** `name{a="b"}` with labels in byte order. */
  series: string;
  t: number;
  /** The number, or 'stale'. */
  value: number | 'stale';
}

export interface StoredLog {
  /** As `StoredRow.series`. */
  stream: string;
  /** Unix nanoseconds. */
  time: bigint;
  severity: number;
  body: string;
  /** Texts by name, with `trace_id` and `span_id` where there are ids. */
  fields: Record<string, string>;
}

export interface StoredSpan {
  stream: string;
  start: bigint;
  kind: number;
  record: SpanRecord;
}

class MemoryResolver implements SeriesResolver {
  refusal = '';
  maxSeries = Number.POSITIVE_INFINITY;
  readonly texts: string[] = [''];
  /** Names and values in turn by handle. */
  readonly labels: string[][] = [[]];
  readonly #forms = new Map<string, number>();
  readonly #sets = new Map<string, number>();

  lookup(): number {
    return this.#forms.get(hashWords.join()) ?? 0;
  }

  register(labels: Uint8Array, length: number): number {
    const form = hashWords.join();
    const pairs = labelsToPairs(labels, 0, length);
    const text = seriesText(pairs);
    let handle = this.#sets.get(text);
    if (handle === undefined) {
      if (this.texts.length > this.maxSeries) {
        this.refusal = 'too many series';
        return 0;
      }
      handle = this.texts.push(text) - 1;
      this.labels.push(pairs);
      this.#sets.set(text, handle);
    }
    this.#forms.set(form, handle);
    return handle;
  }
}

function seriesText(pairs: readonly string[]): string {
  const at = pairs.indexOf('__name__');
  if (at < 0) return `{${labelsText(pairs)}}`;
  const rest = pairs.filter((_, i) => i !== at && i !== at + 1);
  return rest.length === 0 ? `${pairs[at + 1]}` : `${pairs[at + 1]}{${labelsText(rest)}}`;
}

function nanosOf(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

function readLog(batch: LogBatch, row: number): Omit<StoredLog, 'stream'> {
  const bytes = Buffer.from(batch.side.buffer, 0, batch.sideLength);
  const fields: Record<string, string> = {};
  const end = batch.at[row] + batch.length[row];
  let at = batch.at[row];
  const flags = bytes[at++];
  if ((flags & RECORD_TRACE_ID) !== 0) {
    fields.trace_id = bytes.toString('hex', at, at + 16);
    at += 16;
  }
  if ((flags & RECORD_SPAN_ID) !== 0) {
    fields.span_id = bytes.toString('hex', at, at + 8);
    at += 8;
  }
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const body = bytes.toString('utf8', at, at + length);
  forEachField(bytes, at + length, end, (keyStart, keyEnd, type, start, stop) => {
    fields[bytes.toString('utf8', keyStart, keyEnd)] ??= fieldText(bytes, type, start, stop);
  });
  return {
    time: nanosOf(batch.tLo[row], batch.tHi[row]),
    severity: batch.severity[row],
    body,
    fields,
  };
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

export class MemoryStore implements Store, RecordStore {
  readonly minTime = Number.NEGATIVE_INFINITY;
  minLogTime = Number.NEGATIVE_INFINITY;
  minSpanTime = Number.NEGATIVE_INFINITY;
  readonly logs: StoredLog[] = [];
  readonly spans: StoredSpan[] = [];
  readonly #digests = new Set<string>();
  readonly rows: StoredRow[] = [];
  readonly metadata: MetricMetadata[] = [];
  readonly resolvers = new Map<string, MemoryResolver>();
  /** Set to make the next appends fail. */
  failure: Error | undefined;

  resolver(tenant: string): MemoryResolver {
    const known = this.resolvers.get(tenant) ?? new MemoryResolver();
    this.resolvers.set(tenant, known);
    return known;
  }

  async append(tenant: string, batch: MetricBatch): Promise<'stored' | 'repeated'> {
    if (this.failure !== undefined) throw this.failure;
    const { texts } = this.resolver(tenant);
    for (let i = 0; i < batch.n; i++) {
      const lo = batch.lo[i] ?? 0;
      const hi = batch.hi[i] ?? 0;
      words[0] = lo;
      words[1] = hi;
      const stale = lo === STALE_LO && hi === STALE_HI;
      this.rows.push({
        series: texts[batch.series[i] ?? 0] ?? '',
        t: batch.t[i] ?? 0,
        value: stale ? 'stale' : (value[0] ?? 0),
      });
    }
    this.metadata.push(...batch.metadata);
    return 'stored';
  }

  async appendLogs(
    tenant: string,
    batch: LogBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    if (this.failure !== undefined) throw this.failure;
    if (this.#isRepeat(digest)) return 'repeated';
    const { texts } = this.resolver(tenant);
    for (let i = 0; i < batch.n; i++) {
      this.logs.push({ stream: texts[batch.stream[i]], ...readLog(batch, i) });
    }
    return 'stored';
  }

  async appendSpans(
    tenant: string,
    batch: SpanBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    if (this.failure !== undefined) throw this.failure;
    if (this.#isRepeat(digest)) return 'repeated';
    const { texts } = this.resolver(tenant);
    for (let i = 0; i < batch.n; i++) {
      const record = readSpan(batch.side, batch.at[i], batch.length[i]);
      const start = nanosOf(batch.startLo[i], batch.startHi[i]);
      this.spans.push({ stream: texts[batch.stream[i]], start, kind: batch.kind[i], record });
    }
    return 'stored';
  }

  streamLabels(tenant: string, stream: number): string[] {
    return this.resolver(tenant).labels[stream];
  }

  #isRepeat(digest: Uint8Array | null): boolean {
    if (digest === null) return false;
    const before = this.#digests.size;
    return this.#digests.add(digest.join()).size === before;
  }

  /** Values of one series in the order of arrival. */
  values(series: string): (number | 'stale')[] {
    return this.rows.filter((row) => row.series === series).map((row) => row.value);
  }

  /** Distinct series whose name is `name`. */
  seriesOf(name: string): string[] {
    const found = this.rows.map((row) => row.series);
    return [...new Set(found)].filter((text) => text === name || text.startsWith(`${name}{`));
  }

  snapshot(): ReadSnapshot | null {
    return null;
  }

  release(): void {}

  readerHandle(): unknown {
    return null;
  }

  onForget(): void {}

  tenants(): string[] {
    return [...this.resolvers.keys()];
  }

  stats(): StoreStats {
    return {
      samplesAppended: this.rows.length,
      logsAppended: this.logs.length,
      spansAppended: this.spans.length,
      batchesAppended: 0,
      batchesRepeated: 0,
      seriesActive: 0,
      seriesCreated: 0,
      seriesRefused: 0,
      headRows: this.rows.length,
      headRecords: this.logs.length + this.spans.length,
      headCapacityRows: 0,
      headBytes: 0,
      headReservedBytes: 0,
      journalBytes: 0,
      journalAppends: 0,
      journalAppendMsTotal: 0,
      journalAppendMsMax: 0,
      journalLostBytes: 0,
      flushes: 0,
      flushFailures: 0,
      samplesFlushed: 0,
      logsFlushed: 0,
      spansFlushed: 0,
      merges: 0,
      diskBytes: 0,
      diskFreeBytes: 0,
      tenants: this.resolvers.size,
      partitions: 0,
      droppedPartitions: 0,
    };
  }

  readiness(): { ready: boolean; reason: string } {
    return { ready: true, reason: '' };
  }

  async close(): Promise<void> {}
}
