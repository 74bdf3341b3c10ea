import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { FIELD_STRING } from '../model/fields.ts';
import { SpanBatch } from '../model/span-batch.ts';
import { DEFAULT_SPAN_LIMITS } from '../model/span-limits.ts';
import { readSpan } from '../model/span-record.ts';
import { decodeOtlpTraces, decodeOtlpTracesJson } from './decode-traces.ts';
import { attribute, bytes, message, RecordingResolver, text, varint } from './test-payload.ts';
import { decodeSpans, keyValue, SPAN, spanFields, tracesRequest } from './test-spans.ts';

const list: [string, string][] = [
  ['http.route', '/a/{id}'],
  ['k', 'ü'.repeat(100)],
];
const rich = spanFields({
  ...SPAN,
  parentId: 'b1b2b3b4b5b6b7b8',
  attributes: [...list, ['n', -5n], ['d', 0.5], ['b', true], ['raw', new Uint8Array(9)]],
  events: [{ time: 5n, name: 'exception', attributes: list }],
  links: [{ traceId: SPAN.traceId, spanId: SPAN.spanId, attributes: list }],
});
const array = message(9, text(1, 'list'), message(2, message(5, message(1, text(1, 'x')))));
const status = message(15, text(2, 'broken'), varint(3, 2));
const everything = tracesRequest(
  [attribute(1, 'service.name', 'shop'), keyValue(1, ['n', 1n])],
  [[...rich, array, text(3, 'a=b'), status, varint(10, 3)], spanFields(SPAN)],
  [text(1, 'lib'), text(2, '1'), attribute(3, 'scope', 'x')],
);

/** Either it decodes, to records that can be read, or it is refused as malformed; nothing else may happen. */
function survives(body: Uint8Array, decode = decodeOtlpTraces): void {
  try {
    decodeSpans(body, {}, decode);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

test('a request cut at each byte', () => {
  assert.equal(decodeSpans(everything).spans.length, 2);
  for (let length = 0; length < everything.length; length++) {
    survives(everything.subarray(0, length));
  }
});

test('random bytes, and a request with some bytes changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => survives(body)),
    { numRuns: 2000 },
  );
  const changes = fc.array(fc.tuple(fc.nat(everything.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, (edits) => {
      const body = everything.slice();
      for (const [at, byte] of edits) body[at] = byte;
      survives(body);
    }),
    { numRuns: 4000 },
  );
});

test('JSON cut at each byte, and any JSON where a span belongs', () => {
  const json = Buffer.from(
    `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":"${SPAN.traceId}",
    "spanId":"${SPAN.spanId}","startTimeUnixNano":"5","attributes":[{"key":"a","value":{"arrayValue":{"values":[{}]}}}],
    "events":[{"name":"\\u00fc"}],"links":[{"traceId":"00"}],"status":{"code":2}}]}]}]}`,
  );
  assert.equal(decodeSpans(json, {}, decodeOtlpTracesJson).spans.length, 1);
  for (let length = 0; length < json.length; length++) {
    const cut = json.subarray(0, length);
    assert.throws(() => decodeSpans(cut, {}, decodeOtlpTracesJson), DecodeError);
  }
  for (const key of ['resourceSpans', 'scopeSpans', 'spans', 'attributes', 'events', 'links']) {
    fc.assert(
      fc.property(fc.json(), (any) => {
        const span = key === 'resourceSpans' ? `{"resourceSpans":${any}}` : wrapped(key, any);
        survives(Buffer.from(span), decodeOtlpTracesJson);
      }),
      { numRuns: 50 },
    );
  }
});

function wrapped(key: string, json: string): string {
  if (key === 'scopeSpans') return `{"resourceSpans":[{"scopeSpans":${json}}]}`;
  const spans = key === 'spans' ? json : `[{"${key}":${json}}]`;
  return `{"resourceSpans":[{"scopeSpans":[{"spans":${spans}}]}]}`;
}

test('a batch that is full refuses the request', () => {
  const batch = new SpanBatch(1, 4096);
  const long = [...spanFields(SPAN), attribute(9, 'k', 'x'.repeat(3000))];
  const body = tracesRequest([], [long, long]);
  const decode = () => decodeOtlpTraces(body, new RecordingResolver(), DEFAULT_SPAN_LIMITS, batch);
  assert.throws(decode, RequestLimitError);
});

test('more than a span may hold: it is kept without', () => {
  const many = (field: number, count: number) =>
    Array.from({ length: count }, (_, i) => attribute(field, `k${i}`, 'v'));
  const events = Array.from({ length: 20_000 }, () => message(11, text(2, 'e')));
  const links = Array.from({ length: 20_000 }, () => message(13, bytes(2, new Uint8Array(8))));
  const large = attribute(9, 'large', 'x'.repeat(300_000));
  const fields = [...spanFields(SPAN), large, ...many(9, 2000), ...events, ...links];
  const { spans, rejected } = decodeSpans(tracesRequest(many(1, 2000), [fields], many(3, 2000)));
  // The scope has the same keys, of which the first count.
  assert.equal(spans[0].attributes.length, 1000 + 3);
  assert.deepEqual(spans[0].attributes.slice(1000), [
    ['otel.dropped_attributes_count', '1001'],
    ['otel.dropped_events_count', '15904'],
    ['otel.dropped_links_count', '15904'],
  ]);
  assert.deepEqual([spans[0].events.length, spans[0].links.length], [4096, 4096]);
  assert.deepEqual(rejected, { label_limit: 0 });
});

test('records that are damaged throw', () => {
  const batch = new SpanBatch();
  decodeOtlpTraces(everything, new RecordingResolver(), DEFAULT_SPAN_LIMITS, batch);
  const record = batch.side.slice(0, batch.length[0]);
  assert.equal(readSpan(record, 0, record.length).fields[0].type, FIELD_STRING);
  for (let length = 0; length < record.length; length++) {
    assert.throws(() => readSpan(record, 0, length), DecodeError);
  }
  assert.throws(() => readSpan(record, 0, record.length + 1), DecodeError);
  assert.throws(() => readSpan(Uint8Array.of(...record, 0), 0, record.length + 1), DecodeError);
  const changes = fc.array(fc.tuple(fc.nat(record.length - 1), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(changes, (edits) => {
      const damaged = record.slice();
      for (const [at, byte] of edits) damaged[at] = byte;
      try {
        readSpan(damaged, 0, damaged.length);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('batches are used again', () => {
  const batch = new SpanBatch(1);
  const resolver = new RecordingResolver();
  for (const count of [3, 1]) {
    batch.clear();
    const spans = Array.from({ length: count }, () => spanFields(SPAN));
    decodeOtlpTraces(tracesRequest([], spans), resolver, DEFAULT_SPAN_LIMITS, batch);
    assert.equal(batch.n, count);
    assert.equal(batch.sideLength, batch.at[count - 1] + batch.length[count - 1]);
    assert.equal(batch.rejectedItems, 0);
  }
  assert.equal(resolver.registrations, 1);
});
