import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePromql } from './parse.ts';
import { PromqlParseError } from './parse-error.ts';
import { formatPromql } from './print.ts';
import { prettyPromql } from './print-pretty.ts';
import { toParseTree } from './print-tree.ts';

test('prints as Prometheus does', () => {
  const is = (query: string, want = query) => assert.equal(formatPromql(parsePromql(query)), want);
  is('SUM(a) BY (x)', 'sum by (x) (a)');
  is('sum by () (a)', 'sum(a)');
  is('sum without () (a)', 'sum without () (a)');
  is('topk(5,a{b="c",a!="d"})', 'topk(5, a{a!="d",b="c"})');
  is('{__name__="a", b=~"c.*"}', '{__name__="a",b=~"c.*"}');
  is('{"a.b", "c d"="e"}', '{"c d"="e",__name__="a.b"}');
  is('a{b=""}', 'a{b=""}');
  is('a[90m] offset 1w @ 1.5', 'a[1h30m] @ 1.500 offset 1w');
  is('a[8d] offset -36h anchored', 'a[8d] anchored offset -1d12h');
  is('a smoothed offset 1s', 'a smoothed offset 1s');
  is('a[1h:]@start() offset 5m', 'a[1h:] @ start() offset 5m');
  is('a+on(x)group_left b', 'a + on (x) group_left () b');
  is('a/ignoring(x)b', 'a / ignoring (x) b');
  is('a==bool on()b', 'a == bool on () b');
  is('a + fill(1e-7) b', 'a + fill (1e-07) b');
  is('a + fill_right(2) fill_left(1) b', 'a + fill_left (1) fill_right (2) b');
  is('a[step()*2+1m]', 'a[step() * 2 + 1m]');
  is('a offset -(min_of(step(),5m))', 'a offset -(min_of(step(), 5m))');
  is('-a^2', '-a ^ 2');
  is('-Inf ^ 2 + Inf', '-Inf ^ 2 + +Inf');
  is('1e3 + 0x10 + 1e-7 + 1e22 + Inf', '1000 + 16 + 0.0000001 + 10000000000000000000000 + +Inf');
  is('5m + -1h', '5m + -1h');
  is("'a\"\\n'", '"a\\"\\n"');
  is('"a\\xc5z\\u00e9"', '"a\\xc5zé"');
  is('sum by ("a.b", c) (d)', 'sum by ("a.b", c) (d)');
  is('info(a, {b="c"})', 'info(a, {b="c"})');
  is('a </ 5 and b', 'a </ 5 and b');
});

test('splits long expressions', () => {
  const name = 'a_rather_long_metric_name_that_fills_the_line_up_to_the_limit_of_one_hundred_bytes';
  const is = (query: string, want: string[]) =>
    assert.equal(prettyPromql(parsePromql(query)), want.join('\n'));
  is('sum(a)', ['sum(a)']);
  is(`sum by (x) (rate(${name}[5m]))`, [`sum by (x) (`, `  rate(${name}[5m])`, ')']);
  is(
    `topk(3, ${name}{job="some"}) / on (x) ${name}`,
    ['  topk(', '    3,', `    ${name}{job="some"}`, '  )', '/ on (x)', `  ${name}`].map(
      (line) => line,
    ),
  );
  is(`(-label_replace(${name}, "a", "b", "c", "d"))`, [
    '(',
    '  -label_replace(',
    `    ${name},`,
    '    "a",',
    '    "b",',
    '    "c",',
    '    "d"',
    '  )',
    ')',
  ]);
});

test('gives the tree of parse_query', () => {
  assert.deepEqual(toParseTree(parsePromql('a{b="c"}[5m] offset 1m @ end()')), {
    type: 'matrixSelector',
    name: 'a',
    range: 300_000,
    offset: 60_000,
    matchers: [
      { name: 'b', value: 'c', type: '=' },
      { name: '__name__', value: 'a', type: '=' },
    ],
    timestamp: null,
    startOrEnd: 'end',
    anchored: false,
    smoothed: false,
  });
  assert.deepEqual(
    toParseTree(
      parsePromql(
        'round(1 + vector(2)[1m:] @ 3)'.replace('round', 'sum_over_time').replace('1 + ', ''),
      ),
    ),
    {
      type: 'call',
      func: { name: 'sum_over_time', argTypes: ['matrix'], variadic: 0, returnType: 'vector' },
      args: [
        {
          type: 'subquery',
          expr: {
            type: 'call',
            func: { name: 'vector', argTypes: ['scalar'], variadic: 0, returnType: 'vector' },
            args: [{ type: 'numberLiteral', val: '2' }],
          },
          range: 60_000,
          offset: 0,
          step: 0,
          timestamp: 3000,
          startOrEnd: null,
        },
      ],
    },
  );
  assert.deepEqual(toParseTree(parsePromql('-a * on (x) (b)')), {
    type: 'binaryExpr',
    op: '*',
    lhs: { type: 'unaryExpr', op: '-', expr: toParseTree(parsePromql('a')) },
    rhs: { type: 'parenExpr', expr: toParseTree(parsePromql('b')) },
    matching: {
      card: 'one-to-one',
      labels: ['x'],
      on: true,
      include: [],
      fillValues: { lhs: null, rhs: null },
    },
    bool: false,
  });
  const topk = toParseTree(parsePromql('topk without (x) (2, a)'));
  assert.deepEqual(
    [topk.op, topk.param, topk.without],
    ['topk', { type: 'numberLiteral', val: '2' }, true],
  );
  assert.deepEqual(toParseTree(parsePromql('"x"')), { type: 'stringLiteral', val: 'x' });
});

