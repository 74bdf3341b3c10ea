import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetricBatch } from '../model/batch.ts';
import { ExpositionError, type ExpositionFormat, ExpositionParser } from './parse.ts';
import { ExpositionSource } from './source.ts';
import { encoder, NOW, parse, value, words } from './test-parse.ts';
import { TestResolver, WIDE_LIMITS } from './test-resolver.ts';

/** One line of text in, one row out. */
function reads(text: string, want: string): void {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parse(text), { ...parse(text), rows: [want], problems: [] });
    assert.deepEqual(parse(text).rows, [want]);
  });
}

function refuses(text: string, problem: string, format: ExpositionFormat = 'text'): void {
  test(`refuses ${JSON.stringify(text)} as ${format}`, () => {
    const parsed = parse(text, format);
    assert.deepEqual(parsed.rows, []);
    assert.ok(parsed.problems[0]?.includes(problem), parsed.problems.join('; '));
    assert.throws(() => parse(text, format, true), ExpositionError);
  });
}

reads('a 1', 'a 1');
reads('a 1\n', 'a 1');
reads('a 1\r\n', 'a 1');
reads('  \ta  1  \n', 'a 1');
reads('a{} 1', 'a 1');
reads('a{b="c"} 1', 'a{b="c"} 1');
reads('a{b="c"}1', 'a{b="c"} 1');
reads('a {b="c",} 1', 'a{b="c"} 1');
reads('a{ b = "c" , d="e" } 1', 'a{b="c",d="e"} 1');
reads('a{b=""} 1', 'a 1');
reads('a{b="}{\\"\\\\\\n\\t,="} 1', `a{b=${JSON.stringify('}{"\\\n\\t,=')}} 1`);
reads('a:b:_c0 1', 'a:b:_c0 1');
reads('{"my.metric"} 1', 'my.metric 1');
reads('{"my.metric","a.b"="c"} 1', 'my.metric{a.b="c"} 1');
reads('{"my \\"m\\"",a="b"} 1', 'my "m"{a="b"} 1');
reads('a{"b"="c"} 1', 'a{b="c"} 1');
reads('a{b="ü€😀"} 1', 'a{b="ü€😀"} 1');
reads('a 1 1234', 'a 1 @1234');
reads('a 1 -1234', 'a 1 @-1234');
reads('a\t1\t1234\t', 'a 1 @1234');
reads('a +1.5e3', 'a 1500');
reads('a .5', 'a 0.5');
reads('a 5.', 'a 5');
reads('a 1e-400', 'a 0');
reads('a 0.1', 'a 0.1');
reads('a 1.7976931348623157e308', 'a 1.7976931348623157e+308');
reads('a 9007199254740993', 'a 9007199254740992');
reads('a 123456789012345678901234567890', 'a 1.2345678901234568e+29');
reads('a +Inf', 'a Infinity');
reads('a -inf', 'a -Infinity');
reads('a Infinity', 'a Infinity');
reads('a nan', 'a NaN');
reads('# a comment\n#\n# HELP\n\na 1', 'a 1');

refuses('a', 'expected a value');
refuses('a b', 'invalid value "b"');
refuses('a 1 2 3', 'unexpected "3"');
refuses('a 1 x', 'invalid timestamp');
refuses('a 1 1.5', 'unexpected "."');
refuses('a 1 # {} 1', 'invalid timestamp');
refuses('a 1_0', 'invalid value');
refuses('a 0x10', 'invalid value');
refuses('a 1e', 'invalid value');
refuses('a 1e400', 'invalid value');
refuses('a{b="c" 1', 'not closed');
refuses('a{b="c\n"} 1', 'not closed');
refuses('a{b=c} 1', 'not quoted');
refuses('a{b} 1', 'expected "="');
refuses('a{1b="c"} 1', 'expected a label name');
refuses('a{b="c" d="e"} 1', 'expected ","');
refuses('a{b="1",b="2"} 1', 'label "b" occurs twice');
refuses('a{"b"} 1', 'a metric name stands twice');
refuses('{a="b"} 1', 'no metric name');
refuses('{} 1', 'no metric name');
refuses('1a 1', 'in a metric name');
refuses('a-b 1', 'in a metric name');
refuses('ü 1', 'in a metric name');
refuses('# TYPE a nonsense', 'invalid metric type "nonsense"');

