import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogTail, parseLogql } from '@sightline/query';
import { LogBatch } from '@sightline/wire';
import fc from 'fast-check';
import { LogPatterns } from './log-patterns.ts';

const NOW = 1_700_000_000_000;
const LABELS = [
  ['service.name', 'shop'],
  ['service_name', 'web'],
  ['app', 'x'],
];

interface Line {
  text: string;
  stream?: number;
  severity?: number;
  /** Before now. */
  agoSeconds?: number;
}

function batchOf(lines: readonly (Line | string)[]): LogBatch {
  const batch = new LogBatch();
  for (const line of lines) {
    const {
      text,
      stream = 0,
      severity = 9,
      agoSeconds = 0,
    } = typeof line === 'string' ? { text: line } : line;
    const at = batch.sideLength;
    batch.writer.byte(0);
    batch.writer.prefixedText(text);
    const ns = BigInt(NOW - agoSeconds * 1000) * 1_000_000n;
    batch.push(stream, Number(ns & 0xffffffffn), Number(ns >> 32n), severity, at);
  }
  return batch;
}

function mined(lines: readonly (Line | string)[], maxBytes = 1e9, now = () => NOW): LogPatterns {
  const patterns = new LogPatterns(maxBytes, now);
  patterns.onLogs('t', batchOf(lines), (stream) => LABELS[stream] ?? []);
  return patterns;
}

function shown(patterns: LogPatterns, service = 'shop', stepSeconds = 10) {
  const services = new Set([service]);
  return patterns.query({
    tenant: 't',
    services,
    fromSeconds: NOW / 1000 - 10_800,
    toSeconds: NOW / 1000,
    stepSeconds,
  });
}

/** Lines, and their patterns with counts. */
const cases: [string[], string[]][] = [
  [['user 12 paid', 'user 13 paid', 'user 4711 paid'], ['user <_> paid 3']],
  [
    ['GET /api/v1/users/17/orders 200 15ms', 'GET /api/v1/users/18/orders 404 3ms'],
    ['GET /api/v1/users/<_>/orders <_> <_> 2'],
  ],
  [
    ['user alice logged in', 'user bob logged in', 'server started on port 8080'],
    ['user <_> logged in 2', 'server started on port <_> 1'],
  ],
  [
    ['level=info msg="order 1 stored" dur=15ms', 'level=info msg="order 2 stored" dur=1.5s'],
    ['level=info msg="order <_> stored" dur=<_> 2'],
  ],
  [
    [
      '{"level":"info","msg":"request done","ms":12}',
      '{"level":"info","msg":"request done","ms":7}',
    ],
    ['{"level":"info","msg":"request done","ms":<_>} 2'],
  ],
  [
    ['10.0.0.1:443 - [02/Jan/2024:10:00:00 +0000]', '10.0.0.2:80 - [03/Jan/2024:10:00:01 +0000]'],
    ['<_> - [<_>] 2', '<_> - [<_>/Jan/<_> +<_>] 2', '<_> - [<_>/Jan/<_> <_>] 2'],
  ],
  [['id deadbeefcafe', 'id 0af7651916cd43dd8448eb211c80319c'], ['id <_> 2']],
  [['<html> a', '<html> a'], ['<_> a 2']],
  [['', '   ', '---'], ['--- 1']],
];
for (const [lines, want] of cases) {
  test(`patterns of ${JSON.stringify(lines)}`, () => {
    const found = shown(mined(lines)).map(
      ({ pattern, samples }) => `${pattern} ${samples.reduce((sum, [, count]) => sum + count, 0)}`,
    );
    if (want.length === 3) assert.ok(want.includes(found[0] ?? ''), found.join('\n'));
    else assert.deepEqual(found, want);
  });
}

test('levels are kept apart; services and tenants too', () => {
  const patterns = mined([
    { text: 'job 1 done', severity: 9 },
    { text: 'job 2 done', severity: 17 },
    { text: 'job 3 done', severity: 0 },
    { text: 'WARN: job 3 done', severity: 0 },
    { text: 'job 1 done', stream: 1 },
    { text: 'job 1 done', stream: 2 },
  ]);
  const levels = shown(patterns).map(({ level, pattern }) => `${level} ${pattern}`);
  assert.deepEqual(levels.sort(), [
    'error job <_> done',
    'info job <_> done',
    'unknown job <_> done',
    'warn WARN: job <_> done',
  ]);
  assert.equal(shown(patterns, 'web').length, 1);
  assert.equal(shown(patterns, 'unknown_service').length, 1);
  assert.equal(shown(patterns, 'other').length, 0);
});

