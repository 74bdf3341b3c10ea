/** Traces in memory, for tests. */
import fc from 'fast-check';
import type { AttributeScope } from '../ast.ts';
import {
  type AttributeKey,
  type Column,
  MISSING_PARENT,
  NO_PARENT,
  type TextColumn,
  type TraceSource,
  type TraceSpans,
} from '../source.ts';
import { integer, KIND_NAMES, NIL, STATUS_NAMES, type Value, valueText } from '../value.ts';

type Plain = string | number | bigint | boolean | readonly Plain[];
type Attributes = Readonly<Record<string, Plain>>;

export interface TestSpan {
  id: string;
  /** Id of the parent; '' for a root. */
  parent?: string;
  name?: string;
  /** Milliseconds. */
  at?: number;
  ms?: number;
  kind?: (typeof KIND_NAMES)[number];
  status?: (typeof STATUS_NAMES)[number];
  message?: string;
  span?: Attributes;
  resource?: Attributes;
  scope?: { name?: string; version?: string; attributes?: Attributes };
  events?: { name: string; afterMs?: number; attributes?: Attributes }[];
  links?: { trace: string; span: string; attributes?: Attributes }[];
}

function toValue(plain: Plain | undefined): Value {
  if (plain === undefined) return NIL;
  if (typeof plain === 'string') return { type: 'string', value: plain };
  if (typeof plain === 'bigint') return integer(String(plain));
  if (typeof plain === 'boolean') return { type: 'bool', value: plain };
  if (typeof plain === 'number') {
    return { type: Number.isInteger(plain) ? 'int' : 'float', value: plain };
  }
  return { type: 'array', items: plain.map(toValue) };
}

function column(values: readonly Value[]): Column | null {
  if (values.every(({ type }) => type === 'nil')) return null;
  const codes = new Map<string, number>();
  const distinct: Value[] = [];
  const rows = values.map((value) => {
    const key = `${value.type} ${valueText(value)}`;
    let code = codes.get(key);
    if (code === undefined) {
      code = distinct.push(value) - 1;
      codes.set(key, code);
    }
    return code;
  });
  return { codes: Uint32Array.from(rows), values: distinct };
}

/** Values of all events or links of a span, nil without any. */
function several(values: readonly Value[]): Value {
  const items = values.filter(({ type }) => type !== 'nil');
  return items.length === 0 ? NIL : { type: 'array', items };
}

export function testTrace(traceId: string, spans: readonly TestSpan[]): TraceSpans {
  const rows = new Map(spans.map(({ id }, row) => [id, row]));
  const words = spans.map(({ at = 0 }) => BigInt(Math.round(at * 1e6)));
  const attributesOf = (span: TestSpan, scope: AttributeScope): readonly Attributes[] => {
    if (scope === 'span') return [span.span ?? {}];
    if (scope === 'resource') return [span.resource ?? {}];
    if (scope === 'instrumentation') return [span.scope?.attributes ?? {}];
    const many = scope === 'event' ? span.events : span.links;
    return (many ?? []).map(({ attributes = {} }) => attributes);
  };
  const read = (span: TestSpan, scope: AttributeScope, name: string): Value => {
    const values = attributesOf(span, scope).map((attributes) =>
      toValue(Object.hasOwn(attributes, name) ? attributes[name] : undefined),
    );
    return scope === 'event' || scope === 'link' ? several(values) : values[0];
  };
  const text = (span: TestSpan, what: TextColumn): Value => {
    const { events = [], links = [] } = span;
    switch (what) {
      case 'name':
        return toValue(span.name ?? '');
      case 'statusMessage':
        return toValue(span.message);
      case 'event:name':
        return several(events.map(({ name }) => toValue(name)));
      case 'event:timeSinceStart':
        return several(
          events.map(({ afterMs = 0 }) => ({ type: 'duration', value: afterMs * 1e6 })),
        );
      case 'link:traceID':
        return several(links.map(({ trace }) => toValue(trace)));
      case 'link:spanID':
        return several(links.map(({ span }) => toValue(span)));
      case 'instrumentation:name':
        return toValue(span.scope?.name);
      case 'instrumentation:version':
        return toValue(span.scope?.version);
    }
  };
  return {
    traceId,
    n: spans.length,
    startLo: Uint32Array.from(words, (word) => Number(word & 0xffff_ffffn)),
    startHi: Uint32Array.from(words, (word) => Number(word >> 32n)),
    durationNs: Float64Array.from(spans, ({ ms = 0 }) => ms * 1e6),
    kind: Uint8Array.from(spans, ({ kind = 'unspecified' }) => KIND_NAMES.indexOf(kind)),
    status: Uint8Array.from(spans, ({ status = 'unset' }) => STATUS_NAMES.indexOf(status)),
    parent: Int32Array.from(spans, ({ parent = '' }) =>
      parent === '' ? NO_PARENT : (rows.get(parent) ?? MISSING_PARENT),
    ),
    spanId: (row) => spans[row].id,
    parentId: (row) => spans[row].parent ?? '',
    attribute: (scope, name) => column(spans.map((span) => read(span, scope, name))),
    text: (what) => column(spans.map((span) => text(span, what))),
    attributes: () => {
      const keys = new Map<string, AttributeKey>();
      for (const span of spans) {
        for (const scope of ['span', 'resource', 'event', 'link', 'instrumentation'] as const) {
          for (const name of attributesOf(span, scope).flatMap(Object.keys)) {
            keys.set(`${scope}.${name}`, { scope, name });
          }
        }
      }
      return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
    },
  };
}

export function testSource(...traces: TraceSpans[]): TraceSource {
  return { traces: () => traces };
}

/** Up to four spans that may be roots, orphans or in a circle, with few attributes of many types. */
export function anySpans(): fc.Arbitrary<TestSpan[]> {
  const attributes = fc.constantFrom<Attributes>(
    {},
    { a: 1 },
    { a: 'x', 'http.method': [1, 'b'] },
    { a: true, 'a b': 0.5 },
    { a: [], b: false },
  );
  const span = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    parent: fc.constantFrom('', 'a', 'b', 'c', 'z'),
    at: fc.nat(100),
    ms: fc.nat(100),
    span: attributes,
    resource: attributes,
  });
  return fc.uniqueArray(span, { minLength: 1, maxLength: 4, selector: ({ id }) => id });
}
