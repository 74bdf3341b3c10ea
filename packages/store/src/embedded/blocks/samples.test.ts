import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SampleBuffer } from '../../querier.ts';
import { SampleColumns } from './columns.ts';
import { CorruptionError } from './errors.ts';
import { SampleBlockReader } from './sample-reader.ts';
import { SampleBlockEncoder } from './samples.ts';

interface Run {
  dsid: number;
  t: Float64Array;
  lo: Uint32Array;
  hi: Uint32Array;
  st: Float64Array | null;
}

function words(values: readonly number[]): { lo: Uint32Array; hi: Uint32Array } {
  const bits = new Uint32Array(Float64Array.from(values).buffer);
  return {
    lo: Uint32Array.from(values, (_, i) => bits[i * 2]),
    hi: Uint32Array.from(values, (_, i) => bits[i * 2 + 1]),
  };
}

function runOf(dsid: number, values: readonly number[], t0 = 0, step = 15_000): Run {
  const t = Float64Array.from(values, (_, i) => t0 + i * step);
  return { dsid, t, ...words(values), st: null };
}

function encode(runs: readonly Run[]): Uint8Array {
  const encoder = new SampleBlockEncoder();
  for (const run of runs) {
    // Shifted by one, so that `from` is not always 0.
    const shift = (column: Float64Array): Float64Array => Float64Array.of(-7, ...column);
    encoder.addRun(
      run.dsid,
      run.t.length,
      shift(run.t),
      Uint32Array.of(9, ...run.lo),
      Uint32Array.of(9, ...run.hi),
      run.st === null ? null : shift(run.st),
      1,
    );
  }
  return encoder.finish();
}

function assertReadsBack(runs: readonly Run[]): void {
  const block = SampleBlockReader.open(encode(runs), 'test');
  assert.equal(block.runs, runs.length);
  runs.forEach((run, i) => {
    assert.equal(block.find(run.dsid), i);
    const columns = new SampleColumns(1);
    block.readColumns(i, columns);
    const n = run.t.length;
    assert.equal(columns.n, n);
    assert.deepEqual(columns.t.subarray(0, n), run.t);
    assert.deepEqual(columns.lo.subarray(0, n), run.lo);
    assert.deepEqual(columns.hi.subarray(0, n), run.hi);
    assert.deepEqual(columns.st.subarray(0, n), run.st ?? new Float64Array(n));
    const middle = run.t[n >> 1];
    assertRange(block, i, run, -Infinity, Infinity);
    assertRange(block, i, run, middle, Infinity);
    assertRange(block, i, run, -Infinity, middle);
    assertRange(block, i, run, middle, middle);
  });
}

function assertRange(
  block: SampleBlockReader,
  i: number,
  run: Run,
  minT: number,
  maxT: number,
): void {
  const buffer = new SampleBuffer();
  buffer.n = 3;
  block.read(i, buffer, minT, maxT);
  const rows = [...run.t.keys()].filter((k) => run.t[k] >= minT && run.t[k] <= maxT);
  const got = (column: Float64Array): number[] => [...column.subarray(3, buffer.n)];
  assert.deepEqual(
    got(buffer.t),
    rows.map((k) => run.t[k]),
  );
  const st = run.st;
  if (buffer.hasStart && st !== null)
    assert.deepEqual(
      got(buffer.st),
      rows.map((k) => st[k]),
    );
  else assert.ok(st === null || rows.every((k) => st[k] === 0));
  rows.forEach((k, at) => {
    assert.equal(buffer.bits[(3 + at) * 2], run.lo[k]);
    assert.equal(buffer.bits[(3 + at) * 2 + 1], run.hi[k]);
  });
}

