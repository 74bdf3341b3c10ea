import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Query } from './ast.ts';
import { parseTraceql } from './parse.ts';
import { TraceqlParseError } from './parse-error.ts';
import { formatTraceql } from './print.ts';
import { anyMath, anyQuery } from './testing/arbitrary.ts';

/** A tree without the places of its nodes. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'range');
  return Object.fromEntries(entries.map(([key, inner]) => [key, shape(inner)]));
}

/** The query as it is printed back; the empty second argument means unchanged. */
function prints(query: string, want = query): void {
  const tree = parseTraceql(query);
  assert.equal(formatTraceql(tree), want);
  assert.deepEqual(shape(parseTraceql(want)), shape(tree));
}

function fails(query: string, message: string): void {
  assert.throws(
    () => parseTraceql(query),
    (error: unknown) => {
      assert.ok(error instanceof TraceqlParseError);
      assert.equal(error.message, message);
      return true;
    },
    query,
  );
}

test('spanset filters', () => {
  prints('{}', '{ }');
  prints('{ span.http.method = "GET" }');
  prints(
    '{ resource.service.name=`a b` && duration>1h30m }',
    '{ resource.service.name = "a b" && duration > 1h30m }',
  );
  prints('{ status = error || kind != server && name =~ "a.*" }');
  prints('{ (.a || .b) && .c }', '{ .a || .b && .c }');
  prints('{ .a || (.b && .c) }');
  prints('{ span.a-b/c = -1 }');
  prints('{ span."a b".c = nil }', '{ span."a b.c" = nil }');
  prints('{ parent.span.x = parent.resource.y }');
  prints('{ parent = nil && parent.x != 1 }');
  prints(
    '{ span:duration > 1.5s && trace:rootService = "a" }',
    '{ duration > 1s500ms && rootServiceName = "a" }',
  );
  prints('{ event:name = "x" && event.exception.message !~ "b" && link:spanID = "12" }');
  prints('{ instrumentation:version != "1" && instrumentation.language = "java" }');
  prints('{ .x > 10 * 1024 * (2 + 3) ^ 2 - -1 }');
  prints('{ !(.a = true) && -.b < .5e3 }', '{ !(.a = true) && -.b < 500.0 }');
  prints('{ .x != minInt }', '{ .x != -9223372036854775808 }');
  prints(
    '{ nestedSetParent < 0 && span:childCount = 0 }',
    '{ nestedSetParent < 0 && childCount = 0 }',
  );
  prints('{ // first\n true /* second */ }', '{ true }');
});

test('spanset operators', () => {
  prints('{ .a } && { .b } || { .c } >> { .d }');
  prints('({ .a } && { .b }) >> { .c }');
  prints('{ .a } && ({ .b } || { .c })');
  prints('{ .a } > { .b } >> { .c } < { .d } << { .e } ~ { .f }');
  prints(
    '{.a}!>{.b}!>>{.c}!<{.d}!<<{.e}!~{.f}',
    '{ .a } !> { .b } !>> { .c } !< { .d } !<< { .e } !~ { .f }',
  );
  prints('{ .a } &> { .b } &>> { .c } &< { .d } &<< { .e } &~ { .f }');
  prints('({ .a } | count() > 1) && { .b }');
});

test('pipelines', () => {
  prints('{ } | count() > 2 | { .a }');
  prints(
    '{ } | by(resource.service.name) | avg(duration) >= 1s | coalesce() | select(name, span.a)',
  );
  prints('max(span.x + 1) - min(.y) * 2 = 3');
  prints('count() != -1');
});

test('metrics', () => {
  prints('{ } | rate()');
  prints('{ } | count_over_time() by (resource.service.name, name) > 10 | topk(3)');
  prints(
    '{ } | quantile_over_time(duration, .99, 0.5, 1) by (.a)',
    '{ } | quantile_over_time(duration, 0.99, 0.5, 1) by (.a)',
  );
  prints('{ } | histogram_over_time(traceDuration) | bottomk(2)');
  prints('{ } | compare({ status = error })', '{ } | compare({ status = error }, 10)');
  prints('{ } | compare({ }, 5, 100, 200)');
  prints(
    '{ } | rate() with(exemplars=true, sample=0.1)',
    '{ } | rate() with (exemplars=true, sample=0.1)',
  );
  prints('{ } with (most_recent=true)');
});

test('arithmetic between metrics queries', () => {
  prints('({ status = error } | rate()) / ({ } | rate())');
  prints('100 * (({ .a } | rate() by (name)) - ({ .b } | rate() > 1)) / 2 | topk(3) > 5');
  prints(
    '({ .a } && { .b } | rate()) + ({ } | rate()) * 2 - ({ } | rate()) with (exemplars=false)',
  );
  fails('({ } | rate())', 'parse error at line 1, col 15: syntax error: unexpected $end');
  fails(
    '({ } | rate()) / { }',
    'parse error at line 1, col 18: syntax error: unexpected {, expecting (',
  );
  fails('({ } | rate()) / "a"', 'metrics can be calculated with numbers only');
  fails('1 + 2 + ({ } | rate())', 'arithmetic needs a metrics query on one side');
  fails(
    '({ } | rate()) / ({ name = 1 } | rate())',
    'binary operations must operate on the same type: name = 1',
  );
});

