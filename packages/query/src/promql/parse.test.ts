import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Expr } from './ast.ts';
import { parseMetricSelector, parsePromql } from './parse.ts';
import { PromqlParseError } from './parse-error.ts';

/** A compact form of a tree that shows how operators group. */
function shape(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return `${expr.value}${expr.isDuration ? 's' : ''}`;
    case 'string':
      return JSON.stringify(expr.value);
    case 'selector':
      return expr.name || JSON.stringify(expr.matchers);
    case 'matrix':
      return `${shape(expr.selector)}[]`;
    case 'subquery':
      return `${shape(expr.expr)}[:]`;
    case 'call':
      return `${expr.func}(${expr.args.map(shape).join(', ')})`;
    case 'aggregate':
      return `${expr.op}{${expr.grouping}}(${shape(expr.expr)})`;
    case 'binary':
      return `(${shape(expr.lhs)} ${expr.op} ${shape(expr.rhs)})`;
    case 'unary':
      return `${expr.op}${shape(expr.expr)}`;
    case 'paren':
      return shape(expr.expr);
  }
}

function fails(query: string, message: string): void {
  assert.throws(
    () => parsePromql(query),
    (error: unknown) => {
      assert.ok(error instanceof PromqlParseError);
      assert.equal(error.message, message);
      return true;
    },
    query,
  );
}

test('operators group by precedence', () => {
  const is = (query: string, want: string) => assert.equal(shape(parsePromql(query)), want);
  is('a + b * c', '(a + (b * c))');
  is('a - b - c', '((a - b) - c)');
  is('a ^ b ^ c', '(a ^ (b ^ c))');
  is('-a ^ b', '-(a ^ b)');
  is('-a * b', '(-a * b)');
  is('-1 ^ 2', '-(1 ^ 2)');
  is('2 ^ -1 * 3', '((2 ^ -1) * 3)');
  is('a or b and c unless d', '(a or ((b and c) unless d))');
  is('a == b + c atan2 d', '(a == (b + (c atan2 d)))');
  is('a </ 2 + 1', '(a </ (2 + 1))');
  is('a >/ 0 and b', '((a >/ 0) and b)');
  is('a < bool b > c', '((a < b) > c)');
  is('a offset 5m + b', '(a + b)');
  is('sum(a) by (x) + avg without (y) (b)', '(sum{x}(a) + avg{y}(b))');
  is('fill + fill(0) fill_left', '(fill + fill_left)');
  is('sum + by', '(sum + by)');
  is('start() + step() - min_of(1, 2)', '((start() + step()) - min_of(1, 2))');
  is('topk(3, a)[1h:5m]', 'topk{}(a)[:]');
  is('SUM BY (a) (rate(b[5m] OFFSET 1m))', 'sum{a}(rate(b[]))');
});

test('literals have their values', () => {
  const is = (query: string, want: number) => {
    const expr = parsePromql(query);
    assert.equal(expr.kind === 'number' ? expr.value : query, want);
  };
  is('1_000.5', 1000.5);
  is('0x1F', 31);
  is('017', 15);
  is('08', 8);
  is('.5e-3', 0.0005);
  is('-Inf', Number.NEGATIVE_INFINITY);
  is('nan', Number.NaN);
  is('1h30m', 5400);
  is('-500ms', -0.5);
});

test('strings are unquoted as Go does', () => {
  const is = (query: string, want: string) => {
    const expr = parsePromql(query);
    assert.equal(expr.kind === 'string' ? expr.value : query, want);
  };
  is('"a\\tb\\x41\\101\\u00e9\\U0001F600"', 'a\tbAAé\u{1F600}');
  is("'it\\'s'", "it's");
  is('`raw \\n`', 'raw \\n');
  is('"\\xc3\\xa9"', 'é');
  const broken = parsePromql('"a\\xc5z"');
  assert.ok(broken.kind === 'string' && !broken.value.isWellFormed());
});

test('modifiers and durations', () => {
  const matrix = parsePromql('a[5m] @ 10.5 offset -1m anchored');
  assert.ok(matrix.kind === 'matrix');
  assert.equal(matrix.window, 300_000);
  assert.equal(matrix.selector.offset, -60_000);
  assert.deepEqual(matrix.selector.at, { at: 'time', timeMs: 10_500 });
  assert.equal(matrix.selector.modifier, 'anchored');
  assert.deepEqual(matrix.range, { start: 0, end: 23 });
  const twice = parsePromql('a offset --5m - 1');
  assert.ok(twice.kind === 'binary' && twice.lhs.kind === 'selector');
  assert.equal(twice.lhs.offset, 300_000);
  const subquery = parsePromql('a[1h:] @ end()');
  assert.ok(subquery.kind === 'subquery');
  assert.equal(subquery.step, null);
  assert.deepEqual(subquery.at, { at: 'end' });
  const computed = parsePromql('a[min_of(step() * 2, 5m) + 1]');
  assert.ok(computed.kind === 'matrix' && typeof computed.window === 'object');
});

