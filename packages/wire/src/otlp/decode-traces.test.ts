import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOtlpTracesJson } from './decode-traces.ts';
import {
  attribute,
  bytes,
  encode,
  type Field,
  fixed,
  message,
  text,
  varint,
} from './test-payload.ts';
import {
  decodeSpans,
  keyValue,
  type ShownSpan,
  SPAN,
  spanFields,
  type TestSpan,
  tracesRequest,
} from './test-spans.ts';

const SHOP = [attribute(1, 'service.name', 'shop')];

/** A request with this span alone; `more` are fields that follow its own. */
const one = (change: Partial<TestSpan>, ...more: Field[]): Uint8Array =>
  tracesRequest(SHOP, [[...spanFields({ ...SPAN, ...change }), ...more]]);

test('spans are read as they are', () => {
  const cases: [Partial<TestSpan>, Field[], Partial<ShownSpan>][] = [
    [{}, [], {}],
    [{ parentId: '0000000000000000' }, [], { parentId: '' }],
    [{ parentId: 'b1b2b3b4b5b6b7b8' }, [], { parentId: 'b1b2b3b4b5b6b7b8' }],
    [{ kind: 5, status: 2 }, [], { kind: 5, status: 2 }],
    [{ kind: 6, status: 3 }, [], { kind: 0, status: 0 }],
    [{ end: SPAN.start - 1n }, [], { end: SPAN.start }],
    [{ end: 0n }, [], { end: SPAN.start }],
    [{ start: 0n }, [], { start: SPAN.end }],
    [{ attributes: [['a', '1']] }, [], { attributes: [['a', '1']] }],
    [
      {
        attributes: [
          ['a', 'x'],
          ['a', 'y'],
        ],
      },
      [],
      { attributes: [['a', 'x']] },
    ],
    [
      {},
      [message(15, text(2, 'no route'), varint(3, 2))],
      { status: 2, attributes: [['otel.status_description', 'no route']] },
    ],
    [{}, [text(3, 'k=v')], { attributes: [['w3c.tracestate', 'k=v']] }],
    [
      {},
      [varint(10, 1), varint(12, 2), varint(14, 3)],
      {
        attributes: [
          ['otel.dropped_attributes_count', '1'],
          ['otel.dropped_events_count', '2'],
          ['otel.dropped_links_count', '3'],
        ],
      },
    ],
    [{}, [message(9, text(1, 'empty'))], { attributes: [['empty', '']] }],
    [{}, [message(9, bytes(2, encode(text(1, 'x'))))], droppedAttributes(1)],
    [
      {},
      [message(11, fixed(1, 5n), text(2, 'e'), varint(4, 7))],
      { events: [{ time: 5n, name: 'e', ...droppedAttributes(7) }] },
    ],
    [
      {},
      [message(13, text(3, 's=1'))],
      {
        links: [
          {
            traceId: '0'.repeat(32),
            spanId: '0'.repeat(16),
            attributes: [['w3c.tracestate', 's=1']],
          },
        ],
      },
    ],
    [
      {},
      [message(13, bytes(1, new Uint8Array(15)))],
      { attributes: [['otel.dropped_links_count', '1']] },
    ],
  ];
  for (const [change, more, want] of cases) {
    const { spans, rejected } = decodeSpans(one(change, ...more));
    assert.deepEqual({ spans, rejected }, { spans: [{ ...SPAN, ...want }], rejected: {} });
  }
});

function droppedAttributes(count: number): { attributes: [string, string][] } {
  return { attributes: [['otel.dropped_attributes_count', String(count)]] };
}

test('spans that are refused, and why', () => {
  const long = 'x'.repeat(20);
  const notUtf8 = new Uint8Array([0xc3, 0x28]);
  const cases: [Uint8Array, string, RegExp][] = [
    [one({ traceId: '' }), 'invalid_id', /^span "GET \/": trace id of 0 bytes$/],
    [one({ traceId: 'ab'.repeat(8) }), 'invalid_id', /trace id of 8 bytes/],
    [one({ traceId: '00'.repeat(16) }), 'invalid_id', /trace id of zeros/],
    [one({ spanId: 'ab'.repeat(16) }), 'invalid_id', /span id of 16 bytes/],
    [one({ spanId: '00'.repeat(8) }), 'invalid_id', /span id of zeros/],
    [one({ parentId: 'ab' }), 'invalid_id', /parent id that is not 8 bytes in hex/],
    [one({ start: 0n, end: 0n }), 'invalid_value', /start_time_unix_nano is not set/],
    [one({ start: 1n }), 'too_old', /before retention/],
    [one({ end: 2n ** 64n - 1n }), 'too_far_in_future', /too far in the future/],
    [one({}, bytes(5, notUtf8)), 'invalid_value', /not valid UTF-8/],
    [
      one({ attributes: [[long, 'ok']] }, bytes(9, encode(bytes(1, notUtf8)))),
      'invalid_value',
      /UTF-8/,
    ],
    [one({}, message(11, bytes(2, notUtf8))), 'invalid_value', /UTF-8/],
    [one({}, message(9, text(1, 'deep'), bytes(2, nested(40)))), 'invalid_value', /nested deeper/],
  ];
  for (const [body, reason, explanation] of cases) {
    const limits = { minTime: 1_000_000_000_000, maxTime: 2_000_000_000_000 };
    const { spans, rejected, rejections } = decodeSpans(body, limits);
    assert.deepEqual({ spans, rejected }, { spans: [], rejected: { [reason]: 1 } });
    assert.match(rejections[0], explanation);
  }
});

