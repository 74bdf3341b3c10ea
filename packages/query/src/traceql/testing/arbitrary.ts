/** Random well-typed queries, and parsed ones. */
import fc from 'fast-check';
import type {
  Field,
  FieldExpr,
  MathQuery,
  MetricsFunction,
  SeriesExpr,
  SeriesStage,
  SpanQuery,
  SpansetExpr,
  SpansetFilter,
  Stage,
} from '../ast.ts';
import { parseTraceql } from '../parse.ts';
import type { Value } from '../value.ts';

const range = { start: 0, end: 0 };
const name = fc.oneof(
  fc.constantFrom('a', 'http.method', 'x-y/z', '0', 'a b', 'span.q', 'é"\\', 'a{b'),
  fc.string({ minLength: 1, unit: 'grapheme' }),
);

const attribute: fc.Arbitrary<Field> = fc
  .tuple(
    fc.constantFrom(null, 'span', 'resource', 'event', 'link', 'instrumentation'),
    fc.boolean(),
    name,
  )
  .map(([scope, parent, name]) => ({
    kind: 'attribute',
    scope,
    parent: parent && (scope === null || scope === 'span' || scope === 'resource'),
    name,
    range,
  }));

const intrinsic = (...names: Extract<Field, { kind: 'intrinsic' }>['name'][]) =>
  fc.constantFrom(...names).map((name): Field => ({ kind: 'intrinsic', name, range }));

const field = fc.oneof(attribute, intrinsic('duration', 'name', 'event:name', 'trace:id', 'kind'));

const number: fc.Arbitrary<Value> = fc.oneof(
  fc.integer().map((value): Value => ({ type: 'int', value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value): Value => ({ type: 'float', value: value === 0 ? 0 : value })),
  fc.integer().map((value): Value => ({ type: 'duration', value: value * 1000 })),
);

const literal = (value: Value): FieldExpr => ({ kind: 'literal', value, range });

const numeric: fc.Memo<FieldExpr> = fc.memo((depth) => {
  const leaf = fc.oneof(number.map(literal), attribute, intrinsic('duration', 'childCount'));
  if (depth <= 1) return leaf;
  const ops = fc.constantFrom('+', '-', '*', '/', '%', '^');
  const binary = fc
    .tuple(ops, numeric(), numeric())
    .map(([op, left, right]): FieldExpr => ({ kind: 'binary', op, left, right, range }));
  const unary = numeric().map((operand): FieldExpr => ({ kind: 'unary', op: '-', operand, range }));
  return fc.oneof(leaf, binary, unary);
});

const boolean: fc.Memo<FieldExpr> = fc.memo((depth) => {
  const compare = fc
    .tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), numeric(2), numeric(2))
    .map(([op, left, right]): FieldExpr => ({ kind: 'binary', op, left, right, range }));
  const text = fc
    .tuple(fc.constantFrom('=', '!=', '>'), field, fc.string({ unit: 'grapheme' }))
    .filter(([, left]) => left.kind === 'attribute' || left.name === 'name')
    .map(([op, left, value]): FieldExpr => {
      return { kind: 'binary', op, left, right: literal({ type: 'string', value }), range };
    });
  const words = fc
    .constantFrom<Value>({ type: 'nil' }, { type: 'bool', value: true })
    .chain((value) =>
      attribute.map((left): FieldExpr => {
        return { kind: 'binary', op: '!=', left, right: literal(value), range };
      }),
    );
  const leaf = fc.oneof(compare, text, words, attribute);
  if (depth <= 1) return leaf;
  const binary = fc
    .tuple(fc.constantFrom('&&', '||'), boolean(), boolean())
    .map(([op, left, right]): FieldExpr => ({ kind: 'binary', op, left, right, range }));
  const unary = boolean().map((operand): FieldExpr => ({ kind: 'unary', op: '!', operand, range }));
  return fc.oneof(leaf, binary, unary);
});

const filter: fc.Arbitrary<SpansetFilter> = fc
  .option(boolean(3))
  .map((where) => ({ kind: 'filter', where, range }));

