/** Spans of a store without their traces (store's LooseSpans), in the shape of a trace; what is asked of a trace is not there. */
import type { LooseSpans, SpanCounts } from '@sightline/store';
import { timeOfMs } from '@sightline/wire';
import type { AttributeScope } from './ast.ts';
import { labelColumn } from './label-column.ts';
import { SetColumns } from './set-trace.ts';
import type { AttributeKey, Column, TextColumn, TraceSpans } from './source.ts';

export class TableSpans implements TraceSpans {
  readonly n: number;
  readonly weight: number;
  readonly traceId = '';
  readonly parent = new Int32Array(0);
  readonly #columns: SetColumns<LooseSpans>;

  constructor(table: LooseSpans) {
    this.n = table.n;
    this.weight = table.weight;
    this.#columns = new SetColumns(table);
  }

  get startLo(): Uint32Array {
    return this.#columns.set.startLo;
  }

  get startHi(): Uint32Array {
    return this.#columns.set.startHi;
  }

  get durationNs(): Float64Array {
    return this.#columns.set.durationNs;
  }

  get kind(): Uint8Array {
    return this.#columns.set.kind;
  }

  get status(): Uint8Array {
    return this.#columns.set.status;
  }

  spanId(row: number): string {
    return this.#columns.set.spanId(row);
  }

  parentId(row: number): string {
    return this.#columns.set.parentId(row);
  }

  attribute(scope: AttributeScope, name: string): Column | null {
    return this.#columns.attribute(scope, name);
  }

  text(what: TextColumn): Column | null {
    return this.#columns.text(what);
  }

  attributes(): readonly AttributeKey[] {
    return this.#columns.keys();
  }
}

/** Counts of spans: a row is what one stream has in some time, all of it at the end of that time. */
export class CellSpans implements TraceSpans {
  readonly n: number;
  readonly weight: number;
  readonly traceId = '';
  readonly parent = new Int32Array(0);
  readonly startLo: Uint32Array;
  readonly startHi: Uint32Array;
  readonly durationNs = new Float64Array(0);
  readonly kind = new Uint8Array(0);
  readonly status = new Uint8Array(0);
  readonly #streams: SpanCounts['streams'];

  constructor({ endsMs, streams }: SpanCounts, weight: number) {
    this.n = endsMs.length;
    this.weight = weight;
    this.#streams = streams;
    this.startLo = new Uint32Array(this.n);
    this.startHi = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) {
      const { lo, hi } = timeOfMs(endsMs[i]);
      this.startLo[i] = lo;
      this.startHi[i] = hi;
    }
  }

  spanId(): string {
    return '';
  }

  parentId(): string {
    return '';
  }

  attribute(scope: AttributeScope, name: string): Column | null {
    return scope === 'resource' ? labelColumn(this.#streams, name) : null;
  }

  text(): null {
    return null;
  }

  attributes(): readonly AttributeKey[] {
    return [];
  }
}