const cases: [string, number[]][] = [
  ['one value', [42]],
  ['one odd value', [0.1 + 0.2]],
  ['constant zero', [0, 0, 0]],
  ['constant negative zero', [-0, -0]],
  ['constant infinity', [Infinity, Infinity]],
  ['zero and negative zero', [0, -0, 0, 1]],
  ['steady counter', Array.from({ length: 60 }, (_, i) => 1e9 + i * 1234)],
  ['accelerating counter', Array.from({ length: 60 }, (_, i) => i * i * 1000 + 5)],
  ['decimals', Array.from({ length: 60 }, (_, i) => Math.round(1234.5 + Math.sin(i) * 100) / 100)],
  ['nanoseconds as seconds', [0.000016231, 0.00002, 0.123456789]],
  ['pages', [4096, 8192 * 1000, 4096 * 7, 0, -4096]],
  ['large powers of two', [2 ** 40, 2 ** 45, 2 ** 50]],
  ['at the integer limit', [2 ** 50, -(2 ** 50), 2 ** 50, 0]],
  ['past the integer limit', [2 ** 50 + 1, -(2 ** 53), 2 ** 60]],
  ['irrational', Array.from({ length: 33 }, (_, i) => Math.sqrt(i + 2))],
  ['denormals', [5e-324, 1e-310, 2.2250738585072014e-308, 0]],
  ['extremes', [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Infinity]],
  ['reset', [100, 200, 300, 5, 105, 205]],
  ['long residuals', [0, 2 ** 20, 2 ** 27, 2 ** 34, 2 ** 41, 2 ** 48, 1, 2, 3]],
  ['long changes', [0, 100, 2 ** 21, 2 ** 22 + 7, 2 ** 49, 5, 2 ** 49, 5]],
];

test('values come back bit for bit', () => {
  for (const [name, values] of cases) {
    assertReadsBack([runOf(1, values)]);
    assert.ok(name);
  }
  assertReadsBack(cases.map(([, values], i) => runOf(i * 3 + 1, values)));
});

test('stale markers and other NaN payloads survive', () => {
  const stale = runOf(5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  stale.lo[15] = 2;
  stale.hi[15] = 0x7ff00000;
  const first = runOf(6, [1, 2, 3, 4]);
  first.lo[0] = 0xdeadbeef;
  first.hi[0] = 0xfff12345;
  const all = runOf(7, [0, 0, 0]);
  all.lo.fill(2);
  all.hi.fill(0x7ff00000);
  const mixed = runOf(8, [0, 1, 0, 1]);
  mixed.lo.set([2, 0, 1, 0]);
  mixed.hi.set([0x7ff00000, 0x7ff80000, 0xfff80000, 0x3ff00000]);
  const constant = runOf(9, [7, 7, 7, 7]);
  constant.lo[2] = 2;
  constant.hi[2] = 0x7ff00000;
  assertReadsBack([stale, first, all, mixed, constant]);
});

test('times of every shape come back', () => {
  const shapes = [
    [0],
    [-5000, 0, 5000],
    [1_732_150_000_000, 1_732_150_015_003, 1_732_150_029_998, 1_732_150_045_001],
    [1, 2, 4, 8, 1e6, 8.64e15],
    [0.5, 1.25, 2],
    [-8.64e15, 0, 2 ** 53],
    [10, 20, 30, 70, 80, 90],
  ];
  assertReadsBack(
    shapes.map((times, i) => ({ ...runOf(i + 1, times), t: Float64Array.from(times) })),
  );
});

test('start times of every shape come back', () => {
  const starts = [
    [0, 0, 0, 0],
    [5, 5, 5, 5],
    [0, 0, 1e12, 1e12],
    [1e12, 1e12 + 60_000, 1e12 + 120_000, 0],
    [0.5, 1e300, -3, 0],
  ];
  assertReadsBack(
    starts.map((st, i) => ({ ...runOf(i + 1, [1, 2, 3, 4]), st: Float64Array.from(st) })),
  );
});

test('runs of the same times share one vector', () => {
  const one = encode([runOf(1, [1, 2, 3])]);
  const times = Array.from({ length: 200 }, (_, i) => i * i * 977 + (i % 7) * 331);
  const many = Array.from({ length: 100 }, (_, i) => ({
    ...runOf(
      i + 1,
      times.map(() => 1),
    ),
    t: Float64Array.from(times),
  }));
  assert.ok(encode(many).length < one.length + times.length * 4);
  const cycle = Array.from({ length: 900 }, (_, i) => runOf(i + 1, [1, 2], (i % 300) * 1000 + 7));
  assertReadsBack(cycle);
});

const anyBits = fc.tuple(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const anyValue = fc.oneof(
  { weight: 4, arbitrary: fc.double().map((x): [number, number] => pair(x)) },
  { weight: 4, arbitrary: fc.integer().map((x): [number, number] => pair(x)) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: -9999, max: 9999 }).map((x): [number, number] => pair(x / 100)),
  },
  { weight: 2, arbitrary: fc.maxSafeInteger().map((x): [number, number] => pair(x)) },
  { weight: 1, arbitrary: fc.constant<[number, number]>([2, 0x7ff00000]) },
  { weight: 1, arbitrary: anyBits },
);