const spansets: fc.Memo<SpansetExpr> = fc.memo((depth) => {
  if (depth <= 1) return filter;
  const ops = fc.constantFrom('&&', '||', '>', '<<', '!>>', '!~', '&<', '&~');
  const combination = fc
    .tuple(ops, spansets(), spansets())
    .map(([op, left, right]): SpansetExpr => ({ kind: 'combination', op, left, right, range }));
  const pipeline = fc
    .tuple(spansets(), stage)
    .map((stages): SpansetExpr => ({ kind: 'pipeline', stages, range }));
  return fc.oneof(filter, combination, pipeline);
});

const stage: fc.Arbitrary<Stage> = fc.oneof(
  fc.constant<Stage>({ kind: 'coalesce', range }),
  attribute.map((by): Stage => ({ kind: 'by', by, range })),
  fc
    .array(field, { minLength: 1, maxLength: 3 })
    .map((fields): Stage => ({ kind: 'select', fields, range })),
  fc.tuple(attribute, number).map(
    ([of, value]): Stage => ({
      kind: 'scalar filter',
      op: '>=',
      left: { kind: 'aggregate', func: 'avg', of, range },
      right: { kind: 'literal', value, range },
      range,
    }),
  ),
);

const by = fc.array(field, { maxLength: 2 });
const metrics: fc.Arbitrary<MetricsFunction> = fc.oneof(
  by.map((by): MetricsFunction => ({ kind: 'count', func: 'rate', by, range })),
  fc.tuple(attribute, by).map(
    ([of, by]): MetricsFunction => ({
      kind: 'over time',
      func: 'quantile_over_time',
      of,
      quantiles: [0.5, 1],
      by,
      range,
    }),
  ),
  filter.map(
    (selection): MetricsFunction => ({ kind: 'compare', selection, topN: 3, window: null, range }),
  ),
);

const seriesStage: fc.Arbitrary<SeriesStage> = fc.oneof(
  fc.constant<SeriesStage>({ kind: 'topk', k: 2, range }),
  number.map((value): SeriesStage => ({ kind: 'threshold', op: '<', value, range })),
);

export function anyQuery(): fc.Arbitrary<SpanQuery> {
  const stages = fc
    .tuple(spansets(3), fc.array(fc.oneof(stage, filter), { maxLength: 2 }))
    .map(([first, rest]): Stage[] => [first, ...rest]);
  const functions = fc.option(fc.tuple(metrics, fc.array(seriesStage, { maxLength: 2 })));
  const hints = fc.constantFrom([], [{ name: 'x', value: { type: 'bool', value: true } as const }]);
  return fc.tuple(stages, functions, hints).map(([stages, func, hints]) => ({
    kind: 'spans',
    stages,
    metrics: func?.[0] ?? null,
    seriesStages: func?.[1] ?? [],
    hints,
  }));
}

/** Arithmetic between queries. */
export function anyMath(): fc.Arbitrary<MathQuery> {
  const query = fc
    .tuple(filter, metrics, fc.array(seriesStage, { maxLength: 1 }))
    .map(([first, func, seriesStages]): SeriesExpr => {
      return { kind: 'spans', stages: [first], metrics: func, seriesStages, hints: [] };
    });
  const constant = number.map((value): SeriesExpr => ({ kind: 'literal', value, range }));
  const ops = fc.constantFrom('+', '-', '*', '/');
  const expr: fc.Memo<SeriesExpr> = fc.memo((depth) => {
    if (depth <= 1) return query;
    const part = fc.oneof(query, expr());
    const sides = fc.oneof(
      fc.tuple(part, part),
      fc.tuple(part, constant),
      fc.tuple(constant, part),
    );
    return fc.tuple(ops, sides).map(([op, [left, right]]): SeriesExpr => {
      return { kind: 'series math', op, left, right, range };
    });
  });
  return fc.tuple(expr(3), fc.array(seriesStage, { maxLength: 1 })).map(([expr, seriesStages]) => {
    if (expr.kind !== 'series math') throw new Error('not a calculation');
    return { kind: 'math', expr, seriesStages, hints: [] };
  });
}

/** The tree of a query that is no arithmetic between queries. */
export function parsed(text: string): SpanQuery {
  const query = parseTraceql(text);
  if (query.kind !== 'spans') throw new Error(text);
  return query;
}
