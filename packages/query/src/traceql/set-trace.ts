/**
 * Traces of a store's set of spans (store's SpanSet) as TraceQL reads them.
 *
 * Model: a column is made once for all traces of the set when the first of them is asked for it; a trace has a window of it. So the
 * dictionaries of the traces of a set are the same objects.
 */
import type { SpanColumn, SpanSet, SpanTable } from '@sightline/store';
import type { SpanField } from '@sightline/wire';
import type { AttributeScope } from './ast.ts';
import { labelColumn } from './label-column.ts';
import {
  fieldValue,
  HIDDEN_FIELDS,
  SCOPE_NAME,
  SCOPE_VERSION,
  STATUS_MESSAGE,
} from './record-values.ts';
import type { AttributeKey, Column, TextColumn, TraceSpans } from './source.ts';
import { compareText, NIL, type Value } from './value.ts';

export class SetColumns<Table extends SpanTable> {
  readonly set: Table;
  readonly #attributes = new Map<string, Column | null>();
  readonly #texts = new Map<TextColumn, Column | null>();
  #keys: readonly AttributeKey[] | undefined;

  constructor(set: Table) {
    this.set = set;
  }

  attribute(scope: AttributeScope, name: string): Column | null {
    const key = `${scope} ${name}`;
    let column = this.#attributes.get(key);
    if (column === undefined) {
      column = this.#readAttribute(scope, name);
      this.#attributes.set(key, column);
    }
    return column;
  }

  #readAttribute(scope: AttributeScope, name: string): Column | null {
    const { set } = this;
    switch (scope) {
      case 'resource': {
        return labelColumn(set.streams(), name);
      }
      case 'event':
        return several(set.tails(), ({ events }) => valuesOf(events, name));
      case 'link':
        return several(set.tails(), ({ links }) => valuesOf(links, name));
      default: {
        const field = set.field(name);
        if (field === null) return null;
        const values = field.values.map((value) =>
          value === null ? NIL : fieldValue(value.type, value.text),
        );
        return { codes: field.codes, values };
      }
    }
  }

  text(what: TextColumn): Column | null {
    let column = this.#texts.get(what);
    if (column === undefined) {
      column = this.#readText(what);
      this.#texts.set(what, column);
    }
    return column;
  }

  #readText(what: TextColumn): Column | null {
    const { set } = this;
    switch (what) {
      case 'name': {
        const { codes, values } = set.names();
        return { codes, values: values.map(textValue) };
      }
      case 'statusMessage':
        return this.#fieldText(STATUS_MESSAGE);
      case 'instrumentation:name':
        return this.#fieldText(SCOPE_NAME);
      case 'instrumentation:version':
        return this.#fieldText(SCOPE_VERSION);
      case 'event:name':
        return several(set.tails(), ({ events }) => events.map(({ name }) => textValue(name)));
      case 'event:timeSinceStart':
        return sinceStart(set);
      case 'link:traceID':
        return several(set.tails(), ({ links }) => links.map((link) => textValue(link.traceId)));
      case 'link:spanID':
        return several(set.tails(), ({ links }) => links.map((link) => textValue(link.spanId)));
    }
  }

  #fieldText(name: string): Column | null {
    const field = this.set.field(name);
    if (field === null) return null;
    const values = field.values.map((value) => (value === null ? NIL : textValue(value.text)));
    return { codes: field.codes, values };
  }

  /** Of all traces of the set. */
  keys(): readonly AttributeKey[] {
    if (this.#keys !== undefined) return this.#keys;
    const { set } = this;
    const keys: AttributeKey[] = [];
    const add = (scope: AttributeScope, names: Iterable<string>): void => {
      for (const name of new Set(names)) keys.push({ scope, name });
    };
    add(
      'span',
      set.fieldNames().filter((name) => !HIDDEN_FIELDS.has(name)),
    );
    const labels = set.streams().values.flatMap((stream) => stream.toPairs());
    add(
      'resource',
      labels.filter((_, i) => i % 2 === 0),
    );
    const tails = set.tails().values;
    const names = (of: readonly { fields: readonly SpanField[] }[]): string[] =>
      of.flatMap(({ fields }) => fields.map(({ key }) => key));
    add(
      'event',
      tails.flatMap(({ events }) => names(events)),
    );
    add(
      'link',
      tails.flatMap(({ links }) => names(links)),
    );
    this.#keys = keys.sort((a, b) => compareText(a.scope, b.scope) || compareText(a.name, b.name));
    return this.#keys;
  }
}

