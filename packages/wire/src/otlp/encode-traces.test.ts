/** What the encoder of spans writes, the decoder reads as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OtlpSpan, OtlpTraces } from './encode-traces.ts';
import { attribute } from './test-payload.ts';
import {
  decodeSpans,
  SPAN,
  spanFields,
  type TestSpan,
  tracesRequest,
  type Value,
} from './test-spans.ts';

const RESOURCE = { 'service.name': 'shop' };

function encodeAll(spans: readonly OtlpSpan[], traces = new OtlpTraces(RESOURCE)): Uint8Array {
  for (const span of spans) traces.add(span);
  return traces.finish();
}

const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((id) => Buffer.from(id).toString('hex'))
    .filter((digits) => /[^0]/.test(digits));
const words = fc.string({ unit: 'binary', maxLength: 200 });
/** Objects have names of digits first. */
const attributeName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('__proto__', 'constructor', '\0'),
  )
  .filter((name) => !/^\d+$/.test(name));
const value: fc.Arbitrary<Value> = fc.oneof(
  words,
  fc.boolean(),
  fc.maxSafeInteger().map(BigInt),
  fc.double().filter((number) => !Number.isSafeInteger(number) || Object.is(number, -0)),
  fc.uint8Array({ maxLength: 300 }),
);
const attributes = fc.uniqueArray(fc.tuple(attributeName, value), {
  maxLength: 8,
  selector: ([name]) => name,
});
const time = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const anySpan: fc.Arbitrary<TestSpan> = fc.record({
  stream: fc.constant(SPAN.stream),
  traceId: hex(16),
  spanId: hex(8),
  parentId: fc.oneof(fc.constant(''), hex(8)),
  name: words,
  kind: fc.integer({ min: 1, max: 5 }),
  status: fc.nat(2),
  start: time,
  end: time,
  attributes,
  events: fc.array(fc.record({ time, name: words, attributes }), { maxLength: 4 }),
  links: fc.array(fc.record({ traceId: hex(16), spanId: hex(8), attributes }), { maxLength: 4 }),
});

const secondsAndNanos = (ns: bigint): [number, number] => [
  Number(ns / 1_000_000_000n),
  Number(ns % 1_000_000_000n),
];

const plain = (list: readonly [string, Value][]): Record<string, unknown> =>
  Object.fromEntries(list.map(([key, v]) => [key, typeof v === 'bigint' ? Number(v) : v]));

/** As the SDK for JavaScript hands it over. */
function sdkSpan(span: TestSpan): OtlpSpan {
  return {
    name: span.name,
    kind: span.kind - 1,
    spanContext: () => ({ traceId: span.traceId, spanId: span.spanId }),
    parentSpanContext: span.parentId === '' ? undefined : { spanId: span.parentId },
    startTime: secondsAndNanos(span.start),
    endTime: secondsAndNanos(span.end),
    status: { code: span.status },
    attributes: plain(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      time: secondsAndNanos(event.time),
      attributes: plain(event.attributes),
    })),
    links: span.links.map((link) => ({ context: link, attributes: plain(link.attributes) })),
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    instrumentationScope: { name: '' },
  };
}

test('any span is read as it was', () => {
  fc.assert(
    fc.property(fc.array(anySpan, { maxLength: 5 }), (spans) => {
      const read = decodeSpans(encodeAll(spans.map(sdkSpan)));
      const want = decodeSpans(
        tracesRequest([attribute(1, 'service.name', 'shop')], spans.map(spanFields)),
      );
      assert.deepEqual(read, want);
    }),
  );
});

test('spans of several scopes are all there', () => {
  const scopes = { a: { name: 'a', version: '1' }, b: { name: 'b' } };
  const spans = (['a', 'b', 'a'] as const).map((name, i) => ({
    ...sdkSpan({ ...SPAN, spanId: `000000000000000${i + 1}`, name: `${name}${i}` }),
    instrumentationScope: scopes[name],
  }));
  const names = decodeSpans(encodeAll(spans)).spans.map(({ name }) => name);
  assert.deepEqual(names.sort(), ['a0', 'a2', 'b1']);
});

test('a request has the spans since the last, however many scopes there were', () => {
  const traces = new OtlpTraces(RESOURCE);
  const many = Array.from({ length: 70 }, (_, i) => ({
    ...sdkSpan(SPAN),
    instrumentationScope: { name: `scope ${i}` },
  }));
  assert.equal(decodeSpans(encodeAll(many, traces)).spans.length, 70);
  assert.equal(traces.count, 0);
  assert.equal(decodeSpans(encodeAll([sdkSpan(SPAN)], traces)).spans.length, 1);
  assert.equal(decodeSpans(traces.finish()).spans.length, 0);
});

test('lists, and values that no attribute can have', () => {
  const span = {
    ...sdkSpan(SPAN),
    attributes: { list: ['a', 1, true, null, {}], none: undefined, object: {}, nothing: null },
  };
  const [read] = decodeSpans(encodeAll([span])).spans;
  assert.deepEqual(
    read?.attributes.map(([key]) => key),
    ['list'],
  );
});
