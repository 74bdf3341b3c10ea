/** What a block of log records tells of its streams is what its columns say, or it tells nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorruptionError } from '../blocks/errors.ts';
import { encodeLogActivity, readLogActivity } from './log-activity.ts';

interface Row {
  stream: number;
  ns: bigint;
  severity: number;
  text: number;
}

function encode(rows: readonly Row[]): Uint8Array | null {
  const times = {
    lo: Uint32Array.from(rows, ({ ns }) => Number(ns & 0xffffffffn)),
    hi: Uint32Array.from(rows, ({ ns }) => Number(ns >> 32n)),
  };
  const streams = Uint32Array.from(rows, ({ stream }) => stream);
  const levels = Uint32Array.from(rows, ({ severity }) => severity);
  const texts = Uint32Array.from(rows, ({ text }) => text);
  return encodeLogActivity(rows.length, times, streams, levels, texts);
}

/** Per stream and severity the rows, and per stream the first and the last time. */
function told(data: Uint8Array): string[] {
  const { streams, first, last, severities, counts } = readLogActivity(data, 'test');
  const ns = ({ lo, hi }: typeof first, i: number): bigint =>
    (BigInt(hi[i]) << 32n) + BigInt(lo[i]);
  return [...streams].flatMap((stream, i) => [
    `${stream}: ${ns(first, i)} to ${ns(last, i)}`,
    ...[...severities].flatMap((severity, k) =>
      counts[k][i] > 0 ? [`${stream} ${severity}: ${counts[k][i]}`] : [],
    ),
  ]);
}

function wanted(rows: readonly Row[]): string[] {
  return [...Map.groupBy(rows, ({ stream }) => stream)].flatMap(([stream, own]) => [
    `${stream}: ${own[0].ns} to ${own[own.length - 1].ns}`,
    ...[...Map.groupBy(own, ({ severity }) => severity)].map(
      ([severity, same]) => `${stream} ${severity}: ${same.length}`,
    ),
  ]);
}

const row = fc.record({
  stream: fc.integer({ min: 1, max: 4 }),
  ns: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: 2n ** 60n - 9n, max: 2n ** 60n + 9n }),
  ),
  severity: fc.constantFrom(0, 9, 17, 255),
  text: fc.nat(3),
});
const rows = fc.array(row, { minLength: 1, maxLength: 100 });

test('rows in order are told', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const ordered = all
        .filter(({ stream, ns, text }, i) => {
          const isSame = (b: Row): boolean => b.stream === stream && b.ns === ns && b.text === text;
          return all.findIndex(isSame) === i;
        })
        .sort((a, b) => a.stream - b.stream || Number(a.ns > b.ns) - Number(a.ns < b.ns));
      const streams = new Set(all.map(({ stream }) => stream)).size;
      const data = encode(ordered);
      assert.equal(data === null, streams * 8 > ordered.length + 8);
      if (data !== null) assert.deepEqual(told(data).sort(), wanted(ordered).sort());
    }),
  );
});

test('rows out of order, twice, or of larger severities are not', () => {
  const of = (...each: [stream: number, ns: bigint, severity?: number, text?: number][]) => {
    const more = Array.from({ length: 50 }, (_, i) => ({
      stream: 9,
      ns: BigInt(i),
      severity: 0,
      text: 0,
    }));
    return encode([
      ...each.map(([stream, ns, severity = 0, text = 0]) => ({ stream, ns, severity, text })),
      ...more,
    ]);
  };
  assert.notEqual(of([1, 5n], [1, 6n], [2, 5n]), null);
  assert.equal(of([1, 5n], [1, 5n]), null);
  assert.notEqual(of([1, 5n, 0, 1], [1, 5n, 0, 2], [1, 5n, 0, 3]), null);
  assert.equal(of([1, 5n, 0, 1], [1, 5n, 0, 2], [1, 5n, 0, 1]), null);
  assert.equal(of([1, 6n], [1, 5n]), null);
  assert.equal(of([1, 2n ** 32n], [1, 7n]), null);
  assert.equal(of([1, 5n], [2, 5n], [1, 6n]), null);
  assert.equal(of([1, 5n, 256]), null);
});

test('damage is a CorruptionError', () => {
  const data = encode([{ stream: 1, ns: 5n, severity: 9, text: 0 }]);
  assert.ok(data !== null);
  fc.assert(
    fc.property(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = data.slice();
      damaged[at] ^= change;
      assert.throws(() => readLogActivity(damaged, 'test'), CorruptionError);
      assert.throws(() => readLogActivity(data.subarray(0, at), 'test'), CorruptionError);
    }),
  );
});
