/**
 * Prints a tree as a query: one blank around operators, parentheses only where the grouping needs them.
 *
 * Invariant: parsing the printed text gives the same tree.
 */
import { quote } from '../promql/go-quote.ts';
import type {
  Field,
  FieldExpr,
  MetricsFunction,
  Query,
  ScalarExpr,
  SeriesExpr,
  SeriesStage,
  SpanQuery,
  SpansetExpr,
  Stage,
} from './ast.ts';
import { durationText, isNumber, type Value, valueText } from './value.ts';

export function formatTraceql(query: Query): string {
  let text = query.kind === 'spans' ? printPipeline(query) : printSeriesExpr(query.expr);
  for (const stage of query.seriesStages) text += printSeriesStage(stage);
  if (query.hints.length > 0) {
    const hints = query.hints.map(({ name, value }) => `${name}=${printValue(value)}`);
    text += ` with (${hints.join(', ')})`;
  }
  return text;
}

function printPipeline({ stages, metrics }: SpanQuery): string {
  const text = stages.map(printStage).join(' | ');
  return metrics === null ? text : `${text} | ${printMetrics(metrics)}`;
}

function printSeriesExpr(expr: SeriesExpr): string {
  switch (expr.kind) {
    case 'literal':
      return printValue(expr.value);
    case 'spans':
      return `(${printPipeline(expr)}${expr.seriesStages.map(printSeriesStage).join('')})`;
    case 'series math':
      return printOperation(expr, seriesLevel, printSeriesExpr);
  }
}

function seriesLevel(expr: SeriesExpr): number {
  return expr.kind === 'series math' ? operatorLevel(expr.op) : 7;
}

/** One stage, as attributes of spansets and messages name it. */
export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'by':
      return `by(${printFieldExpr(stage.by)})`;
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`;
    case 'coalesce':
      return 'coalesce()';
    case 'scalar filter':
      return `${printScalar(stage.left)} ${stage.op} ${printScalar(stage.right)}`;
    default:
      return printSpansetExpr(stage);
  }
}

function printSpansetExpr(expr: SpansetExpr): string {
  switch (expr.kind) {
    case 'filter':
      return expr.where === null ? '{ }' : `{ ${printFieldExpr(expr.where)} }`;
    case 'pipeline':
      return `(${expr.stages.map(printStage).join(' | ')})`;
    case 'combination': {
      const level = spansetLevel(expr);
      const left = wrapIf(spansetLevel(expr.left) < level, printSpansetExpr(expr.left));
      const right = wrapIf(spansetLevel(expr.right) <= level, printSpansetExpr(expr.right));
      return `${left} ${expr.op} ${right}`;
    }
  }
}

function spansetLevel(expr: SpansetExpr): number {
  if (expr.kind !== 'combination') return 3;
  return expr.op === '&&' || expr.op === '||' ? 1 : 2;
}

function wrapIf(needed: boolean, text: string): string {
  return needed ? `(${text})` : text;
}

export function printScalar(expr: ScalarExpr): string {
  switch (expr.kind) {
    case 'literal':
      return printValue(expr.value);
    case 'aggregate':
      return `${expr.func}(${expr.of === null ? '' : printFieldExpr(expr.of)})`;
    case 'arithmetic':
      return printOperation(expr, scalarLevel, printScalar);
  }
}

function scalarLevel(expr: ScalarExpr): number {
  return expr.kind === 'arithmetic' ? operatorLevel(expr.op) : literalLevel(expr);
}

/** A negative number binds as its sign does. */
function literalLevel(expr: ScalarExpr | FieldExpr): number {
  const negative = expr.kind === 'literal' && isNumber(expr.value) && expr.value.value < 0;
  return negative ? 5 : 7;
}

function operatorLevel(op: string): number {
  if (op === '&&' || op === '||') return 1;
  if (op === '^') return 6;
  if (op === '*' || op === '/' || op === '%') return 4;
  return op === '+' || op === '-' ? 3 : 2;
}

function printOperation<T>(
  { op, left, right }: { op: string; left: T; right: T },
  levelOf: (expr: T) => number,
  print: (expr: T) => string,
): string {
  const level = operatorLevel(op);
  const rightwards = op === '^';
  const wrapLeft = rightwards ? levelOf(left) <= level : levelOf(left) < level;
  const wrapRight = rightwards ? levelOf(right) < level : levelOf(right) <= level;
  return `${wrapIf(wrapLeft, print(left))} ${op} ${wrapIf(wrapRight, print(right))}`;
}

export function printFieldExpr(expr: FieldExpr): string {
  switch (expr.kind) {
    case 'literal':
      return printValue(expr.value);
    case 'unary': {
      const { operand } = expr;
      const isField = operand.kind === 'attribute' || operand.kind === 'intrinsic';
      return `${expr.op}${wrapIf(!isField, printFieldExpr(operand))}`;
    }
    case 'binary':
      return printOperation(expr, fieldLevel, printFieldExpr);
    default:
      return printField(expr);
  }
}

function fieldLevel(expr: FieldExpr): number {
  if (expr.kind === 'binary') return operatorLevel(expr.op);
  return expr.kind === 'unary' ? 5 : literalLevel(expr);
}

/** Names that read back without quotes; a digit behind a bare point would be a number. */
const PLAIN_NAME = /^[^\s{}()=~!<>&|^,"]+$/u;

/** `span.http.method`, `.a`, `parent."a b"`, `name`. */
export function printField(field: Field): string {
  if (field.kind === 'intrinsic') return field.name;
  const { scope, name } = field;
  const prefix = `${field.parent ? 'parent' : ''}${field.parent && scope !== null ? '.' : ''}${scope ?? ''}.`;
  const misread =
    (prefix === '.' && /^\d/.test(name)) ||
    (prefix === 'parent.' && /^(?:span|resource)\./.test(name));
  if (PLAIN_NAME.test(name) && !misread) return prefix + name;
  return prefix + quoteName(name);
}

/** The name of an attribute in quotes: TraceQL knows these two escapes there and no others. */
export function quoteName(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

function printValue(value: Value): string {
  switch (value.type) {
    case 'string':
      return quote(value.value);
    case 'float': {
      const text = String(value.value);
      return /^-?\d+$/.test(text) ? `${text}.0` : text;
    }
    case 'duration':
      return durationText(value.value);
    default:
      return valueText(value);
  }
}

function printMetrics(func: MetricsFunction): string {
  switch (func.kind) {
    case 'count':
      return `${func.func}()${printBy(func.by)}`;
    case 'over time': {
      const args = [printField(func.of), ...func.quantiles.map(String)];
      return `${func.func}(${args.join(', ')})${printBy(func.by)}`;
    }
    case 'compare': {
      const window = func.window === null ? '' : `, ${func.window.start}, ${func.window.end}`;
      return `compare(${printSpansetExpr(func.selection)}, ${func.topN}${window})`;
    }
  }
}

function printBy(by: readonly Field[]): string {
  return by.length === 0 ? '' : ` by (${by.map(printField).join(', ')})`;
}

function printSeriesStage(stage: SeriesStage): string {
  if (stage.kind === 'threshold') return ` ${stage.op} ${printValue(stage.value)}`;
  return ` | ${stage.kind}(${stage.k})`;
}