test('syntax errors in the words of Tempo', () => {
  fails('', 'parse error at line 1, col 1: syntax error: unexpected $end');
  fails('{ span.a = }', 'parse error at line 1, col 12: syntax error: unexpected }');
  fails('{ foo = 1 }', 'parse error at line 1, col 3: syntax error: unexpected IDENTIFIER');
  fails('{ span:foo = 1 }', 'parse error at line 1, col 8: syntax error: unexpected IDENTIFIER');
  fails(
    '{ span. = 1 }',
    'parse error at line 1, col 8: syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER',
  );
  fails('{ .a = "b }', 'parse error at line 1, col 8: literal not terminated');
  fails('{ .a = "\\q" }', 'parse error at line 1, col 8: invalid char escape');
  fails('{ .a = 1\n&& é', 'parse error at line 2, col 4: syntax error: unexpected IDENTIFIER');
  fails(
    '{ } | rate() by duration',
    'parse error at line 1, col 17: syntax error: unexpected duration, expecting (',
  );
  fails('{ } | rate', 'parse error at line 1, col 11: syntax error: unexpected $end, expecting (');
  fails(
    '{ } | avg(duration) > 1s && count() > 1',
    'parse error at line 1, col 26: syntax error: unexpected &&',
  );
  fails(
    '{ } | rate() | count() > 1',
    'parse error at line 1, col 16: syntax error: unexpected count',
  );
  fails('{ .a = 5x }', 'parse error at line 1, col 8: syntax error: unexpected IDENTIFIER');
  fails('{ "a" span.b }', 'parse error at line 1, col 7: syntax error: unexpected span.');
  fails('{ /* }', 'parse error at line 1, col 3: comment not terminated');
});

test('a query whose types do not fit', () => {
  fails('{ 1 }', 'span filter field expressions must resolve to a boolean: { 1 }');
  fails('{ duration }', 'span filter field expressions must resolve to a boolean: { duration }');
  fails('{ name = 1 }', 'binary operations must operate on the same type: name = 1');
  fails('{ status > ok }', 'illegal operation for the given types: status > ok');
  fails('{ status = server }', 'binary operations must operate on the same type: status = server');
  fails('{ -name = "a" }', 'illegal operation for the given type: -name');
  fails(
    '{ } | avg(name) > 1',
    'aggregate field expressions must resolve to a number type: avg(name)',
  );
  fails('{ } | sum(2) > 1', 'aggregate field expressions must reference the span: sum(2)');
  fails('{ } | by(1)', 'grouping field expressions must reference the span: by(1)');
  fails('{ } | count() = "a"', 'binary operations must operate on the same type: count() = "a"');
  fails(
    '{ } | max_over_time(name)',
    'aggregate field expressions must resolve to a number type: max_over_time(name)',
  );
  fails('{ } | quantile_over_time(duration, 1.5)', 'quantile must be between 0 and 1');
  fails('({ } | count()) > 1', 'parse error at line 1, col 15: syntax error: unexpected )');
  assert.throws(
    () => parseTraceql('{ .a =~ "(" }'),
    /^TraceqlParseError: invalid regex: error parsing regexp/,
  );
});

test('depth and length are bounded', () => {
  const deep = (text: string, query: string) => query.replace('X', text.repeat(2000));
  for (const query of [
    deep('(', '{ X'),
    deep('!', '{ X.a }'),
    deep('(', 'X'),
    deep('.a && ', '{ X .a }'),
  ]) {
    assert.throws(
      () => parseTraceql(query),
      /nested too deeply|unexpected \$end/,
      query.slice(0, 20),
    );
  }
  assert.throws(() => parseTraceql(deep('{ } && ', 'X { }')), /nested too deeply/);
  assert.throws(() => parseTraceql(deep('1 + ', '{ } | X 1 > count()')), /nested too deeply/);
  assert.throws(() => parseTraceql(`{ .a = "${'x'.repeat(70_000)}" }`), /too long/);
});

test('a printed tree reads back as itself', () => {
  const same = (query: Query) => {
    const text = formatTraceql(query);
    assert.deepEqual(shape(parseTraceql(text)), shape(query), text);
  };
  fc.assert(fc.property(fc.oneof(anyQuery(), anyMath()), same), { numRuns: 1000 });
});

test('no text makes the parser fail otherwise than by its own error', () => {
  const words =
    '{ } ( ) | && || >> !< &~ = != =~ !~ < - + ^ , . span. .a "x" 1 1.5 2ms nil true error server name duration parent. count() by select( rate() topk(1) with \\ " ` /*'.split(
      ' ',
    );
  const pieces = fc
    .array(fc.constantFrom(...words), { maxLength: 30 })
    .map((some) => some.join(' '));
  const texts = fc.oneof(pieces, fc.string(), fc.string({ unit: 'binary' }));
  const parses = (text: string) => {
    try {
      const tree = parseTraceql(text);
      assert.deepEqual(shape(parseTraceql(formatTraceql(tree))), shape(tree));
    } catch (error) {
      assert.ok(error instanceof TraceqlParseError, String(error));
    }
  };
  fc.assert(fc.property(texts, parses), { numRuns: 3000 });
});
