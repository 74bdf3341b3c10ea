/**
 * Which fields of matching spans an answer shows: those that conditions, aggregates and groups read, and the selected ones (as Tempo
 * does). A field of a parent, a span's own name and duration and facts of the whole trace are shown only when they are selected.
 */
import type { Field, FieldExpr, ScalarExpr, Stage } from './ast.ts';

const UNSHOWN: ReadonlySet<string> = new Set([
  ...['duration', 'name', 'traceDuration', 'rootName', 'rootServiceName', 'trace:id', 'span:id'],
  ...['parent', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent'],
]);

export function shownFields(stages: readonly Stage[]): Field[] {
  const fields = new Map<string, Field>();
  for (const stage of stages) visitStage(stage, fields);
  return [...fields.values()];
}

function add(field: Field, fields: Map<string, Field>): void {
  const scope = field.kind === 'intrinsic' ? ':' : (field.scope ?? '');
  const key = `${scope}.${field.name}`;
  if (!fields.has(key)) fields.set(key, field);
}

function visitStage(stage: Stage, fields: Map<string, Field>): void {
  switch (stage.kind) {
    case 'filter':
      if (stage.where !== null) visitField(stage.where, fields);
      return;
    case 'combination':
      visitStage(stage.left, fields);
      visitStage(stage.right, fields);
      return;
    case 'pipeline':
      for (const inner of stage.stages) visitStage(inner, fields);
      return;
    case 'by':
      visitField(stage.by, fields);
      return;
    case 'select':
      for (const field of stage.fields) add(field, fields);
      return;
    case 'scalar filter':
      visitScalar(stage.left, fields);
      visitScalar(stage.right, fields);
      return;
  }
}

function visitScalar(expr: ScalarExpr, fields: Map<string, Field>): void {
  if (expr.kind === 'aggregate' && expr.of !== null) visitField(expr.of, fields);
  if (expr.kind !== 'arithmetic') return;
  visitScalar(expr.left, fields);
  visitScalar(expr.right, fields);
}

function visitField(expr: FieldExpr, fields: Map<string, Field>): void {
  switch (expr.kind) {
    case 'attribute':
      if (!expr.parent) add(expr, fields);
      return;
    case 'intrinsic':
      if (!UNSHOWN.has(expr.name)) add(expr, fields);
      return;
    case 'unary':
      visitField(expr.operand, fields);
      return;
    case 'binary':
      visitField(expr.left, fields);
      visitField(expr.right, fields);
      return;
  }
}
