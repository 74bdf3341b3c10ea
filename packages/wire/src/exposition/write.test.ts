import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetricBatch } from '../model/batch.ts';
import { formatOfContentType, preferredFormat } from './media-type.ts';
import { type ExpositionFormat, ExpositionParser } from './parse.ts';
import { ExpositionSource } from './source.ts';
import { TestResolver, WIDE_LIMITS } from './test-resolver.ts';
import { ExpositionWriter, labelsText } from './write.ts';

function written(format: ExpositionFormat): string {
  const writer = new ExpositionWriter(format);
  writer.family({
    name: 'a_seconds_total',
    type: 'counter',
    help: 'Said "x"\n\\',
    unit: 'seconds',
  });
  writer.sample('a_seconds_total', labelsText(['l', 'v"\n\\', 'my.label', 'x']), 1.5);
  writer.family({ name: 'my.gauge', type: 'unknown', help: 'h', unit: '' });
  writer.sample('my.gauge', '', Number.NEGATIVE_INFINITY);
  writer.sample('my.gauge', labelsText(['a', 'b']), Number.NaN);
  return writer.end();
}

test('writes the text format', () => {
  assert.equal(
    written('text'),
    `# HELP a_seconds_total Said "x"\\n\\\\
# TYPE a_seconds_total counter
a_seconds_total{l="v\\"\\n\\\\","my.label"="x"} 1.5
# HELP "my.gauge" h
# TYPE "my.gauge" untyped
{"my.gauge"} -Inf
{"my.gauge",a="b"} NaN
`,
  );
});

test('writes OpenMetrics', () => {
  assert.equal(
    written('openmetrics'),
    `# HELP a_seconds Said \\"x\\"\\n\\\\
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{l="v\\"\\n\\\\","my.label"="x"} 1.5
# HELP "my.gauge" h
# TYPE "my.gauge" unknown
{"my.gauge"} -Inf
{"my.gauge",a="b"} NaN
# EOF
`,
  );
});

test('property: the parser reads what the writer writes, in both formats', () => {
  const text = fc.string({ unit: 'grapheme' });
  const name = fc.string({ unit: 'grapheme', minLength: 1 });
  const sample = fc.record({ name, label: name, labelValue: text, help: text, value: fc.double() });
  const formats = fc.constantFrom<ExpositionFormat>('text', 'openmetrics');
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 10 }), formats, (samples, format) => {
      const writer = new ExpositionWriter(format);
      for (const s of samples) {
        writer.family({ name: s.name, type: 'gauge', help: s.help, unit: '' });
        writer.sample(s.name, labelsText([`l${s.label}`, s.labelValue]), s.value);
      }
      const bytes = new TextEncoder().encode(writer.end());
      const batch = new MetricBatch();
      const resolver = new TestResolver();
      new ExpositionParser().parse(
        bytes,
        bytes.length,
        { format, now: 0, honorTimestamps: true, strict: true },
        new ExpositionSource('w', (pairs) => pairs),
        resolver,
        WIDE_LIMITS,
        batch,
      );
      assert.equal(batch.n, samples.length);
      const value = new Float64Array(1);
      const words = new Uint32Array(value.buffer);
      samples.forEach((s, i) => {
        words.set([batch.lo[i] ?? 0, batch.hi[i] ?? 0]);
        assert.deepEqual(value[0], s.value);
        const pairs = resolver.series[batch.series[i] ?? 0] ?? [];
        assert.equal(pairs[pairs.indexOf('__name__') + 1], s.name);
        assert.ok(s.labelValue === '' || pairs.includes(s.labelValue));
      });
    }),
  );
});

for (const [accept, want] of [
  [undefined, 'text'],
  ['*/*', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text;version=0.0.1', 'text'],
  ['text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.4', 'text'],
  [
    'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3',
    'openmetrics',
  ],
  ['text/html, */*;q=0.1', 'text'],
] as const) {
  test(`prefers ${want} for Accept: ${accept}`, () => assert.equal(preferredFormat(accept), want));
}

for (const [type, want] of [
  [undefined, undefined],
  ['text/plain; version=0.0.4', 'text'],
  ['TEXT/PLAIN', 'text'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  ['text/html', undefined],
  ['toString', undefined],
] as const) {
  test(`takes Content-Type ${type} as ${want}`, () =>
    assert.equal(formatOfContentType(type), want));
}