refuses('# TYPE a counter\n', 'does not end with # EOF', 'openmetrics');
refuses('', 'does not end with # EOF', 'openmetrics');
refuses('\n# EOF\n', 'expected a space', 'openmetrics');
refuses('# EOF\na 1\n', 'text after # EOF', 'openmetrics');
refuses('# comment\n# EOF\n', 'a comment is none of', 'openmetrics');
refuses('a  1\n# EOF\n', 'expected a value', 'openmetrics');
refuses('a 1 x\n# EOF\n', 'invalid timestamp', 'openmetrics');
refuses('a{b="c"}1\n# EOF\n', 'expected a space', 'openmetrics');

test('keeps the bits of ordinary NaN and of negative zero', () => {
  const { batch } = parse('a NaN\nb -0\n');
  assert.deepEqual([batch.lo[0], batch.hi[0]], [1, 0x7ff80000]);
  assert.deepEqual([batch.lo[1], batch.hi[1]], [0, 0x80000000]);
});

test('stores the valid lines around the others and tells their numbers', () => {
  const { rows, problems, parser } = parse('a 1\nb\nc 3\nd{ 4\n# x\ne 5');
  assert.deepEqual(rows, ['a 1', 'c 3', 'e 5']);
  assert.deepEqual(problems, ['line 2: expected a value', 'line 4: the labels are not closed']);
  assert.equal(parser.samples, 5);
  assert.equal(parser.problemLines, 2);
});

test('reports invalid UTF-8 of a label value', () => {
  const bytes = encoder.encode('a{b="x"} 1\nc 2');
  bytes[5] = 0xff;
  const { rows, problems } = parse(bytes);
  assert.deepEqual(rows, ['c 2']);
  assert.deepEqual(problems, ['line 1: invalid UTF-8']);
});

test('takes one spelling of le and quantile, by the type of the family', () => {
  const text = `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+inf"} 1
h_bucket{le="1e6"} 1
h_bucket{le="0.00001"} 1
h_bucket{le="x"} 1
# TYPE s summary
s{quantile="0"} 1
s{le="1"} 1
# TYPE g gauge
h_bucket{le="1"} 1
`;
  assert.deepEqual(parse(text).rows, [
    'h_bucket{le="1.0"} 1',
    'h_bucket{le="+Inf"} 1',
    'h_bucket{le="1e+06"} 1',
    'h_bucket{le="1e-05"} 1',
    'h_bucket{le="x"} 1',
    's{quantile="0.0"} 1',
    's{le="1"} 1',
    'h_bucket{le="1"} 1',
  ]);
});

test('goes on with the next part of a text', () => {
  const parser = new ExpositionParser();
  const batch = new MetricBatch();
  const resolver = new TestResolver();
  const source = new ExpositionSource('p', (pairs) => pairs);
  const options = { format: 'text', now: NOW, honorTimestamps: true, strict: false } as const;
  for (const [text, firstLine] of [
    ['# TYPE h histogram\n', 1],
    ['h_bucket{le="1"} 1\nx\n', 2],
  ] as const) {
    const bytes = encoder.encode(text);
    const part = { ...options, firstLine };
    parser.parse(bytes, bytes.length, part, source, resolver, WIDE_LIMITS, batch);
  }
  assert.equal(resolver.text(batch.series[0] ?? 0), 'h_bucket{le="1.0"}');
  assert.deepEqual(parser.problems, ['line 3: expected a value']);
});

