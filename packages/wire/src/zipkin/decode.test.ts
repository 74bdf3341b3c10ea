import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../model/decode-error.ts';
import { decodeSpans, type ShownSpan, SPAN } from '../otlp/test-spans.ts';
import { decodeZipkinJson } from './decode.ts';

/** Zipkin's span with this and no more. */
const BASE = {
  traceId: SPAN.traceId,
  id: SPAN.spanId,
  timestamp: 1_700_000_000_000_001,
  duration: 250,
};
const WANT: ShownSpan = {
  ...SPAN,
  stream: '{service.name="unknown_service"}',
  name: '',
  kind: 0,
  start: 1_700_000_000_000_001_000n,
  end: 1_700_000_000_000_251_000n,
  attributes: [],
  events: [],
  links: [],
};

const decode = (json: unknown) =>
  decodeSpans(Buffer.from(JSON.stringify(json)), {}, decodeZipkinJson);

test('a span is what Zipkin means by it', () => {
  const cases: [object, Partial<ShownSpan>][] = [
    [{}, {}],
    [{ traceId: '48485a3953bb6124' }, { traceId: '000000000000000048485a3953bb6124' }],
    [
      { traceId: 'ABC', id: '1' },
      { traceId: '0'.repeat(29).concat('abc'), spanId: '0000000000000001' },
    ],
    [{ parentId: 'b1b2b3b4b5b6b7b8' }, { parentId: 'b1b2b3b4b5b6b7b8' }],
    [{ parentId: null, name: null, kind: null, tags: null }, {}],
    [{ name: 'get /ü\n' }, { name: 'get /ü\n' }],
    [{ kind: 'CLIENT' }, { kind: 3 }],
    [{ kind: 'SERVER' }, { kind: 2 }],
    [{ kind: 'PRODUCER' }, { kind: 4 }],
    [{ kind: 'CONSUMER' }, { kind: 5 }],
    [{ kind: 'OTHER' }, {}],
    [{ duration: undefined }, { end: WANT.start }],
    [{ timestamp: '1700000000000001' }, {}],
    [
      { tags: { 'http.path': '/a"b', n: 5, b: true, 'e\n': '' } },
      {
        attributes: [
          ['http.path', '/a"b'],
          ['n', '5'],
          ['b', 'true'],
          ['e\n', ''],
        ],
      },
    ],
    [
      { tags: { error: 'no route' } },
      {
        status: 2,
        attributes: [
          ['error', 'no route'],
          ['otel.status_description', 'no route'],
        ],
      },
    ],
    [{ tags: { error: 'true' } }, { status: 2, attributes: [['error', 'true']] }],
    [{ tags: { error: '' } }, { status: 2, attributes: [['error', '']] }],
    [{ tags: { error: 'false' } }, { attributes: [['error', 'false']] }],
    [
      { tags: { 'otel.status_code': 'OK' } },
      { status: 1, attributes: [['otel.status_code', 'OK']] },
    ],
    [
      { annotations: [{ timestamp: 1_700_000_000_000_002, value: 'ws' }, { value: 'no time' }] },
      {
        events: [
          { time: 1_700_000_000_000_002_000n, name: 'ws', attributes: [] },
          { time: 0n, name: 'no time', attributes: [] },
        ],
      },
    ],
    [
      {
        timestamp: undefined,
        annotations: [
          { timestamp: 9, value: 'b' },
          { timestamp: 7, value: 'a' },
        ],
      },
      {
        start: 7_000n,
        end: 257_000n,
        events: [
          { time: 9_000n, name: 'b', attributes: [] },
          { time: 7_000n, name: 'a', attributes: [] },
        ],
      },
    ],
    [
      { localEndpoint: { serviceName: 'front', ipv4: '10.0.0.1', port: 80 } },
      {
        stream: '{service.name="front"}',
        attributes: [
          ['network.local.address', '10.0.0.1'],
          ['network.local.port', '80'],
        ],
      },
    ],
    [
      { remoteEndpoint: { serviceName: 'back', ipv6: '::1', port: 0, other: {} } },
      {
        attributes: [
          ['peer.service', 'back'],
          ['network.peer.address', '::1'],
        ],
      },
    ],
    [{ debug: true, unknown: [{ a: 1 }] }, {}],
    [
      { kind: 'SERVER', shared: true, parentId: 'b1b2b3b4b5b6b7b8' },
      { kind: 2, spanId: '21a2a3a4a5a6a7a8', parentId: SPAN.spanId },
    ],
    [{ shared: false }, {}],
  ];
  for (const [change, want] of cases) {
    const { spans, rejected } = decode([{ ...BASE, ...change }]);
    assert.deepEqual({ spans, rejected }, { spans: [{ ...WANT, ...want }], rejected: {} });
  }
});

test('spans that are refused do not take others with them', () => {
  const cases: [object, string][] = [
    [{ traceId: 'xyz' }, 'invalid_id'],
    [{ traceId: 'a'.repeat(33) }, 'invalid_id'],
    [{ traceId: '0' }, 'invalid_id'],
    [{ id: undefined }, 'invalid_id'],
    [{ parentId: '-1' }, 'invalid_id'],
    [{ timestamp: undefined }, 'invalid_value'],
    [{ timestamp: 1.5 }, 'invalid_value'],
    [{ timestamp: -1 }, 'invalid_value'],
    [{ timestamp: 2 ** 60 }, 'invalid_value'],
  ];
  for (const [change, reason] of cases) {
    const { spans, rejected } = decode([BASE, { ...BASE, ...change }, BASE]);
    assert.deepEqual({ spans, rejected }, { spans: [WANT, WANT], rejected: { [reason]: 1 } });
  }
});

test('what is no list of spans is refused whole', () => {
  for (const body of [
    '',
    '{}',
    '[1]',
    '[{}',
    '[{}]x',
    '[{"tags":[]}]',
    '[{"name":5}]',
    '[{"tags":{"a":{}}}]',
  ]) {
    assert.throws(() => decodeSpans(Buffer.from(body), {}, decodeZipkinJson), DecodeError, body);
  }
  assert.deepEqual(decode([]).spans, []);
});

const everything = Buffer.from(
  JSON.stringify([
    {
      ...BASE,
      name: 'gét\n',
      kind: 'SERVER',
      shared: true,
      annotations: [{ timestamp: 5, value: 'ws' }],
      tags: { error: 'x', 'otel.status_code': 'OK' },
      localEndpoint: { serviceName: 'front', port: 80 },
      remoteEndpoint: { serviceName: 'back', ipv4: '1.2.3.4' },
    },
  ]),
);

function survives(body: Uint8Array): void {
  try {
    decodeSpans(body, {}, decodeZipkinJson);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

test('a body cut at each byte, with some bytes changed, and random bytes', () => {
  for (let length = 0; length < everything.length; length++) {
    assert.throws(
      () => decodeSpans(everything.subarray(0, length), {}, decodeZipkinJson),
      DecodeError,
    );
  }
  const changes = fc.array(fc.tuple(fc.nat(everything.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(changes, (list) => {
      const body = Uint8Array.from(everything);
      for (const [at, byte] of list) body[at] = byte;
      survives(body);
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.json(), (json) => survives(Buffer.from(json))));
  fc.assert(fc.property(fc.json(), (json) => survives(Buffer.from(`[{"tags":{"a":${json}}}]`))));
});