function pair(x: number): [number, number] {
  const { lo, hi } = words([x]);
  return [lo[0], hi[0]];
}

const anyRun = fc
  .record({
    values: fc.oneof(
      fc.array(anyValue, { minLength: 1, maxLength: 40 }),
      fc.array(
        fc.integer({ min: 0, max: 300 }).map((x): [number, number] => pair(x)),
        { minLength: 1, maxLength: 80 },
      ),
      fc.array(
        fc.integer({ min: 0, max: 1e9 }).map((x): [number, number] => pair(x * 1024)),
        { minLength: 1, maxLength: 20 },
      ),
    ),
    t0: fc.integer({ min: -1e12, max: 2e12 }),
    gaps: fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 1, maxLength: 5 }),
    starts: fc.option(
      fc.array(
        fc.oneof(
          fc.constant(0),
          fc.integer(),
          fc.double({ noNaN: true }).map((x) => x + 0),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    ),
  })
  .map(({ values, t0, gaps, starts }) => {
    let t = t0;
    return {
      t: Float64Array.from(values, (_, i) => {
        t += gaps[i % gaps.length];
        return t;
      }),
      lo: Uint32Array.from(values, (value) => value[0]),
      hi: Uint32Array.from(values, (value) => value[1]),
      st:
        starts === null
          ? null
          : Float64Array.from(values, (_, i) => starts[(i >> 2) % starts.length]),
    };
  });

test('any runs come back bit for bit', () => {
  fc.assert(
    fc.property(fc.array(anyRun, { minLength: 1, maxLength: 12 }), (runs) => {
      assertReadsBack(runs.map((run, i) => ({ dsid: i * 2 + 1, ...run })));
    }),
    { numRuns: 300 },
  );
});

test('a flipped bit or a cut is a CorruptionError', () => {
  const sealed = encode(cases.map(([, values], i) => runOf(i + 1, values)));
  fc.assert(
    fc.property(fc.nat({ max: sealed.length * 8 - 1 }), (bit) => {
      const damaged = sealed.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      assert.throws(() => SampleBlockReader.open(damaged, 'test'), CorruptionError);
    }),
    { numRuns: 500 },
  );
  for (let length = 0; length < sealed.length; length += 7) {
    assert.throws(
      () => SampleBlockReader.open(sealed.subarray(0, length), 'test'),
      CorruptionError,
    );
  }
});

test('wrong calls are refused', () => {
  const encoder = new SampleBlockEncoder();
  const { t, lo, hi } = runOf(3, [1, 2]);
  encoder.addRun(3, 2, t, lo, hi, null, 0);
  assert.throws(() => encoder.addRun(3, 2, t, lo, hi, null, 0), RangeError);
  assert.throws(() => encoder.addRun(4, 0, t, lo, hi, null, 0), RangeError);
});

test('a reused encoder forgets the block before', () => {
  const encoder = new SampleBlockEncoder();
  const add = (run: Run): void =>
    encoder.addRun(run.dsid, run.t.length, run.t, run.lo, run.hi, run.st, 0);
  add({ ...runOf(9, [1, 5, 2]), st: Float64Array.of(1, 2, 3) });
  encoder.finish();
  encoder.reset();
  add(runOf(2, [1, 5, 2], 100));
  assert.deepEqual(encoder.finish(), encode([runOf(2, [1, 5, 2], 100)]));
});
