/**
 * Queries that decide about each span by itself, so that spans need not be put together as traces.
 *
 * Model: only filters, whose conditions and whose metrics function name fields of the span, its resource, events and links; nothing of the
 * trace, of parents or children. A span that one filter leaves out is left out by all that follow.
 */
import type { Field, FieldExpr, Intrinsic, SpanQuery } from './ast.ts';

const OF_SPANS: ReadonlySet<Intrinsic> = new Set<Intrinsic>([
  'duration',
  'name',
  'status',
  'statusMessage',
  'kind',
  'parent',
  'span:id',
  'span:parentID',
  'event:name',
  'event:timeSinceStart',
  'link:traceID',
  'link:spanID',
  'instrumentation:name',
  'instrumentation:version',
]);

export function isSpanWise({ stages, metrics }: SpanQuery): boolean {
  if (metrics === null || metrics.kind === 'compare') return false;
  const fields = metrics.kind === 'over time' ? [...metrics.by, metrics.of] : metrics.by;
  return (
    fields.every(isOfSpan) &&
    stages.every(
      (stage) => stage.kind === 'filter' && (stage.where === null || asksSpans(stage.where)),
    )
  );
}

function asksSpans(expr: FieldExpr): boolean {
  switch (expr.kind) {
    case 'literal':
      return true;
    case 'unary':
      return asksSpans(expr.operand);
    case 'binary':
      return asksSpans(expr.left) && asksSpans(expr.right);
    default:
      return isOfSpan(expr);
  }
}

function isOfSpan(field: Field): boolean {
  return field.kind === 'attribute' ? !field.parent : OF_SPANS.has(field.name);
}
