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

export function isSpanWise(query: SpanQuery): boolean {
  return asksOnly(query, isOfSpan);
}

/** Whether spans of one resource that start at one time are all the same to a query. */
export function isResourceWise(query: SpanQuery): boolean {
  return query.metrics?.kind === 'count' && asksOnly(query, isOfResource);
}

function asksOnly({ stages, metrics }: SpanQuery, allows: (field: Field) => boolean): boolean {
  if (metrics === null || metrics.kind === 'compare') return false;
  const fields = metrics.kind === 'over time' ? [...metrics.by, metrics.of] : metrics.by;
  const ofExpr = (expr: FieldExpr): boolean => {
    switch (expr.kind) {
      case 'literal':
        return true;
      case 'unary':
        return ofExpr(expr.operand);
      case 'binary':
        return ofExpr(expr.left) && ofExpr(expr.right);
      default:
        return allows(expr);
    }
  };
  return (
    fields.every(allows) &&
    stages.every(
      (stage) => stage.kind === 'filter' && (stage.where === null || ofExpr(stage.where)),
    )
  );
}

function isOfSpan(field: Field): boolean {
  return field.kind === 'attribute' ? !field.parent : OF_SPANS.has(field.name);
}

function isOfResource(field: Field): boolean {
  return field.kind === 'attribute' && field.scope === 'resource' && !field.parent;
}
