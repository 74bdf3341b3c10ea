/**
 * One trace as expressions see it: every field as a vector, computed when first asked for.
 *
 * Facts from Tempo's documentation: `.x` is the span's attribute, else its resource's; the root of a trace is its span without a
 * parent; a trace lasts from its first start to its last end.
 */
import type { Attribute, Field, Intrinsic } from './ast.ts';
import { joinDictionaries, withNil } from './dictionaries.ts';
import { type Column, NO_PARENT, type TraceSpans } from './source.ts';
import { byStart, structureOf, type TraceStructure } from './structure.ts';
import { KIND_NAMES, NIL, STATUS_NAMES, type Value } from './value.ts';
import { NIL_VECTOR, type Vector, valueAt } from './vectors.ts';

const STATUSES: readonly Value[] = STATUS_NAMES.map((_, value) => ({ type: 'status', value }));
const KINDS: readonly Value[] = KIND_NAMES.map((_, value) => ({ type: 'kind', value }));

export class TraceView {
  readonly spans: TraceSpans;
  readonly #fields = new Map<string, Vector>();
  #structure: TraceStructure | null = null;
  #rootRow: number | undefined;

  constructor(spans: TraceSpans) {
    this.spans = spans;
  }

  get structure(): TraceStructure {
    this.#structure ??= structureOf(this.spans);
    return this.#structure;
  }

  /** The row of the first root, -1 without one. */
  get rootRow(): number {
    if (this.#rootRow !== undefined) return this.#rootRow;
    const { n, parent } = this.spans;
    const earlier = byStart(this.spans);
    let root = -1;
    for (let row = 0; row < n; row++) {
      if (parent[row] === NO_PARENT && (root < 0 || earlier(row, root) < 0)) root = row;
    }
    this.#rootRow = root;
    return root;
  }

  /** The row that starts first. */
  get firstRow(): number {
    const earlier = byStart(this.spans);
    let first = 0;
    for (let row = 1; row < this.spans.n; row++) if (earlier(row, first) < 0) first = row;
    return first;
  }

  /** Nanoseconds from the first start to the last end. */
  get durationNs(): number {
    const { n, startLo, startHi, durationNs } = this.spans;
    const first = this.firstRow;
    let duration = 0;
    for (let row = 0; row < n; row++) {
      // Differences of the words keep the nanoseconds that a double of Unix time would lose.
      const offset = (startHi[row] - startHi[first]) * 2 ** 32 + (startLo[row] - startLo[first]);
      duration = Math.max(duration, offset + durationNs[row]);
    }
    return duration;
  }

  field(field: Field): Vector {
    const key =
      field.kind === 'intrinsic'
        ? field.name
        : `${field.parent ? '^' : ''}${field.scope ?? ''}.${field.name}`;
    let vector = this.#fields.get(key);
    if (vector === undefined) {
      vector = field.kind === 'intrinsic' ? this.#intrinsic(field.name) : this.#attribute(field);
      this.#fields.set(key, vector);
    }
    return vector;
  }

  #attribute({ scope, parent, name }: Attribute): Vector {
    const { spans } = this;
    const own =
      scope === null
        ? merged(spans.attribute('span', name), spans.attribute('resource', name), spans.n)
        : spans.attribute(scope, name);
    if (own === null) return NIL_VECTOR;
    return { form: 'codes', ...(parent ? ofParents(own, spans) : own) };
  }

  #intrinsic(name: Intrinsic): Vector {
    const { spans } = this;
    switch (name) {
      case 'duration':
        return { form: 'numbers', type: 'duration', data: spans.durationNs, missing: null };
      case 'status':
        return { form: 'codes', codes: spans.status, values: STATUSES };
      case 'kind':
        return { form: 'codes', codes: spans.kind, values: KINDS };
      case 'childCount':
        return integers(this.structure.childCount);
      case 'nestedSetLeft':
        return integers(this.structure.left);
      case 'nestedSetRight':
        return integers(this.structure.right);
      case 'nestedSetParent':
        return integers(this.structure.parentLeft);
      case 'traceDuration':
        return constant({ type: 'duration', value: this.durationNs });
      case 'trace:id':
        return constant({ type: 'string', value: spans.traceId });
      case 'rootName':
        return this.#ofRoot(spans.text('name'));
      case 'rootServiceName':
        return this.#ofRoot(spans.attribute('resource', 'service.name'));
      case 'span:id':
        return texts(spans.n, (row) => spans.spanId(row));
      case 'span:parentID':
        return texts(spans.n, (row) => spans.parentId(row));
      case 'parent':
        // There or not: only comparisons with nil can ask.
        return texts(spans.n, (row) => spans.parentId(row));
      default: {
        const column = spans.text(name);
        return column === null ? NIL_VECTOR : { form: 'codes', ...column };
      }
    }
  }

  #ofRoot(column: Column | null): Vector {
    if (column === null || this.rootRow < 0) return NIL_VECTOR;
    return constant(valueAt({ form: 'codes', ...column }, this.rootRow));
  }
}

function constant(value: Value): Vector {
  return { form: 'constant', value };
}

function integers(data: Int32Array | Uint32Array): Vector {
  return { form: 'numbers', type: 'int', data, missing: null };
}

/** One text a row, '' as nil. */
function texts(n: number, textOf: (row: number) => string): Vector {
  const codes = new Uint32Array(n);
  const values: Value[] = [NIL];
  for (let row = 0; row < n; row++) {
    const value = textOf(row);
    if (value !== '') codes[row] = values.push({ type: 'string', value }) - 1;
  }
  return { form: 'codes', codes, values };
}

/** The first column's values, the second's where the first has none. */
function merged(first: Column | null, second: Column | null, n: number): Column | null {
  if (first === null || second === null) return first ?? second;
  const codes = new Uint32Array(n);
  const values = joinDictionaries(first.values, second.values);
  for (let row = 0; row < n; row++) {
    const code = first.codes[row];
    const missing = first.values[code].type === 'nil';
    codes[row] = missing ? first.values.length + second.codes[row] : code;
  }
  return { codes, values };
}

function ofParents({ codes, values }: Column, { n, parent }: TraceSpans): Column {
  const moved = new Uint32Array(n);
  for (let row = 0; row < n; row++) {
    moved[row] = parent[row] >= 0 ? codes[parent[row]] : values.length;
  }
  return { codes: moved, values: withNil(values) };
}
