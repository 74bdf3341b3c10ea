import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceilMs, floorMs, timeOfMs } from '@sightline/wire';
import fc from 'fast-check';
import { LogqlEvalError } from './eval-error.ts';
import { entryOf, MemorySource } from './testing/memory-source.ts';
import { at, lines, logs, matrix } from './testing/run-query.ts';

test('times: words and milliseconds', () => {
  const words = fc.bigInt(0n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(words, (ns) => {
      const hi = Number(ns >> 32n);
      const lo = Number(ns & 0xffff_ffffn);
      assert.equal(BigInt(floorMs(hi, lo)), ns / 1_000_000n);
      assert.equal(BigInt(ceilMs(hi, lo)), (ns + 999_999n) / 1_000_000n);
      const back = timeOfMs(floorMs(hi, lo), Number(ns % 1_000_000n));
      assert.deepEqual(back, { hi, lo });
    }),
  );
});

/** Counts lines in windows the slow way. */
function naiveCounts(times: readonly number[], to: number, step: number, window: number): string {
  const shown: string[] = [];
  for (let s = 0; s <= to; s += step) {
    const count = times.filter((time) => time <= s && time > s - window).length;
    shown.push(count === 0 ? '-' : String(count));
  }
  return shown.join(' ');
}

test('combined lines count as single ones do, for all windows, steps and offsets', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 15 }),
      (times, step, window, offset) => {
        const source = lines(...times.map((time) => `${time} x: n=${time}`));
        const want = naiveCounts(
          times.map((time) => time + offset),
          60,
          step,
          window,
        );
        const query = `sum(count_over_time({app="a"}[${window}s] offset ${offset}s))`;
        const [got = '{} -'] = matrix(query, source, 60, step);
        assert.equal(got.replaceAll(/^\{\} |-| /g, ''), want.replaceAll(/-| /g, ''));
        const max = `max(max_over_time({app="a"} | logfmt | unwrap n [${window}s]))`;
        const quantile = `quantile_over_time(1, {app="a"} | logfmt | unwrap n [${window}s]) by ()`;
        assert.deepEqual(matrix(max, source, 60, step), matrix(quantile, source, 60, step));
      },
    ),
    { numRuns: 150 },
  );
});

const STAGES = [
  ...['| json', '| logfmt', '| unpack', '| decolorize', '|= "a"', '!~ "b+"', '|> "<_>a<_>"'],
  ...['| pattern "<p> <q>"', '| regexp "(?P<r>.+)="', '| line_format "{{.n | upper}}"', '| drop n'],
  ...[
    '| label_format pod=n',
    '| keep n, p',
    '| n > 5',
    '| n = ip("10.0.0.0/8")',
    '| p="x" or n<5KB',
  ],
  ...[
    '| label_format m="{{ div 1 .n }}"',
    '| json n="a[0].b"',
    '| logfmt --strict --keep-empty m="n"',
  ],
];
const OVER = [
  ...['count_over_time(S [10s])', 'sum by (n) (rate(S [10s]))', 'absent_over_time(S [10s])'],
  ...[
    'quantile_over_time(0.5, S | unwrap n [10s]) by (p)',
    'max(max_over_time(S | unwrap n [10s]))',
  ],
  ...['topk(2, bytes_rate(S | __error__="" [10s])) / 2', 'rate_counter(S | unwrap bytes(n) [10s])'],
];

test('whatever stages meet whatever lines: an answer, or an error of its kind', () => {
  const texts = fc.oneof(
    fc.constantFrom('n=1 a=2', '{"n":5,"a":[{"b":"c"}]}', 'n=10.0.0.1 x', 'n=oops', ''),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const stages = fc.array(fc.constantFrom(...STAGES), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(texts, { maxLength: 8 }),
      stages,
      fc.constantFrom(...OVER),
      (all, some, over) => {
        const source = new MemorySource(
          all.map((line, i) => entryOf({ app: 'a', pod: 'x' }, at(i), line, { n: String(i) })),
        );
        const selector = `{app="a"} ${some.join(' ')}`;
        logs(selector, source);
        try {
          matrix(over.replace('S', selector), source, 10, 2);
        } catch (error) {
          if (!(error instanceof LogqlEvalError)) throw error;
        }
      },
    ),
    { numRuns: 800 },
  );
});