/** One trace of a set. */
export class SetTrace implements TraceSpans {
  readonly n: number;
  readonly #columns: SetColumns<SpanSet>;
  readonly #trace: number;
  readonly #from: number;
  readonly #to: number;
  #startLo: Uint32Array | undefined;
  #startHi: Uint32Array | undefined;
  #durationNs: Float64Array | undefined;

  constructor(columns: SetColumns<SpanSet>, trace: number) {
    const { offsets } = columns.set;
    this.#columns = columns;
    this.#trace = trace;
    this.#from = offsets[trace];
    this.#to = offsets[trace + 1];
    this.n = this.#to - this.#from;
  }

  get traceId(): string {
    return this.#columns.set.traceId(this.#trace);
  }

  get weight(): number {
    return this.#columns.set.weight(this.#trace);
  }

  get startLo(): Uint32Array {
    this.#startLo ??= this.#columns.set.startLo.subarray(this.#from, this.#to);
    return this.#startLo;
  }

  get startHi(): Uint32Array {
    this.#startHi ??= this.#columns.set.startHi.subarray(this.#from, this.#to);
    return this.#startHi;
  }

  get durationNs(): Float64Array {
    this.#durationNs ??= this.#columns.set.durationNs.subarray(this.#from, this.#to);
    return this.#durationNs;
  }

  get kind(): Uint8Array {
    return this.#columns.set.kind.subarray(this.#from, this.#to);
  }

  get status(): Uint8Array {
    return this.#columns.set.status.subarray(this.#from, this.#to);
  }

  get parent(): Int32Array {
    return this.#columns.set.parents().subarray(this.#from, this.#to);
  }

  spanId(row: number): string {
    return this.#columns.set.spanId(this.#from + row);
  }

  parentId(row: number): string {
    return this.#columns.set.parentId(this.#from + row);
  }

  attribute(scope: AttributeScope, name: string): Column | null {
    return this.#window(this.#columns.attribute(scope, name));
  }

  text(what: TextColumn): Column | null {
    return this.#window(this.#columns.text(what));
  }

  #window(column: Column | null): Column | null {
    if (column === null) return null;
    return { codes: column.codes.subarray(this.#from, this.#to), values: column.values };
  }

  attributes(): readonly AttributeKey[] {
    return this.#columns.keys().filter(({ scope, name }) => {
      const column = this.attribute(scope, name);
      return column?.codes.some((code) => column.values[code].type !== 'nil') ?? false;
    });
  }
}

function textValue(value: string): Value {
  return { type: 'string', value };
}

function valuesOf(of: readonly { fields: readonly SpanField[] }[], name: string): Value[] {
  return of.flatMap(({ fields }) => {
    const field = fields.find(({ key }) => key === name);
    return field === undefined ? [] : [fieldValue(field.type, field.value)];
  });
}

/** The values of all events or links of a span as an array, nil without any. */
function several<T>({ codes, values }: SpanColumn<T>, read: (of: T) => Value[]): Column | null {
  const lists = values.map(read);
  if (lists.every(({ length }) => length === 0)) return null;
  const arrays = lists.map((items): Value => (items.length === 0 ? NIL : { type: 'array', items }));
  return { codes, values: arrays };
}

function sinceStart(set: SpanTable): Column | null {
  const { codes: tailOf, values: tails } = set.tails();
  if (tails.every(({ events }) => events.length === 0)) return null;
  const codes = new Uint32Array(tailOf.length);
  const values: Value[] = [NIL];
  for (let row = 0; row < codes.length; row++) {
    const { events } = tails[tailOf[row]];
    if (events.length === 0) continue;
    const items = events.map(({ timeLo, timeHi }): Value => {
      const value = (timeHi - set.startHi[row]) * 2 ** 32 + (timeLo - set.startLo[row]);
      return { type: 'duration', value };
    });
    codes[row] = values.push({ type: 'array', items }) - 1;
  }
  return { codes, values };
}
