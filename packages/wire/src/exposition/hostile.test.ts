import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetricBatch } from '../model/batch.ts';
import { type ExpositionFormat, ExpositionParser } from './parse.ts';
import { ExpositionSource } from './source.ts';
import { encoder, NOW, parse } from './test-parse.ts';
import { TestResolver, WIDE_LIMITS } from './test-resolver.ts';

/** Texts that would take forever if any step were not linear. */
for (const [what, text] of [
  ['a million labels', `a{${Array.from({ length: 1e6 }, (_, i) => `l${i}="x",`).join('')}} 1\n`],
  ['four thousand labels, often', `a{${'l="",'.repeat(4000)}} 1\n`.repeat(200)],
  ['long blanks in HELP', `# HELP a ${' '.repeat(1e6)}x${' '.repeat(1e6)}x\n`.repeat(3)],
  ['long quoted name', `# TYPE "${'\\\\'.repeat(1e6)} counter\n`],
  ['open quotes', 'a{b="'.repeat(2e5)],
  ['long number', `a ${'1'.repeat(2e6)}\n`],
  ['long exponent', `a 1e${'9'.repeat(2e6)}\n`],
  ['many bad lines', 'a\n'.repeat(2e5)],
  ['many long lines', `${'x'.repeat(1000)}\n`.repeat(3000)],
  ['many exemplars', 'a 1 # {a="b"} 1\n'.repeat(1e5)],
  ['many created times', '# TYPE a counter\na_total 1\na_created 1\n'.repeat(1e5)],
  ['one family of created times', `# TYPE a counter\n${'a_created 1\n'.repeat(1e5)}`],
] as const) {
  for (const format of ['text', 'openmetrics'] as const) {
    test(`survives ${what} as ${format}`, () => {
      const { batch, parser } = parse(text, format);
      assert.ok(batch.n <= parser.samples);
    });
  }
}

test('many refused points are counted without being told one by one', () => {
  const parser = new ExpositionParser();
  const batch = new MetricBatch();
  const bytes = encoder.encode('a 1 5\n'.repeat(2e5));
  const options = { format: 'text', now: NOW, honorTimestamps: true, strict: false } as const;
  const limits = { ...WIDE_LIMITS, minTime: 10 };
  const source = new ExpositionSource('r', (pairs) => pairs);
  parser.parse(bytes, bytes.length, options, source, new TestResolver(), limits, batch);
  assert.equal(batch.rejected.get('too_old'), 2e5);
  assert.equal(batch.rejections[1], 'line 2: time 5 ms is outside the bounds');
});

test('property: any bytes are rows or problems, never a crash', () => {
  const alphabet = fc.constantFrom(...'ab{}"=,\\ \n\t#1.e+-NaHELPTYUIOFun_created');
  const chunk = fc.oneof(
    fc.constantFrom(
      '# TYPE a histogram\n',
      '# EOF\n',
      'a_bucket{le="1"} 1 1 # {a="b"} 1\n',
      '{"a",',
    ),
    fc.string({ unit: alphabet, maxLength: 20 }),
  );
  const text = fc.array(chunk, { maxLength: 20 }).map((parts) => encoder.encode(parts.join('')));
  const formats = fc.constantFrom<ExpositionFormat>('text', 'openmetrics');
  fc.assert(
    fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), formats, (bytes, format) => {
      const { parser, batch } = parse(bytes, format);
      assert.ok(batch.n <= parser.samples);
    }),
    { numRuns: 2000 },
  );
});