function nested(depth: number): Uint8Array {
  let value = encode(text(1, 'x'));
  for (let i = 0; i < depth; i++) value = encode(message(5, bytes(1, value)));
  return value;
}

test('a bad span between good ones leaves no trace', () => {
  const bad = [
    ...spanFields({ ...SPAN, attributes: [['k', 'v']] }),
    bytes(5, new Uint8Array([255])),
  ];
  const body = tracesRequest(SHOP, [spanFields(SPAN), bad, spanFields({ ...SPAN, name: 'b' })]);
  const { spans, rejected } = decodeSpans(body);
  assert.deepEqual(spans, [SPAN, { ...SPAN, name: 'b' }]);
  assert.deepEqual(rejected, { invalid_value: 1 });
});

test('resources and scopes, in any order', () => {
  const span = message(2, ...spanFields({ ...SPAN, attributes: [['a', '1']] }));
  const scope = message(
    1,
    text(1, 'lib'),
    text(2, '1.0'),
    attribute(3, 'a', '2'),
    attribute(3, 's', '3'),
  );
  const resource = message(1, attribute(1, 'service.name', 'shop'), keyValue(1, ['n', 5n]));
  const body = encode(
    message(1, message(2, span, scope), resource),
    message(1, message(2, span)),
    message(1, resource),
  );
  const { spans } = decodeSpans(body);
  const attributes: [string, string][] = [
    ['a', '1'],
    ['otel.scope.name', 'lib'],
    ['otel.scope.version', '1.0'],
    ['s', '3'],
  ];
  assert.deepEqual(spans, [
    { ...SPAN, stream: '{n="5",service.name="shop"}', attributes },
    { ...SPAN, stream: '{service.name="unknown_service"}', attributes: [['a', '1']] },
  ]);
});

test('what is past a limit is left out and counted', () => {
  const attributes = [...Array(5).keys()].map((i): [string, string] => [`k${i}`, 'v']);
  const events = attributes.map(([name]) => ({ time: 1n, name, attributes }));
  const links = attributes.map(() => ({ traceId: SPAN.traceId, spanId: SPAN.spanId, attributes }));
  const limits = { maxFields: 2, maxEvents: 3, maxLinks: 1 };
  const { spans } = decodeSpans(one({ attributes, events, links }, varint(12, 10)), limits);
  const two = attributes.slice(0, 2);
  const left: [string, string][] = [...two, ['otel.dropped_attributes_count', '3']];
  assert.deepEqual(spans[0].attributes, [
    ...left,
    ['otel.dropped_events_count', '12'],
    ['otel.dropped_links_count', '4'],
  ]);
  assert.deepEqual(
    spans[0].events,
    events.slice(0, 3).map((e) => ({ ...e, attributes: left })),
  );
  assert.deepEqual(
    spans[0].links,
    links.slice(0, 1).map((l) => ({ ...l, attributes: left })),
  );
  const long = decodeSpans(one({ attributes: [['a', 'x'.repeat(100)]], events }), {
    maxFieldsBytes: 50,
    maxEventsBytes: 90,
  });
  assert.equal(long.spans[0].events.length, 1);
  assert.deepEqual(long.spans[0].attributes, [
    ['otel.dropped_attributes_count', '1'],
    ['otel.dropped_events_count', '4'],
  ]);
  assert.throws(() => decodeSpans(one({}), { maxPoints: 0 }), /more than 0 spans/);
});

test('JSON: numbers of 64 bits, names of enums, ids that are none', () => {
  const span = (ids: string, more: string) =>
    `{${ids},"name":"j","startTimeUnixNano":1544712660000000001,"endTimeUnixNano":"1544712660000000003"${more}}`;
  const ids = '"trace_id":"0102030405060708090A0B0C0D0E0F10","span_id":"a1a2a3a4a5a6a7a8"';
  const good = span(
    ids,
    ',"kind":"SPAN_KIND_CLIENT","status":{"code":"STATUS_CODE_ERROR"},"flags":257',
  );
  const list = [
    good,
    span('"traceId":"zzzz030405060708","spanId":"a1a2a3a4a5a6a7a8"', ''),
    span(`${ids},"parentSpanId":"xyz"`, ''),
    span(ids.split(',')[0], ''),
  ];
  const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${list}]}]}]}`);
  const { spans, rejected } = decodeSpans(body, {}, decodeOtlpTracesJson);
  assert.equal(spans.length, 1);
  const { start, end, kind, status } = spans[0];
  assert.deepEqual([start, end, kind, status], [1544712660000000001n, 1544712660000000003n, 3, 2]);
  assert.deepEqual(rejected, { invalid_id: 3 });
});

test('JSON: texts that were cut in the middle of a character', () => {
  const cases: [string, string][] = [
    ['\\ud83d\\ude00', '\u{1f600}'],
    ['x\\ud83d', 'x\ufffd'],
    ['\\ude00x', '\ufffdx'],
    ['\\ud83d\\ud83d\\ude00', '\ufffd\u{1f600}'],
    ['\\ud83d\\n', '\ufffd\n'],
  ];
  for (const [json, want] of cases) {
    const ids = `"traceId":"${SPAN.traceId}","spanId":"${SPAN.spanId}","startTimeUnixNano":"1"`;
    const span = `{${ids},"name":"${json}"}`;
    const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    assert.equal(decodeSpans(body, {}, decodeOtlpTracesJson).spans[0].name, want);
  }
});

test('an empty request is one', () => {
  assert.deepEqual(decodeSpans(new Uint8Array(0)).spans, []);
  assert.deepEqual(decodeSpans(Buffer.from('{}'), {}, decodeOtlpTracesJson).spans, []);
});