test('gathers metadata once per source', () => {
  const source = new ExpositionSource('m', (pairs) => pairs);
  const text =
    '# HELP a One \\\\ two\\nthree \\".\n# TYPE a counter\na_total 1\n# TYPE b untyped\n';
  const first = parse(text, 'text', true, source);
  assert.deepEqual(first.batch.metadata, [
    { name: 'a', type: 'counter', help: 'One \\ two\nthree \\".', unit: '' },
    { name: 'b', type: 'unknown', help: '', unit: '' },
  ]);
  assert.deepEqual(parse(text, 'text', true, source).batch.metadata, []);
});

test('reads OpenMetrics: units, times in seconds, exemplars, start times', () => {
  const text = `# TYPE c_seconds counter
# UNIT c_seconds seconds
# HELP c_seconds Said \\"so\\".
c_seconds_total{a="b"} 17.5 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
c_seconds_created{a="b"} 1520872607.123
c_seconds_total{a="c"} 18
# TYPE h histogram
h_bucket{x="y",le="1.0"} 1 # {} 0.5 1520879607.5
h_bucket{x="y",le="+Inf"} 2
h_sum{x="y"} 3
h_count{x="y"} 2
h_created{x="y"} 1520872607
# TYPE n histogram
n_bucket{le="+Inf"} 2
n_created 1520872608
# EOF
`;
  const { rows, batch } = parse(text, 'openmetrics', true);
  assert.deepEqual(rows, [
    'c_seconds_total{a="b"} 17.5 @1520879607789 from 1520872607123',
    'c_seconds_created{a="b"} 1520872607.123',
    'c_seconds_total{a="c"} 18',
    'h_bucket{le="1.0",x="y"} 1 from 1520872607000',
    'h_bucket{le="+Inf",x="y"} 2 from 1520872607000',
    'h_sum{x="y"} 3 from 1520872607000',
    'h_count{x="y"} 2 from 1520872607000',
    'h_created{x="y"} 1520872607',
    'n_bucket{le="+Inf"} 2 from 1520872608000',
    'n_created 1520872608',
  ]);
  assert.equal(batch.hasStart, true);
  assert.deepEqual(
    batch.exemplars.map(({ labels, value: v, t }) => ({ labels, v, t })),
    [
      { labels: ['trace_id', 'KOO5S4vxi0o'], v: 0.67, t: 1520879607789 },
      { labels: [], v: 0.5, t: 1520879607500 },
    ],
  );
  assert.deepEqual(batch.metadata[0], {
    name: 'c_seconds_total',
    type: 'counter',
    help: 'Said "so".',
    unit: 'seconds',
  });
});

test('passes an exemplar on once, until it was not received or is another', () => {
  const source = new ExpositionSource('e', (pairs) => pairs);
  const labels = (id: string) => {
    const text = `a_total 1 # {id="${id}"} 1\nb_total 1 # {id="${id}"} 1\n# EOF\n`;
    return parse(text, 'openmetrics', true, source).batch.exemplars.map((e) => e.labels[1]);
  };
  assert.deepEqual([labels('x'), labels('x'), labels('y')], [['x', 'x'], [], ['y', 'y']]);
  source.forget();
  assert.deepEqual(labels('y'), ['y', 'y']);
});

test('keeps the sample of a bad exemplar when lines are taken one by one', () => {
  const { rows, problems } = parse('a 1 1 1\nb 1 # {a="b"} x\n# EOF\n', 'openmetrics');
  assert.deepEqual(rows, ['a 1 @1000', 'b 1']);
  assert.deepEqual(problems, [
    'line 1: unexpected text after the sample',
    'line 2: invalid value of the exemplar',
  ]);
});