test('quoted names', () => {
  const expr = parsePromql('sum by ("a.b") ({"my.metric", "c d"=~"x.*", e!="f"})');
  assert.ok(expr.kind === 'aggregate' && expr.expr.kind === 'selector');
  assert.deepEqual(expr.grouping, ['a.b']);
  assert.deepEqual(expr.expr.matchers, [
    { name: '__name__', op: '=', value: 'my.metric' },
    { name: 'c d', op: '=~', value: 'x.*' },
    { name: 'e', op: '!=', value: 'f' },
  ]);
});

test('matching', () => {
  const expr = parsePromql('a / on (x) group_left (y) fill_right (1) fill_left (-2) b');
  assert.ok(expr.kind === 'binary');
  assert.deepEqual(expr.matching, {
    card: 'many-to-one',
    on: true,
    labels: ['x'],
    include: ['y'],
    fillLeft: -2,
    fillRight: 1,
  });
  const scalar = parsePromql('a * 2');
  assert.ok(scalar.kind === 'binary' && scalar.matching === null);
  const set = parsePromql('a or b');
  assert.ok(set.kind === 'binary' && set.matching?.card === 'many-to-many');
});

test('syntax errors in the words of Prometheus', () => {
  fails('', 'unknown position: parse error: no expression found in input');
  fails('# only', '1:1: parse error: no expression found in input');
  fails('a b', '1:3: parse error: unexpected identifier "b"');
  fails('a\n+ é', "2:3: parse error: unexpected character: 'é'");
  fails('"é" + x y', '1:10: parse error: unexpected identifier "y"');
  fails('1 +', '1:4: parse error: unexpected end of input');
  fails('(1', '1:3: parse error: unclosed left parenthesis');
  fails('1)', "1:3: parse error: unexpected right parenthesis ')'");
  fails('sum(a b)', '1:7: parse error: unexpected identifier "b" in aggregation');
  fails(
    'sum by a (b)',
    '1:8: parse error: unexpected identifier "a" in grouping opts, expected "("',
  );
  fails(
    'sum by (a b) (c)',
    '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"',
  );
  fails('sum()', '1:1: parse error: no arguments for aggregate expression provided');
  fails(
    'topk(a)',
    '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
  );
  fails('nope(a)', '1:1: parse error: unknown function with name "nope"');
  fails('rate(a[5m],)', '1:11: parse error: trailing commas not allowed in function call args');
  fails('a{', '1:3: parse error: unexpected end of input inside braces');
  fails('a{b=1}', "1:5: parse error: unexpected character inside braces: '1'");
  fails(
    'a{b}',
    '1:4: parse error: unexpected "}" in label matching, expected label matching operator',
  );
  fails(
    'a{b="c" d="e"}',
    '1:9: parse error: unexpected identifier "d" in label matching, expected "," or "}"',
  );
  fails('a[', '1:3: parse error: unexpected end of input in duration expression');
  fails('a[5m', '1:5: parse error: unclosed left bracket');
  fails(
    'a[5m 1]',
    '1:6: parse error: unexpected number "1" in subquery or range, expected ":" or "]"',
  );
  fails('a[0]', '1:3: parse error: duration must be greater than 0');
  fails('a[5m/0]', '1:5: parse error: division by zero');
  fails('a[5mm]', '1:3: parse error: bad number or duration syntax: "5mm"');
  fails('a[1s1m]', '1:3: parse error: not a valid duration string: "1s1m"');
  fails(
    'a offset b',
    '1:10: parse error: unexpected identifier "b" in offset, expected number, duration, step(), or range()',
  );
  fails('a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times');
  fails('a @ b', '1:5: parse error: unexpected identifier "b" in @, expected timestamp');
  fails('a @ 1 @ 2', '1:1: parse error: @ <timestamp> may not be set multiple times');
  fails('a @ Inf', '1:1: parse error: timestamp out of bounds for @ modifier: +Inf');
  fails(
    '1 offset 5m',
    '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
  );
  fails('(a)[5m]', '1:4: parse error: ranges only allowed for vector selectors');
  fails('a offset 1m [5m]', '1:13: parse error: no offset modifiers allowed before range');
  fails('a{b=~"("}', '1:3: parse error: error parsing regexp: missing closing ): `(`');
  fails('"\\q"', "1:1: parse error: unknown escape sequence U+0071 'q'");
  fails('"abc', '1:1: parse error: unterminated quoted string');
  fails('a =~ b', "1:3: parse error: unexpected character after '=': '~'");
});

