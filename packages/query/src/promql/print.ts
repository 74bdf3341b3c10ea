/**
 * Expressions back to text, as Prometheus prints them (promql/parser/printer.go).
 *
 * Invariant: parsing the text gives the same tree (ranges aside): parentheses are nodes of their own, so none has to be added.
 */
import { compareBytes, type Matcher, METRIC_NAME } from '@sightline/store';
import type {
  Aggregate,
  AtModifier,
  Binary,
  Duration,
  DurationExpr,
  Expr,
  MatrixSelector,
  NumberLiteral,
  Subquery,
  VectorSelector,
} from './ast.ts';
import { quote } from './go-quote.ts';
import { formatDuration } from './lex-numbers.ts';
import { formatF, formatG } from './number-format.ts';

/** The text of an expression on one line. */
export function formatPromql(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return `${printSelectorCore(expr)}${printAt(expr.at)}${printExtended(expr)}${printOffset(expr.offset)}`;
    case 'matrix':
      return printMatrix(expr);
    case 'subquery':
      return formatPromql(expr.expr) + printSubquerySuffix(expr);
    case 'call':
      return `${expr.func}(${expr.args.map(formatPromql).join(', ')})`;
    case 'aggregate': {
      const param = expr.param === null ? '' : `${formatPromql(expr.param)}, `;
      return `${printAggregateOp(expr)}(${param}${formatPromql(expr.expr)})`;
    }
    case 'binary':
      return `${printLeft(expr)} ${printOperator(expr)} ${formatPromql(expr.rhs)}`;
    case 'unary':
      return expr.op + formatPromql(expr.expr);
    case 'paren':
      return `(${formatPromql(expr.expr)})`;
  }
}

/** The left side. Prometheus prints infinity with its sign, which a power would take for its own: `+Inf ^ 2` is `+(Inf ^ 2)`. */
export function printLeft({ op, lhs }: Binary): string {
  const isInfinity = lhs.kind === 'number' && lhs.value === Number.POSITIVE_INFINITY;
  return op === '^' && isInfinity ? 'Inf' : formatPromql(lhs);
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration ? formatDuration(value * 1000) : formatF(value);
}

function printSelectorCore({ name, matchers }: VectorSelector): string {
  const printed: string[] = [];
  for (const matcher of matchers) {
    const isName = matcher.name === METRIC_NAME && matcher.op === '=' && matcher.value === name;
    if (!isName || matcher.value === '') printed.push(printMatcher(matcher));
  }
  if (printed.length === 0) return name === '' ? '{}' : name;
  return `${name}{${printed.sort(compareBytes).join(',')}}`;
}

function printMatcher({ name, op, value }: Matcher): string {
  return printLabelName(name) + op + quote(value);
}

function printLabelName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quote(name);
}

function printLabels(labels: readonly string[]): string {
  return `(${labels.map(printLabelName).join(', ')})`;
}

function printAt(at: AtModifier | null): string {
  if (at === null) return '';
  return at.at === 'time' ? ` @ ${(at.timeMs / 1000).toFixed(3)}` : ` @ ${at.at}()`;
}

function printExtended({ modifier }: VectorSelector): string {
  return modifier === null ? '' : ` ${modifier}`;
}

function printOffset(offset: Duration): string {
  return offset === 0 ? '' : ` offset ${printDuration(offset)}`;
}

function printDuration(duration: Duration): string {
  return typeof duration === 'number' ? formatDuration(duration) : printDurationExpr(duration);
}

function printDurationExpr(expr: DurationExpr): string {
  switch (expr.kind) {
    case 'literal':
      return expr.isDuration ? formatDuration(expr.ms) : formatF(expr.seconds);
    case 'step':
    case 'range':
      return `${expr.kind}()`;
    case 'min':
    case 'max':
      return `${expr.kind}_of(${expr.args.map(printDurationExpr).join(', ')})`;
    case 'unary':
      return (expr.op === '-' ? '-' : '') + printDurationExpr(expr.operand);
    case 'binary':
      return `${printDurationExpr(expr.lhs)} ${expr.op} ${printDurationExpr(expr.rhs)}`;
    case 'paren':
      return `(${printDurationExpr(expr.inner)})`;
  }
}

function printMatrix({ selector, window }: MatrixSelector): string {
  const brackets = `[${printDuration(window)}]`;
  const modifiers = printExtended(selector) + printAt(selector.at) + printOffset(selector.offset);
  return printSelectorCore(selector) + brackets + modifiers;
}

/** `[range:step] @ time offset d`. */
export function printSubquerySuffix({ window, step, at, offset }: Subquery): string {
  const stepText = step === null ? '' : printDuration(step);
  return `[${printDuration(window)}:${stepText}]${printAt(at)}${printOffset(offset)}`;
}

/** `sum by (a) `: what stands before the parenthesis. */
export function printAggregateOp({ op, grouping, without }: Aggregate): string {
  if (without) return `${op} without ${printLabels(grouping)} `;
  return grouping.length === 0 ? op : `${op} by ${printLabels(grouping)} `;
}

/** `/ bool on (a) group_left (b)`: what stands between the sides. */
export function printOperator({
  op,
  bool,
  matching,
}: Pick<Binary, 'op' | 'bool' | 'matching'>): string {
  let text: string = bool ? `${op} bool` : op;
  if (matching === null) return text;
  const { card, on, labels, include, fillLeft, fillRight } = matching;
  const isGroup = card === 'many-to-one' || card === 'one-to-many';
  if (labels.length > 0 || on || isGroup)
    text += ` ${on ? 'on' : 'ignoring'} ${printLabels(labels)}`;
  if (isGroup) {
    text += ` group_${card === 'many-to-one' ? 'left' : 'right'} ${printLabels(include)}`;
  }
  if (fillLeft !== null && Object.is(fillLeft, fillRight)) {
    return `${text} fill (${formatG(fillLeft)})`;
  }
  if (fillLeft !== null) text += ` fill_left (${formatG(fillLeft)})`;
  if (fillRight !== null) text += ` fill_right (${formatG(fillRight)})`;
  return text;
}