test('counts by time, in any order of arrival, within the window', () => {
  const patterns = mined([
    { text: 'a', agoSeconds: 0 },
    { text: 'a', agoSeconds: 100 },
    { text: 'a', agoSeconds: 30 },
    { text: 'a', agoSeconds: 31 },
    { text: 'a', agoSeconds: 90_000 },
    { text: 'a', agoSeconds: -90_000 },
  ]);
  const now = NOW / 1000;
  assert.deepEqual(shown(patterns)[0]?.samples, [
    [now - 100, 1],
    [now - 40, 1],
    [now - 30, 1],
    [now, 1],
  ]);
  assert.deepEqual(shown(patterns, 'shop', 100)[0]?.samples, [
    [now - 100, 3],
    [now, 1],
  ]);
});

test('above the rate, lines stand for others', () => {
  let now = NOW;
  const patterns = new LogPatterns(1e9, () => now);
  const batch = batchOf(Array.from({ length: 1000 }, (_, i) => `request ${i} done`));
  for (let i = 0; i < 300; i++) {
    now = NOW + i;
    patterns.onLogs('t', batch, (stream) => LABELS[stream] ?? []);
  }
  const [only, ...others] = shown(patterns);
  assert.deepEqual(others, []);
  const total = only?.samples.reduce((sum, [, count]) => sum + count, 0) ?? 0;
  assert.ok(Math.abs(total - 300_000) < 30_000, String(total));
});

const WORDS = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** Texts without digits that differ in length and in words. */
function unlike(i: number): string {
  const letters = [...String(i)].map((digit) => WORDS[Number(digit)] ?? '');
  return `${letters.join('')} ${letters.toReversed().join(' ')}${'.'.repeat(i % 50)}`;
}

test('patterns and their memory are bounded', () => {
  const many = Array.from({ length: 5000 }, (_, i) => unlike(i));
  const all = mined(many);
  assert.equal(shown(all).length, 300);
  assert.equal(all.stats().patterns, 300);
  assert.ok(all.stats().forgotten > 0);
  const small = mined(many, 20_000);
  assert.ok(small.stats().bytes <= 20_000, String(small.stats().bytes));
  assert.ok(shown(small).length > 5);
});

test('memory is given back when services go', () => {
  let now = NOW - 60_000;
  const patterns = new LogPatterns(100_000, () => now);
  for (let i = 0; i < 3000; i++) {
    now += 10;
    patterns.onLogs('t', batchOf(['a b c', 'd e f g']), () => ['service_name', `s${i}`]);
  }
  assert.ok(patterns.stats().bytes <= 100_000);
  assert.equal(shown(patterns, 's2999').length, 2);
  assert.equal(shown(patterns, 's1').length, 0);
});

test('every line is matched by a pattern, as a filter of LogQL', () => {
  const word = fc.constantFrom(
    'user',
    'paid',
    '12',
    '"a b"',
    'k=v',
    '{"x":1}',
    '10:00:00',
    '<a>',
    'é',
    '/a/7',
  );
  const line = fc.oneof(
    fc.array(word, { minLength: 1, maxLength: 12 }).map((all) => all.join(' ')),
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('a', '1', '\0', '\n', '<_>', '"', '\\', '\ufeff', '\ufffd'),
    }),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
      const found = shown(mined(lines));
      const tails = found.map(({ pattern }) => {
        const expr = parseLogql(`{a="b"} |> ${JSON.stringify(pattern)}`);
        assert.ok(expr.kind === 'log');
        return new LogTail(expr, 10);
      });
      const view = { get: () => '', toPairs: () => [] };
      for (const text of lines) {
        // Without a word there is no pattern.
        if (!/[^\0- "'`()[\]{}<>=,;:/|&?!]/.test(text)) continue;
        for (const tail of tails) tail.push(view, [], text, 0, 0);
        const matched = tails.filter((tail) => tail.take().length > 0).length;
        assert.ok(
          matched > 0,
          `${JSON.stringify(text)}: ${found.map(({ pattern }) => pattern).join('\n')}`,
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('hostile bytes neither crash nor hang', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }), (bodies) => {
      const batch = new LogBatch();
      for (const body of bodies) {
        const at = batch.sideLength;
        batch.writer.byte(0);
        batch.writer.prefixed(body, 0, body.length);
        batch.push(0, 0, 0x17979cfe, 0, at);
      }
      const patterns = new LogPatterns(1e9, () => NOW);
      patterns.onLogs('t', batch, () => []);
      shown(patterns, 'unknown_service');
    }),
  );
});