test('type errors in the words of Prometheus', () => {
  fails(
    'rate(a)',
    '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
  );
  fails(
    'sum(1)',
    '1:5: parse error: expected type instant vector in aggregation expression, got scalar',
  );
  fails(
    'topk("a", b)',
    '1:6: parse error: expected type scalar in aggregation parameter, got string',
  );
  fails('abs()', '1:1: parse error: expected 1 argument(s) in call to "abs", got 0');
  fails('hour(a, b)', '1:1: parse error: expected at most 1 argument(s) in call to "hour", got 2');
  fails(
    'label_join(a)',
    '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 1',
  );
  fails('1 == 2', '1:3: parse error: comparisons between scalars must use BOOL modifier');
  fails('a + bool b', '1:3: parse error: bool modifier can only be used on comparison operators');
  fails('a and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression');
  fails('a + on(x) 1', '1:1: parse error: vector matching only allowed between instant vectors');
  fails('a and on(x) group_left b', '1:1: parse error: no grouping allowed for "and" operation');
  fails(
    'a + on(x) group_left(x) b',
    '1:3: parse error: label "x" must not occur in ON and GROUP clause at once',
  );
  fails(
    'a or fill(1) b',
    '1:1: parse error: filling in missing series not allowed for set operators',
  );
  fails('{}', '1:1: parse error: vector selector must contain at least one non-empty matcher');
  fails(
    '{a=~".*"}',
    '1:1: parse error: vector selector must contain at least one non-empty matcher',
  );
  fails('a{__name__="b"}', '1:1: parse error: metric name must not be set twice: "a" or "b"');
  fails(
    'a[5m] + 1',
    '1:1: parse error: binary expression must contain only scalar and instant vector types',
  );
  fails(
    '-"a"',
    '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
  );
  fails(
    '(1)[5m:]',
    '1:1: parse error: subquery is only allowed on instant vector, got scalar instead',
  );
  fails(
    'info(a, b)',
    '1:9: parse error: expected label selectors only, got vector selector instead',
  );
  fails(
    'a[5m] anchored smoothed',
    '1:1: parse error: anchored and smoothed modifiers cannot be used together',
  );
});

test('series selectors', () => {
  assert.deepEqual(parseMetricSelector('a{b!="c"}'), [
    { name: 'b', op: '!=', value: 'c' },
    { name: '__name__', op: '=', value: 'a' },
  ]);
  assert.deepEqual(parseMetricSelector('{}'), []);
  assert.throws(() => parseMetricSelector('a + b'), PromqlParseError);
});

test('length and depth are bounded', () => {
  fails(`a${' '.repeat(70_000)}`, '1:1: parse error: query is too long (at most 65536 bytes)');
  const tooDeep = /nested too deeply/;
  assert.throws(() => parsePromql('('.repeat(20_000)), tooDeep);
  assert.throws(() => parsePromql('-'.repeat(20_000)), tooDeep);
  assert.throws(() => parsePromql(`a${'+a'.repeat(20_000)}`), tooDeep);
  assert.throws(() => parsePromql(`a${'^a'.repeat(20_000)}`), tooDeep);
  assert.throws(() => parsePromql(`a[${'-'.repeat(20_000)}5m]`), tooDeep);
  assert.throws(() => parsePromql(`a offset ${'-'.repeat(20_000)}5m`), tooDeep);
  assert.throws(() => parsePromql(`a[1s${'+1s'.repeat(15_000)}]`), tooDeep);
  assert.ok(parsePromql(`a${' or a'.repeat(900)}`));
});

test('any text either parses or is refused with a place', () => {
  const words = fc.constantFrom(
    ...'sum by without ( ) { } [ ] , : = != =~ + - * / ^ offset @ 5m 1 "a" a rate start step() bool on fill( # \n \\ é'.split(
      ' ',
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words).map((list) => list.join(' ')),
  );
  fc.assert(
    fc.property(text, (query) => {
      try {
        parsePromql(query);
      } catch (error) {
        assert.ok(error instanceof PromqlParseError, String(error));
        assert.ok(error.position.start >= 0 && error.position.end <= query.length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});
