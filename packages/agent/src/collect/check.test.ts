import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InstrumentSet } from '../metrics.ts';
import { MAX_METRICS, MAX_SERIES, SourceIntake } from './check.ts';
import { checkedEvent } from './checked.ts';

/** Names and values taken, and the offence. */
function taken(returned: unknown, intake = new SourceIntake()): [string[], string] {
  const samples = intake.take(returned);
  return [samples.map(({ name, kind, value }) => `${name} ${kind} ${value}`), intake.offence];
}

test('metrics are taken as they are', () => {
  const histogram = { bounds: [1, 2], buckets: new Float64Array([1, 0, 2]), sum: 9 };
  const list = [
    { name: 'g', value: 1.5 },
    { name: 'c', kind: 'counter', value: 3, attributes: { a: 'x', n: 1, b: true, u: undefined } },
    { name: 'h', kind: 'histogram', value: 3, distribution: histogram },
  ];
  const intake = new SourceIntake();
  const samples = intake.take(list);
  assert.deepEqual(
    samples.map(({ name, kind }) => `${name} ${kind}`),
    ['g gauge', 'c counter', 'h histogram'],
  );
  assert.deepEqual(samples[1]?.attributes, { a: 'x', n: 1, b: true });
  assert.deepEqual(samples[2]?.distribution, { bounds: [1, 2], buckets: [1, 0, 2], sum: 9 });
  assert.equal(intake.refused, 0);
});

test('points of instruments are copied', () => {
  const set = new InstrumentSet();
  const point = set.histogram('h', 's', 'H.', [1], 'k').point('v');
  point.buckets[0] = 1;
  point.set(1);
  const [sample] = new SourceIntake().take(set.present());
  point.buckets[0] = 5;
  point.set(5);
  assert.equal(sample?.value, 1);
  assert.equal(sample?.distribution?.buckets[0], 1);
  assert.deepEqual(sample?.attributes, { k: 'v' });
});

test('what is of no use is refused with the first offence, the rest is taken', () => {
  const cases: [unknown, string][] = [
    [undefined, 'metrics[1]: is a value of type undefined'],
    [[], 'metrics[1]: has no name'],
    [{ value: 1 }, 'metrics[1]: has no name'],
    [{ name: 7, value: 1 }, 'metrics[1]: has no name'],
    [{ name: 'x'.repeat(256), value: 1 }, /more than 255 characters/.source],
    [{ name: 'x', value: '1' }, 'metrics[1]: x: value is not a finite number'],
    [{ name: 'x', value: Number.NaN }, 'metrics[1]: x: value is not a finite number'],
    [{ name: 'x', value: 1n }, 'metrics[1]: x: value is not a finite number'],
    [{ name: 'x', value: 1, kind: 'sum' }, 'metrics[1]: x: kind is not known'],
    [{ name: 'x', value: -1, kind: 'counter' }, 'metrics[1]: x: a counter is below zero'],
    [{ name: 'x', value: 1, kind: 'histogram' }, 'metrics[1]: x: a histogram without distribution'],
    [{ name: 'x', value: 1, attributes: 'a' }, 'metrics[1]: x: attributes are no object'],
    [
      { name: 'x', value: 1, attributes: { ['__proto__']: 'a' } },
      'metrics[1]: x: an attribute cannot be called __proto__',
    ],
    [{ name: 'ok', value: 2 }, 'metrics[1]: ok: is there twice'],
  ];
  for (const [bad, want] of cases) {
    const [samples, offence] = taken([{ name: 'ok', value: 1 }, bad, { name: 'z', value: 2 }]);
    assert.deepEqual(samples, ['ok gauge 1', 'z gauge 2']);
    assert.ok(offence === want || offence.match(want), `${offence} is not ${want}`);
  }
});

test('histograms that do not fit together are refused', () => {
  for (const [bounds, buckets, sum] of [
    [[2, 1], [0, 0, 0], 1],
    [[1], [1], 1],
    [[1], [1, -1], 1],
    [[Number.NaN], [1, 1], 1],
    [[1], [1, 1], Number.POSITIVE_INFINITY],
    [[1], [1, 'x'], 1],
    ['12', [1, 1, 1], 1],
    [{ length: 1e9 }, [1], 1],
  ]) {
    const metric = {
      name: 'h',
      kind: 'histogram',
      value: 1,
      distribution: { bounds, buckets, sum },
    };
    assert.deepEqual(taken([metric])[0], []);
  }
});

test('what is no array is a TypeError that says what it is', () => {
  for (const returned of [undefined, null, {}, 'x', 5, new Map(), () => []]) {
    assert.throws(() => taken(returned), /instead of an array of metrics/);
  }
});

test('a flood is bounded: values of a collection, series of a source', () => {
  const intake = new SourceIntake();
  const flood = Array.from({ length: 1_000_000 }, (_, i) => ({ name: `m${i}`, value: i }));
  const samples = intake.take(flood);
  assert.equal(samples.length, MAX_METRICS);
  assert.equal(intake.refused, 1_000_000 - MAX_METRICS);
  assert.match(
    intake.offence,
    /metrics\[5000\]: more than 5000 metrics in a collection \(1000000\)/,
  );
  let taken = 0;
  for (let round = 0; round < 5; round++) {
    const list = Array.from({ length: MAX_METRICS }, (_, i) => ({
      name: 'churn',
      value: 1,
      attributes: { id: `${round} ${i}` },
    }));
    taken += intake.take(list).length;
  }
  assert.equal(taken, MAX_SERIES - MAX_METRICS);
  assert.match(intake.offence, /more than 10000 series/);
});

test('series that are gone make room again', () => {
  const intake = new SourceIntake();
  const of = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i}`, value: 1 }));
  intake.take(of('a', MAX_METRICS));
  intake.take(of('b', MAX_METRICS));
  for (let i = 0; i < 300; i++) intake.take(of('b', 1));
  assert.equal(intake.take(of('c', 10)).length, 10);
});

test('objects that resist are refused, not thrown', () => {
  const proxy = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );
  const getter = {
    get name(): string {
      throw new Error('never');
    },
    value: 1,
  };
  const keys = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('keys');
      },
    },
  );
  const [samples, offence] = taken([proxy, getter, { name: 'x', value: 1, attributes: keys }]);
  assert.deepEqual(samples, []);
  assert.equal(offence, 'metrics[0]: no');
  const sparse: unknown[] = [];
  sparse.length = 4_000_000_000;
  assert.deepEqual(taken(sparse)[0], []);
});

test('anything at all is taken or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (list) => {
      const intake = new SourceIntake();
      const samples = intake.take(list);
      assert.equal(samples.length + intake.refused, list.length);
      for (const { value } of samples) assert.ok(Number.isFinite(value));
    }),
  );
});

test('events: texts are cut, anything else is refused', () => {
  const event = checkedEvent({
    name: 'e',
    severity: 'warn',
    message: 'x'.repeat(100_000),
    attributes: { long: 'y'.repeat(100_000), other: {}, n: 1 },
  });
  assert.equal(event.message.length, 8192);
  assert.equal(String(event.attributes?.long).length, 4096);
  assert.deepEqual(Object.keys(event.attributes ?? {}), ['long', 'n']);
  for (const bad of [
    null,
    'e',
    { name: '', severity: 'warn', message: '' },
    { name: 'e', severity: 'fatal', message: '' },
    { name: 'e', severity: 'info', message: 5 },
  ]) {
    assert.throws(() => checkedEvent(bad));
  }
});