test('asks for the shape of a form once, and never again for a dropped one', () => {
  let asked = 0;
  const source = new ExpositionSource('s', (pairs) => {
    asked++;
    return pairs[1] === 'gone' ? null : [...pairs, 'job', 'j'];
  });
  const resolver = new TestResolver();
  for (let i = 0; i < 3; i++) {
    const { rows, parser } = parse('gone 1\nkept 2\n', 'text', true, source, resolver);
    assert.deepEqual(rows, ['kept{job="j"} 2']);
    assert.equal(parser.samples, 2);
  }
  assert.equal(asked, 2);
});

test('keeps sources apart and leaves the form of each row', () => {
  const resolver = new TestResolver();
  const shape = (job: string) => new ExpositionSource(job, (pairs) => [...pairs, 'job', job]);
  const a = parse('x 1', 'text', true, shape('a'), resolver);
  const b = parse('x 1', 'text', true, shape('b'), resolver);
  assert.deepEqual([...a.rows, ...b.rows], ['x{job="a"} 1', 'x{job="b"} 1']);
  assert.notDeepEqual(a.parser.forms.slice(0, 4), b.parser.forms.slice(0, 4));
});

test('refuses single points past the limits and whole texts past maxPoints', () => {
  const source = new ExpositionSource('l', (pairs) => pairs);
  const parser = new ExpositionParser();
  const batch = new MetricBatch();
  const bytes = encoder.encode('a 1 5\na 1 50\na 1 500\na{l1="",l2="2",l3="3",l4="4"} 1 50\n');
  const options = { format: 'text', now: 50, honorTimestamps: true, strict: true } as const;
  const limits = { ...WIDE_LIMITS, minTime: 10, maxTime: 100, maxLabels: 3 };
  parser.parse(bytes, bytes.length, options, source, new TestResolver(), limits, batch);
  assert.equal(batch.n, 1);
  assert.deepEqual(
    [...batch.rejected],
    [
      ['too_old', 1],
      ['too_far_in_future', 1],
      ['label_limit', 1],
    ],
  );
  const few = { ...limits, maxPoints: 2 };
  assert.throws(
    () => parser.parse(bytes, bytes.length, options, source, new TestResolver(), few, batch),
    /line 3: more than 2 samples/,
  );
});

test('property: what is written in the text grammar is read back', () => {
  const quote = (text: string) =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const labelName = fc.oneof(
    fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/),
    fc.string({ unit: 'binary', minLength: 1 }).filter((name) => name !== '__name__'),
    fc.constantFrom('__proto__', 'constructor', 'le'),
  );
  const label = fc.tuple(labelName, fc.string({ unit: 'binary' }));
  const sample = fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1 }),
    labels: fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 4 }),
    value: fc.double(),
    t: fc.option(fc.integer({ min: -1e12, max: 1e12 })),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
      const text = samples.map(({ name, labels, value: v, t }) => {
        const pairs = labels
          .map(([n, l]) => `,${/^[a-z_]\w*$/.test(n) ? n : quote(n)}=${quote(l)}`)
          .join('');
        return `{${quote(name)}${pairs}} ${Object.is(v, -0) ? '-0' : v}${t === null ? '' : ` ${t}`}\n`;
      });
      const { batch, resolver } = parse(text.join(''), 'text', true);
      assert.equal(batch.n, samples.length);
      samples.forEach((sample, i) => {
        words[0] = batch.lo[i] ?? 0;
        words[1] = batch.hi[i] ?? 0;
        assert.deepEqual(value[0], sample.value);
        assert.equal(batch.t[i], sample.t ?? NOW);
        const got = new Map<string, string>();
        const pairs = resolver.series[batch.series[i] ?? 0] ?? [];
        for (let j = 0; j < pairs.length; j += 2) got.set(pairs[j] ?? '', pairs[j + 1] ?? '');
        const want = new Map(sample.labels.filter(([, l]) => l !== ''));
        want.set('__name__', sample.name);
        assert.deepEqual(new Map([...got].sort()), new Map([...want].sort()));
      });
    }),
  );
});
