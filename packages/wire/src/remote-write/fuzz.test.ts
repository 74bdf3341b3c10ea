/** Any request survives both versions alike, and any bytes are decoded or refused with a typed error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TestResolver, WIDE_LIMITS } from '../exposition/test-resolver.ts';
import { MetricBatch } from '../model/batch.ts';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { encodeWriteRequestV1, encodeWriteRequestV2, type WriteSeries } from './encode.ts';
import { decodeRemoteWriteV1 } from './v1.ts';
import { decodeRemoteWriteV2 } from './v2.ts';

const LIMITS = { ...WIDE_LIMITS, minTime: 0, maxTime: 1e13, maxPoints: 5000 };

const text = fc.string({ unit: 'binary', maxLength: 12 });
const time = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 1.6e12, max: 1.9e12 }),
  fc.maxSafeInteger(),
);
const series: fc.Arbitrary<WriteSeries> = fc.record({
  labels: fc.array(fc.tuple(text, text), { maxLength: 6 }).map((pairs) => pairs.flat()),
  samples: fc.array(fc.record({ t: time, value: fc.double() }), { minLength: 1, maxLength: 4 }),
  exemplars: fc.array(fc.record({ labels: fc.tuple(text, text), value: fc.double(), t: time }), {
    maxLength: 2,
  }),
});

interface Outcome {
  rows: string[];
  rejected: Record<string, number>;
  exemplars: MetricBatch['exemplars'];
}

function outcomeOf(body: Uint8Array, decode: typeof decodeRemoteWriteV1): Outcome {
  const resolver = new TestResolver();
  const batch = new MetricBatch();
  const counts = decode(body, resolver, LIMITS, batch);
  assert.equal(counts.samples + counts.histograms, batch.n);
  assert.equal(counts.exemplars, batch.exemplars.length);
  const rows = [...batch.series.subarray(0, batch.n)].map(
    (handle, i) => `${resolver.text(handle)} ${batch.t[i]} ${batch.lo[i]} ${batch.hi[i]}`,
  );
  return { rows, rejected: Object.fromEntries(batch.rejected), exemplars: batch.exemplars };
}

test('both versions make the same of the same request', () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 8 }), (request) => {
      const v1 = outcomeOf(encodeWriteRequestV1(request), decodeRemoteWriteV1);
      const v2 = outcomeOf(encodeWriteRequestV2(request), decodeRemoteWriteV2);
      assert.deepEqual(v2, v1);
      const points = request.reduce((sum, one) => sum + (one.samples?.length ?? 0), 0);
      const rejected = Object.values(v1.rejected).reduce((sum, n) => sum + n, 0);
      assert.equal(v1.rows.length + rejected, points);
    }),
  );
});

const DECODERS = { '1.0': decodeRemoteWriteV1, '2.0': decodeRemoteWriteV2 };

function survives(body: Uint8Array, decode: typeof decodeRemoteWriteV1): void {
  const batch = new MetricBatch();
  try {
    decode(body, new TestResolver(), LIMITS, batch);
  } catch (error) {
    assert.ok(error instanceof DecodeError || error instanceof RequestLimitError, String(error));
    if (error instanceof DecodeError) {
      assert.ok(error.offset >= 0 && error.offset <= body.length, `${error.offset}`);
    }
  }
  assert.ok(batch.n <= LIMITS.maxPoints);
}

for (const [name, decode] of Object.entries(DECODERS)) {
  test(`${name}: random bytes`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (body) => survives(body, decode)),
      { numRuns: 3000 },
    );
  });

  test(`${name}: bytes that look like fields`, () => {
    const byte = fc.oneof(
      fc.constantFrom(0x08, 0x09, 0x0a, 0x10, 0x12, 0x1a, 0x22, 0x2a, 0x0b, 0x0c, 0x80, 0xff),
      fc.integer({ min: 0, max: 20 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 120 }), (body) =>
        survives(Uint8Array.from(body), decode),
      ),
      { numRuns: 5000 },
    );
  });

  test(`${name}: a good request with bytes changed, cut or repeated`, () => {
    const encode = name === '1.0' ? encodeWriteRequestV1 : encodeWriteRequestV2;
    fc.assert(
      fc.property(
        fc.array(series, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (request, changes, cut) => {
          const body = encode(request);
          for (const [at, value] of changes) body[at % body.length] = value;
          survives(body, decode);
          survives(body.slice(0, cut % body.length), decode);
        },
      ),
      { numRuns: 500 },
    );
  });

  test(`${name}: many tiny fields end at the bound`, () => {
    const fill = (...unit: number[]) => {
      const body = new Uint8Array(unit.length * 100_000);
      for (let i = 0; i < body.length; i++) body[i] = unit[i % unit.length] ?? 0;
      return body;
    };
    // Empty series, symbols and metadata; series with an empty sample; exemplars in one series.
    for (const body of [fill(0x0a, 0), fill(0x2a, 0), fill(0x22, 0), fill(0x1a, 0)]) {
      survives(body, decode);
    }
    survives(fill(0x0a, 8, 0x0a, 4, 0x0a, 0, 0x12, 0, 0x12, 0), decode);
    survives(fill(0x2a, 2, 0x12, 0), decode);
  });

  test(`${name}: a series with a million labels is refused, the next is not`, () => {
    const encode = name === '1.0' ? encodeWriteRequestV1 : encodeWriteRequestV2;
    const labels: string[] = [];
    for (let i = 0; i < 1_000_000; i++) labels.push('abc', 'x');
    const body = encode([
      { labels, samples: [{ t: 1, value: 1 }] },
      { labels: ['__name__', 'm'], samples: [{ t: 1, value: 1 }] },
    ]);
    const batch = new MetricBatch();
    decode(body, new TestResolver(), LIMITS, batch);
    assert.equal(batch.n, 1);
    assert.equal(batch.rejectedItems, 1);
    assert.ok((batch.rejections[0] ?? '').length < 400);
  });
}

test('exemplars and metadata of one request are bounded, its samples are not lost', () => {
  const exemplar = { labels: ['trace_id', 'x'], value: 1, t: 1 };
  const request = Array.from({ length: 12_000 }, (_, i) => ({
    labels: ['__name__', `m${i}`],
    samples: [{ t: 1, value: 1 }],
    exemplars: [exemplar],
    metadata: { type: 'counter' as const, help: 'h'.repeat(2000) },
  }));
  const metadata = request.map(({ labels }) => ({
    name: labels[1] ?? '',
    type: 'gauge' as const,
    help: 'h'.repeat(2000),
  }));
  const bodies = {
    '1.0': encodeWriteRequestV1(request, metadata),
    '2.0': encodeWriteRequestV2(request),
  };
  const limits = { ...LIMITS, maxPoints: 100_000 };
  for (const version of ['1.0', '2.0'] as const) {
    const batch = new MetricBatch();
    const counts = DECODERS[version](bodies[version], new TestResolver(), limits, batch);
    assert.deepEqual(counts, { samples: 12_000, histograms: 0, exemplars: 10_000 });
    assert.equal(batch.metadata.length, 10_000);
    assert.equal(batch.metadata[0]?.help.length, 1024);
  }
});

test('1.0: an exemplar with many labels is dropped', () => {
  const labels = Array.from({ length: 100_000 }, () => '');
  const { rows, exemplars } = outcomeOf(
    encodeWriteRequestV1([
      {
        labels: ['__name__', 'm'],
        samples: [{ t: 1, value: 0 }],
        exemplars: [{ labels, value: 1, t: 1 }],
      },
    ]),
    decodeRemoteWriteV1,
  );
  assert.equal(rows.length, 1);
  assert.deepEqual(exemplars, []);
});

test('1.0: labels between and after samples still belong to the series', () => {
  const label = (name: string, value: string) => {
    const body = encodeWriteRequestV1([{ labels: [name, value] }]);
    return [...body.subarray(2)];
  };
  const sample = (t: number) => [0x12, 2, 0x10, t];
  const unknown = [0x78, 5];
  const parts = [
    label('b', '2'),
    sample(1),
    label('a', '1'),
    unknown,
    label('__name__', 'm'),
    sample(2),
  ].flat();
  const outcome = outcomeOf(Uint8Array.from([0x0a, parts.length, ...parts]), decodeRemoteWriteV1);
  assert.deepEqual(outcome.rows, ['m{a="1",b="2"} 1 0 0', 'm{a="1",b="2"} 2 0 0']);
});

test('2.0: references may be unpacked, in pieces, out of range or odd', () => {
  const symbols = [0x22, 0, 0x22, 8, ...Buffer.from('__name__'), 0x22, 1, 0x6d, 0x22, 1, 0x61];
  const sample = [0x12, 2, 0x10, 1];
  const request = (...fields: number[][]) => {
    const one = [...fields.flat(), ...sample];
    return Uint8Array.from([0x2a, one.length, ...one, ...symbols]);
  };
  const want = (body: Uint8Array, rows: string[], rejected: Record<string, number>) => {
    const outcome = outcomeOf(body, decodeRemoteWriteV2);
    assert.deepEqual(outcome.rows, rows);
    assert.deepEqual(outcome.rejected, rejected);
  };
  want(request([0x0a, 2, 1, 2]), ['m 1 0 0'], {});
  want(request([0x08, 1, 0x08, 2]), ['m 1 0 0'], {});
  want(request([0x0a, 1, 1], [0x08, 2], [0x0a, 2, 3, 3]), ['m{a="a"} 1 0 0'], {});
  want(request([0x0a, 3, 1, 2, 3]), [], { invalid_labels: 1 });
  want(request([0x0a, 2, 1, 4]), [], { invalid_labels: 1 });
  want(request([0x0a, 4, 1, 2, 0, 2]), [], { invalid_labels: 1 });
  want(request(), [], { invalid_labels: 1 });
  want(request([0x0a, 4, 1, 2, 1, 2]), [], { duplicate_label: 1 });
});

test('2.0: symbol 0 has to be empty', () => {
  assert.throws(
    () => outcomeOf(Uint8Array.from([0x22, 1, 0x61]), decodeRemoteWriteV2),
    /symbol 0 is not empty/,
  );
});

test('a field of ours with another wire type is refused', () => {
  const want = (bytes: number[], decode: typeof decodeRemoteWriteV1) =>
    assert.throws(() => outcomeOf(Uint8Array.from(bytes), decode), DecodeError);
  want([0x08, 1], decodeRemoteWriteV1);
  want([0x0a, 2, 0x08, 1], decodeRemoteWriteV1);
  want([0x0a, 2, 0x10, 1], decodeRemoteWriteV1);
  want([0x0a, 12, 0x0a, 6, 0x0a, 1, 97, 0x12, 1, 97, 0x12, 2, 0x08, 1], decodeRemoteWriteV1);
  want([0x28, 1], decodeRemoteWriteV2);
  want([0x20, 1], decodeRemoteWriteV2);
  want([0x2a, 2, 0x10, 1], decodeRemoteWriteV2);
  want([0x2a, 5, 0x0d, 0, 0, 0, 0], decodeRemoteWriteV2);
});
