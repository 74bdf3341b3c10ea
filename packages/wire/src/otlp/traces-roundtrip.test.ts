/** Any span that can be written comes back as it was, from protobuf and from JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOtlpTracesJson } from './decode-traces.ts';
import { attribute } from './test-payload.ts';
import {
  decodeSpans,
  type ShownSpan,
  SPAN,
  spanFields,
  type TestSpan,
  tracesRequest,
  type Value,
} from './test-spans.ts';

const SHOP = [attribute(1, 'service.name', 'shop')];

const bytesOf = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((id) => Buffer.from(id).toString('hex'));
const id = (length: number) => bytesOf(length).filter((hex) => /[^0]/.test(hex));
const words = fc.string({ unit: 'grapheme', maxLength: 200 });
const value: fc.Arbitrary<Value> = fc.oneof(
  words,
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double(),
  fc.uint8Array({ maxLength: 300 }),
);
const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 150 });
const attributes = fc.uniqueArray(fc.tuple(key, value), {
  maxLength: 8,
  selector: ([name]) => name,
});
const time = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const anySpan: fc.Arbitrary<TestSpan> = fc.record({
  stream: fc.constant(SPAN.stream),
  traceId: id(16),
  spanId: id(8),
  parentId: fc.oneof(fc.constant(''), id(8)),
  name: words,
  kind: fc.nat(5),
  status: fc.nat(2),
  start: time,
  end: time,
  attributes,
  events: fc.array(fc.record({ time, name: words, attributes }), { maxLength: 4 }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes }), { maxLength: 4 }),
});

function valueText(v: Value): string {
  if (v instanceof Uint8Array) return Buffer.from(v).toString('base64');
  if (typeof v !== 'number' || Number.isFinite(v)) return Object.is(v, -0) ? '-0' : String(v);
  return Number.isNaN(v) ? 'NaN' : v > 0 ? '+Inf' : '-Inf';
}

const shownAttributes = (list: [string, Value][]) =>
  list.map(([name, v]): [string, string] => [name, valueText(v)]);

function shownSpan(span: TestSpan): ShownSpan {
  const { start, end } = span;
  const backwards = end < start;
  return {
    ...span,
    end: backwards ? start : end,
    attributes: shownAttributes(span.attributes),
    events: span.events.map((e) => ({ ...e, attributes: shownAttributes(e.attributes) })),
    links: span.links.map((l) => ({ ...l, attributes: shownAttributes(l.attributes) })),
  };
}

test('any spans come back, whatever the order of their fields', () => {
  const list = fc.array(fc.tuple(anySpan, fc.boolean()), { maxLength: 5 });
  fc.assert(
    fc.property(list, (spans) => {
      const messages = spans.map(([span, mixed]) => {
        const fields = spanFields(span);
        // Repeated fields keep their order among themselves.
        return mixed ? [...fields.slice(5), ...fields.slice(0, 5)] : fields;
      });
      const { spans: got, rejected } = decodeSpans(tracesRequest(SHOP, messages));
      assert.deepEqual(
        got,
        spans.map(([span]) => shownSpan(span)),
      );
      assert.deepEqual(rejected, {});
    }),
    { numRuns: 300 },
  );
});

function jsonValue(v: Value): unknown {
  if (typeof v === 'string') return { stringValue: v };
  if (typeof v === 'boolean') return { boolValue: v };
  if (typeof v === 'bigint') return { intValue: String(v) };
  if (typeof v === 'number') {
    return { doubleValue: Number.isFinite(v) ? v : String(v) };
  }
  return { bytesValue: Buffer.from(v).toString('base64') };
}

const jsonAttributes = (list: [string, Value][]) =>
  list.map(([name, v]) => ({ key: name, value: jsonValue(v) }));

function spanJson(span: TestSpan): unknown {
  return {
    traceId: span.traceId.toUpperCase(),
    spanId: span.spanId,
    parentSpanId: span.parentId,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.start),
    endTimeUnixNano: String(span.end),
    attributes: jsonAttributes(span.attributes),
    events: span.events.map((e) => ({
      timeUnixNano: String(e.time),
      name: e.name,
      attributes: jsonAttributes(e.attributes),
    })),
    links: span.links.map((l) => ({ ...l, attributes: jsonAttributes(l.attributes) })),
    status: { code: span.status },
  };
}

/** -0 has no JSON form that JSON.stringify writes. */
const noMinusZero = (span: TestSpan) =>
  ![span, ...span.events, ...span.links].some((part) =>
    part.attributes.some(([, v]) => Object.is(v, -0)),
  );

test('any spans come back from JSON', () => {
  fc.assert(
    fc.property(fc.array(anySpan.filter(noMinusZero), { maxLength: 3 }), (spans) => {
      const resource = { attributes: jsonAttributes([['service.name', 'shop']]) };
      const scopeSpans = [{ scope: {}, spans: spans.map(spanJson) }];
      const body = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }));
      const { spans: got } = decodeSpans(body, {}, decodeOtlpTracesJson);
      assert.deepEqual(got, spans.map(shownSpan));
    }),
    { numRuns: 200 },
  );
});
