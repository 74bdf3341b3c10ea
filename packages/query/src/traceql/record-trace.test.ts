import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_SPAN_LIMITS,
  decodeOtlpTracesJson,
  labelsToPairs,
  readSpan,
  SpanBatch,
} from '@sightline/wire';
import { type TraceRow, traceOfRows } from './record-trace.ts';
import { searchTraces } from './search.ts';
import { parsed } from './testing/arbitrary.ts';
import { testSource } from './testing/memory-source.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

const REQUEST = {
  resourceSpans: [
    {
      resource: { attributes: [text('service.name', 'shop'), text('zone', 'eu')] },
      scopeSpans: [
        {
          scope: { name: 'http', version: '1.2', attributes: [text('language', 'js')] },
          spans: [
            {
              traceId: TRACE,
              spanId: '00000000000000aa',
              name: 'GET /',
              kind: 2,
              startTimeUnixNano: '1700000000000000001',
              endTimeUnixNano: '1700000000500000001',
              attributes: [
                { key: 'code', value: { intValue: '9007199254740993' } },
                { key: 'ratio', value: { doubleValue: 0.5 } },
                { key: 'ok', value: { boolValue: true } },
                {
                  key: 'tags',
                  value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '3' }] } },
                },
              ],
            },
            {
              traceId: TRACE,
              spanId: '00000000000000bb',
              parentSpanId: '00000000000000aa',
              name: 'pay',
              kind: 3,
              startTimeUnixNano: '1700000000100000001',
              endTimeUnixNano: '1700000000200000001',
              status: { code: 2, message: 'declined' },
              events: [
                {
                  timeUnixNano: '1700000000150000001',
                  name: 'exception',
                  attributes: [text('message', 'no')],
                },
                {
                  timeUnixNano: '1700000000160000001',
                  name: 'retry',
                  attributes: [text('message', 'yes')],
                },
              ],
              links: [
                {
                  traceId: 'ff'.repeat(16),
                  spanId: 'ee'.repeat(8),
                  attributes: [text('why', 'batch')],
                },
              ],
            },
            {
              traceId: TRACE,
              spanId: '00000000000000cc',
              parentSpanId: '00000000000000dd',
              name: 'lost',
              startTimeUnixNano: '1700000000300000001',
              endTimeUnixNano: '1700000000300000001',
            },
          ],
        },
      ],
    },
  ],
};

function rowsOf(request: unknown): TraceRow[] {
  const batch = new SpanBatch();
  const streams: string[][] = [[]];
  const resolver = {
    lookup: () => 0,
    register: (labels: Uint8Array, length: number) =>
      streams.push(labelsToPairs(labels, 0, length)) - 1,
    refusal: '',
  };
  decodeOtlpTracesJson(Buffer.from(JSON.stringify(request)), resolver, DEFAULT_SPAN_LIMITS, batch);
  return Array.from({ length: batch.n }, (_, i) => ({
    record: readSpan(batch.side, batch.at[i], batch.length[i]),
    startLo: batch.startLo[i],
    startHi: batch.startHi[i],
    endLo: batch.endLo[i],
    endHi: batch.endHi[i],
    kind: batch.kind[i],
    status: batch.status[i],
    resource: streams[batch.stream[i]],
  }));
}

const ROWS = rowsOf(REQUEST);

function names(where: string, rows: readonly TraceRow[] = ROWS): string {
  const source = testSource(traceOfRows(rows));
  const options = { startMs: 0, endMs: 0, limit: 1, spansPerSpanset: 10 };
  const [match] = searchTraces(parsed(`{ ${where} }`), source, options);
  return match?.spansets[0].spans.map(({ name }) => name).join(', ') ?? '';
}

test('every field of a record can be asked for', () => {
  const is = (where: string, want: string) => assert.equal(names(where), want, where);
  is('', 'GET /, pay, lost');
  is('resource.service.name = "shop" && .zone = "eu"', 'GET /, pay, lost');
  is('span.code = 9007199254740993 && .ratio = 0.5 && .ok', 'GET /');
  is('span.code = 9007199254740992', '');
  is('.tags = "x" && .tags = 3', 'GET /');
  is('kind = server && duration = 500ms', 'GET /');
  is('status = error && statusMessage = "declined"', 'pay');
  is('event:name = "retry" && event:timeSinceStart = 50ms && event.message = "yes"', 'pay');
  is(
    `link:traceID = "${'ff'.repeat(16)}" && link:spanID = "${'EE'.repeat(8)}" && link.why = "batch"`,
    'pay',
  );
  is(
    'instrumentation:name = "http" && instrumentation:version = "1.2" && instrumentation.language = "js"',
    'GET /, pay, lost',
  );
  is(`trace:id = "${TRACE}" && span:id = "aa"`, 'GET /');
  is('parent = nil', 'GET /');
  is('span:parentID = "dd" && nestedSetParent = 0', 'lost');
  is('rootName = "GET /" && trace:duration = 500ms', 'GET /, pay, lost');
});

test('of equal span ids the last row counts', () => {
  const [first, ...rest] = ROWS;
  const again = { ...first, status: 1, record: { ...first.record, name: 'again' } };
  assert.equal(names('', [first, ...rest, again]), 'again, pay, lost');
});

test('attributes that a comparison shows', () => {
  const keys = traceOfRows(ROWS)
    .attributes()
    .map(({ scope, name }) => `${scope}.${name}`);
  assert.deepEqual(keys, [
    'event.message',
    'link.why',
    'resource.service.name',
    'resource.zone',
    'span.code',
    'span.language',
    'span.ok',
    'span.ratio',
    'span.tags',
  ]);
});
