import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FieldExpr, SpanQuery } from './ast.ts';
import { hintOf, type SpanHint, type TraceHint } from './conditions.ts';

import { printFieldExpr } from './print.ts';
import { searchTraces } from './search.ts';
import type { TraceSpans } from './source.ts';
import { anyQuery, parsed } from './testing/arbitrary.ts';
import { anySpans, testSource, testTrace } from './testing/memory-source.ts';

const OPTIONS = { startMs: 0, endMs: 1000, limit: 1, spansPerSpanset: 0 };
const range = { start: 0, end: 0 };

/** A hint as the condition of a filter. */
function condition(hint: SpanHint): FieldExpr {
  switch (hint.kind) {
    case 'true':
      return { kind: 'literal', value: { type: 'bool', value: true }, range };
    case 'test': {
      const right = { kind: 'literal', value: hint.value, range } as const;
      return { kind: 'binary', op: hint.op, left: hint.field, right, range };
    }
    default: {
      const op = hint.kind === 'all' ? '&&' : '||';
      return hint.of
        .map(condition)
        .reduce((left, right) => ({ kind: 'binary', op, left, right, range }));
    }
  }
}

function hintText(hint: TraceHint): string {
  switch (hint.kind) {
    case 'true':
      return 'true';
    case 'some span':
      return `{${printFieldExpr(condition(hint.hint))}}`;
    default:
      return `${hint.kind}(${hint.of.map(hintText).join(' ')})`;
  }
}

test('hints for the store', () => {
  const is = (query: string, want: string) =>
    assert.equal(hintText(hintOf(parsed(query))), want, query);
  is('{ }', 'true');
  is(
    '{ resource.service.name = "a" && 1s < duration }',
    '{resource.service.name = "a" && duration > 1s}',
  );
  is('{ .a = 1 || .b =~ "x" }', '{.a = 1 || .b =~ "x"}');
  is('{ .a = 1 || .b = .c }', 'true');
  is('{ .a = 1 && !(.b = 2) }', '{.a = 1}');
  is('{ .a && parent.b = 2 }', '{.a = true}');
  is('{ .a = 1 } >> { .b = 2 }', 'all({.a = 1} {.b = 2})');
  is('{ .a = 1 } !>> { .b = 2 }', '{.b = 2}');
  is('{ .a = 1 } || { .b = 2 }', 'any({.a = 1} {.b = 2})');
  is('{ .a = 1 } || { }', 'true');
  is(
    '({ .a = 1 } | count() > 1) && { .b = nil } | by(.c) | { .d != 3 }',
    'all(all({.a = 1} {.b = nil}) {.d != 3})',
  );
  is('{ } | rate()', 'true');
});

function holds(hint: TraceHint, trace: TraceSpans): boolean {
  switch (hint.kind) {
    case 'true':
      return true;
    case 'all':
      return hint.of.every((part) => holds(part, trace));
    case 'any':
      return hint.of.some((part) => holds(part, trace));
    case 'some span': {
      const filter = { kind: 'filter', where: condition(hint.hint), range } as const;
      const query = {
        kind: 'spans',
        stages: [filter],
        metrics: null,
        seriesStages: [],
        hints: [],
      } as const;
      return searchTraces(query, testSource(trace), OPTIONS).length > 0;
    }
  }
}

test('a trace that matches keeps the hint', () => {
  const values = fc.constantFrom('1', '"x"', 'true', 'nil', '0.5', '-1');
  const fields = fc.constantFrom('.a', 'span.a', 'resource.a', '.http.method', 'parent.a', '.b');
  const ops = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
  const comparison = fc
    .tuple(fields, ops, values, fc.boolean())
    .filter(([, op, value]) => (op.endsWith('=') && !/[<>]/.test(op) ? true : /\d|x/.test(value)))
    .map(([field, op, value, swap]) =>
      swap ? `${value} ${op} ${field}` : `${field} ${op} ${value}`,
    );
  const single = fc.oneof(
    comparison,
    fields,
    fields.map((field) => `!${field}`),
  );
  const where = fc
    .tuple(fc.array(single, { minLength: 1, maxLength: 3 }), fc.constantFrom(' && ', ' || '))
    .map(([parts, joint]) => `{ ${parts.join(joint)} }`);
  const joints = fc.constantFrom('&&', '||', '>', '<<', '~', '!>', '!<<', '&>>', '|');
  const pairs = fc.tuple(where, joints, where).map(([a, op, b]) => parsed(`${a} ${op} ${b}`));
  const keeps = (query: SpanQuery, spans: Parameters<typeof testTrace>[1]) => {
    const trace = testTrace('t', spans);
    if (searchTraces(query, testSource(trace), OPTIONS).length === 0) return;
    assert.ok(holds(hintOf(query), trace), hintText(hintOf(query)));
  };
  fc.assert(fc.property(fc.oneof(pairs, anyQuery()), anySpans(), keeps), { numRuns: 3000 });
});
