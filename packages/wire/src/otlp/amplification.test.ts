/** What one request becomes is bounded by its size: scopes are repeated with each of their records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimitError } from '../model/decode-error.ts';
import { LogBatch } from '../model/log-batch.ts';
import { SpanBatch } from '../model/span-batch.ts';
import { DEFAULT_SPAN_LIMITS } from '../model/span-limits.ts';
import { LOG_LIMITS } from '../model/test-records.ts';
import { decodeOtlpLogs } from './decode-logs.ts';
import { decodeOtlpTraces } from './decode-traces.ts';
import {
  attribute,
  bytes,
  encode,
  type Field,
  fixed,
  message,
  RecordingResolver,
  text,
  varint,
} from './test-payload.ts';

const T = 1_699_999_999_123_456_789n;
const MOST = 500_000;
const MIB = 1024 * 1024;

const log: Field = message(
  2,
  fixed(1, T),
  varint(2, 9),
  message(5, text(1, 'a short line of text')),
);
const span: Field = message(
  2,
  bytes(1, new Uint8Array(16).fill(1)),
  bytes(2, new Uint8Array(8).fill(1)),
  text(5, 'GET /'),
  fixed(7, T),
  fixed(8, T),
);
/** As instrumentation libraries have it. */
const usual: Field = message(
  1,
  text(1, '@opentelemetry/instrumentation-some-framework'),
  text(2, '0.205.0'),
  attribute(3, 'otel.library.language', 'typescript'),
  attribute(3, 'telemetry.distro', 'a usual distribution'),
);
const large: Field = message(
  1,
  ...Array.from({ length: 100 }, (_, i) => attribute(3, `key${i}`, 'x'.repeat(150))),
);

function request(scope: Field, item: Field, items: number): Uint8Array {
  const all: Field = (writer) => {
    for (let i = 0; i < items; i++) item(writer);
  };
  return encode(message(1, message(2, scope, all)));
}

function decoded(body: Uint8Array, what: string): LogBatch | SpanBatch {
  const resolver = new RecordingResolver();
  if (what === 'logs') {
    const batch = new LogBatch();
    decodeOtlpLogs(body, resolver, LOG_LIMITS, batch);
    return batch;
  }
  const batch = new SpanBatch();
  decodeOtlpTraces(body, resolver, DEFAULT_SPAN_LIMITS, batch);
  return batch;
}

for (const [what, item] of [
  ['logs', log],
  ['spans', span],
] as const) {
  test(`small ${what} with a large scope are refused once they take too much`, () => {
    const body = request(large, item, 20_000);
    assert.ok(body.length < 2 * MIB);
    const problem = /the records of one request take more than \d+ bytes/;
    assert.throws(
      () => decoded(body, what),
      (error) => error instanceof RequestLimitError && problem.test(error.message),
    );
    assert.equal(decoded(request(large, item, 900), what).n, 900);
  });

  test(`as many small ${what} with a usual scope as there may be`, () => {
    assert.equal(decoded(request(usual, item, MOST), what).n, MOST);
  });
}
