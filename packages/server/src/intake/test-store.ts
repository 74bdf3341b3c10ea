/** A store for tests of intake: keeps every row in memory, in the order of arrival. Not for use outside tests. */
import type { ReadSnapshot, Store, StoreStats } from '@sightline/store';
import {
  hashWords,
  labelsText,
  labelsToPairs,
  type MetricBatch,
  type MetricMetadata,
  type SeriesResolver,
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

class MemoryResolver implements SeriesResolver {
  refusal = '';
  maxSeries = Number.POSITIVE_INFINITY;
  readonly texts: string[] = [''];
  readonly #forms = new Map<string, number>();
  readonly #sets = new Map<string, number>();

  lookup(): number {
    return this.#forms.get(hashWords.join()) ?? 0;
  }

  register(labels: Uint8Array, length: number): number {
    const form = hashWords.join();
    const text = seriesText(labelsToPairs(labels, 0, length));
    let handle = this.#sets.get(text);
    if (handle === undefined) {
      if (this.texts.length > this.maxSeries) {
        this.refusal = 'too many series';
        return 0;
      }
      handle = this.texts.push(text) - 1;
      this.#sets.set(text, handle);
    }
    this.#forms.set(form, handle);
    return handle;
  }
}

function seriesText(pairs: readonly string[]): string {
  const at = pairs.indexOf('__name__');
  const rest = pairs.filter((_, i) => i !== at && i !== at + 1);
  return rest.length === 0 ? `${pairs[at + 1]}` : `${pairs[at + 1]}{${labelsText(rest)}}`;
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

export class MemoryStore implements Store {
  readonly minTime = Number.NEGATIVE_INFINITY;
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
      batchesAppended: 0,
      batchesRepeated: 0,
      seriesActive: 0,
      seriesCreated: 0,
      seriesRefused: 0,
      headRows: this.rows.length,
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