/** Text of random expressions by type, well-typed by construction. */
const { vector } = fc.letrec<{ vector: string; scalar: string; matrix: string; duration: string }>(
  (tie) => {
    const label = fc.constantFrom('a', 'le', 'by', '"x y"', '"a.b"', 'step');
    const labels = fc.array(label, { maxLength: 3 }).map((list) => `(${list.join(', ')})`);
    const matcher = fc.tuple(
      label,
      fc.constantFrom('=', '!=', '=~', '!~'),
      fc
        .string({ unit: 'grapheme' })
        .map((s) => JSON.stringify(s.replaceAll(/[\\^$.*+?()[\]{}|\p{C}]/gu, ''))),
    );
    const name = fc.constantFrom(
      'up',
      'job:rate:sum',
      'sum',
      'offset',
      'fill',
      'min_of',
      'anchored',
    );
    const braces = fc
      .array(matcher, { maxLength: 3 })
      .map((list) => `{${list.map((m) => m.join('')).join(',')}}`);
    const selector = fc
      .tuple(name, fc.oneof(fc.constant(''), braces))
      .map((parts) => parts.join(''));
    const number = fc.oneof(
      fc.double({ noNaN: true }).map((v) => (Number.isFinite(v) ? String(v) : 'Inf')),
      fc.constantFrom('5m', '1h30m', '017', '0x1f', '1_0', 'NaN'),
    );
    const at = fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc.constantFrom(' @ 5', ' @ -1.25', ' @ start()', ' @ end()'),
    );
    const offset = fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc.constantFrom(
        ' offset 5m',
        ' offset -1',
        ' offset step()',
        ' offset -(range() / 2)',
        ' offset max_of(1m, step())',
      ),
    );
    const extended = fc.constantFrom('', '', ' anchored', ' smoothed');
    const duration = fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('5m', '1h30m', '90', '1.5', 'step()', 'range()'),
      fc
        .tuple(tie('duration'), fc.constantFrom('+', '-', '*', '/', '%', '^'), tie('duration'))
        .map((p) => p.join(' ')),
      tie('duration').map((d) => `(${d})`),
      tie('duration').map((d) => `(-${d})`),
      fc.tuple(tie('duration'), tie('duration')).map(([x, y]) => `min_of(${x}, ${y})`),
    );
    const matching = fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('on', 'ignoring'), labels).map((p) => p.join(' ')),
      labels.map((list) => `on (q) group_left ${list}`),
      fc.constantFrom('fill (3)', 'fill_left (-1)', 'on (a) group_right () fill_right (Inf)'),
    );
    return {
      duration,
      matrix: fc.oneof(
        { maxDepth: 4 },
        fc
          .tuple(selector, tie('duration'), extended, at, offset)
          .map(([s, d, e, t, o]) => `${s}[${d}]${e}${t}${o}`),
        fc
          .tuple(tie('vector'), tie('duration'), fc.constantFrom('', '1m', 'step()'), at, offset)
          .map(([v, d, s, t, o]) => `(${v})[${d}:${s}]${t}${o}`),
      ),
      scalar: fc.oneof(
        { maxDepth: 4 },
        number,
        fc.constantFrom('time()', 'pi()', 'start()'),
        tie('vector').map((v) => `scalar(${v})`),
        fc
          .tuple(
            tie('scalar'),
            fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '> bool'),
            tie('scalar'),
          )
          .map((p) => p.join(' ')),
        tie('scalar').map((s) => `(${s})`),
        tie('scalar').map((s) => `(-${s})`),
      ),
      vector: fc.oneof(
        { maxDepth: 5 },
        fc.tuple(selector, at, offset).map((p) => p.join('')),
        tie('matrix').map((m) => `rate(${m})`),
        fc
          .tuple(
            fc.constantFrom('sum', 'max', 'limitk'),
            fc.constantFrom('by', 'without'),
            labels,
            tie('vector'),
          )
          .map(([op, by, list, v]) => `${op} ${by} ${list} (${op === 'limitk' ? '2, ' : ''}${v})`),
        fc
          .tuple(
            tie('vector'),
            fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '</', '>/'),
            matching,
            tie('vector'),
          )
          .map((p) => p.join(' ')),
        fc
          .tuple(
            tie('vector'),
            fc.constantFrom('and', 'or', 'unless on (a)', '== bool', '>'),
            tie('vector'),
          )
          .map((p) => p.join(' ')),
        fc.tuple(tie('scalar'), fc.constantFrom('<', '*'), tie('vector')).map((p) => p.join(' ')),
        tie('vector').map((v) => `(${v})`),
        tie('vector').map((v) => `-${v}`),
      ),
    };
  },
);

test('what is printed parses to the same tree', () => {
  const tree = (query: string) =>
    JSON.stringify(parsePromql(query), (key, value: unknown) => {
      if (key === 'range') return undefined;
      // Printing sorts the matchers.
      if (key === 'matchers' && Array.isArray(value))
        return value.map((one) => JSON.stringify(one)).sort();
      return typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value;
    });
  let parsed = 0;
  fc.assert(
    fc.property(vector, (query) => {
      let first: string;
      try {
        first = tree(query);
      } catch (error) {
        // Precedence between the generated parts makes some of them ill-typed.
        assert.ok(error instanceof PromqlParseError, String(error));
        return;
      }
      parsed++;
      const printed = formatPromql(parsePromql(query));
      assert.equal(tree(printed), first, `${query}\n${printed}`);
      assert.equal(formatPromql(parsePromql(printed)), printed);
      assert.equal(tree(prettyPromql(parsePromql(query))), first);
      toParseTree(parsePromql(query));
    }),
    { numRuns: 1500 },
  );
  assert.ok(parsed > 300, `only ${parsed} queries were valid`);
});
