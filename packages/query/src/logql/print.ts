/**
 * Queries back to text.
 *
 * Invariant: parsing the text gives the same tree. Operands of binary operators that are operators themselves are put in
 * parentheses, which the parser drops.
 */

import type { Matcher } from '@sightline/store';
import { quote } from '../promql/go-quote.ts';
import { formatDuration } from '../promql/lex-numbers.ts';
import { printOperator } from '../promql/print.ts';
import type {
  BinaryMetric,
  DropItem,
  Extraction,
  Grouping,
  LabelFilter,
  LogqlExpr,
  MetricExpr,
  Stage,
} from './ast.ts';
import { BINARY_PRECEDENCE } from './check.ts';
import { BARE_STAGES } from './parse-stages.ts';

/** The text of a query on one line. */
export function formatLogql(expr: LogqlExpr): string {
  if (expr.kind !== 'log') return metric(expr);
  return [selector(expr.matchers), ...expr.stages.map(stage)].join(' ');
}

function selector(matchers: readonly Matcher[]): string {
  return `{${matchers.map(matcher).join(', ')}}`;
}

function matcher({ name, op, value }: Matcher): string {
  return name + op + quote(value);
}

function stage(of: Stage): string {
  switch (of.kind) {
    case 'line_filter':
      return `${of.op} ${of.values.map(({ text, ip }) => (ip ? `ip(${quote(text)})` : quote(text))).join(' or ')}`;
    case 'json':
      return joined('| json', extractions(of.params));
    case 'logfmt': {
      const flags = (of.strict ? ' --strict' : '') + (of.keepEmpty ? ' --keep-empty' : '');
      return joined(`| logfmt${flags}`, extractions(of.params));
    }
    case 'pattern':
    case 'regexp':
      return `| ${of.kind} ${quote(of.pattern)}`;
    case 'unpack':
    case 'decolorize':
      return `| ${of.kind}`;
    case 'label_filter':
      return `| ${needsParens(of.filter) ? `(${filter(of.filter)})` : filter(of.filter)}`;
    case 'line_format':
      return `| line_format ${quote(of.template)}`;
    case 'label_format': {
      const formats = of.formats.map((format) => {
        const value = 'rename' in format ? format.rename : quote(format.template);
        return `${format.name}=${value}`;
      });
      return `| label_format ${formats.join(', ')}`;
    }
    case 'drop':
    case 'keep':
      return `| ${of.kind} ${of.items.map(dropItem).join(', ')}`;
    case 'unwrap':
      return `| unwrap ${of.convert === null ? of.label : `${of.convert}(${of.label})`}`;
  }
}

/** A label that is named like a stage. */
function needsParens(of: LabelFilter): boolean {
  switch (of.kind) {
    case 'and':
    case 'or':
      return false;
    case 'match':
      return BARE_STAGES.has(of.matcher.name);
    default:
      return BARE_STAGES.has(of.name);
  }
}

function joined(head: string, rest: string): string {
  return rest === '' ? head : `${head} ${rest}`;
}

function extractions(params: readonly Extraction[]): string {
  return params.map(({ name, expression }) => `${name}=${quote(expression)}`).join(', ');
}

function dropItem({ name, matcher: condition }: DropItem): string {
  return condition === null ? name : matcher(condition);
}

function filter(of: LabelFilter): string {
  switch (of.kind) {
    case 'and':
    case 'or':
      return `${filter(of.lhs)} ${of.kind} ${filterOperand(of.rhs)}`;
    case 'match':
      return matcher(of.matcher);
    case 'ip':
      return `${of.name} ${of.op} ip(${quote(of.pattern)})`;
    default:
      return `${of.name} ${of.op} ${of.text}`;
  }
}

/** Right of a connective; they associate to the left and have one precedence. */
function filterOperand(of: LabelFilter): string {
  return of.kind === 'and' || of.kind === 'or' ? `(${filter(of)})` : filter(of);
}

function grouping(of: Grouping | null): string {
  return of === null ? '' : ` ${of.without ? 'without' : 'by'} (${of.labels.join(', ')})`;
}

/** Negative zero keeps its sign: `1 / -0` is not `1 / 0`. */
function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function metric(of: MetricExpr): string {
  switch (of.kind) {
    case 'literal':
      return number(of.value);
    case 'vector':
      return `vector(${number(of.value)})`;
    case 'range': {
      const param = of.param === null ? '' : `${number(of.param)}, `;
      const offset = of.offsetMs === 0 ? '' : ` offset ${formatDuration(of.offsetMs)}`;
      const range = `[${formatDuration(of.windowMs)}]${offset}`;
      return `${of.op}(${param}${formatLogql(of.log)} ${range})${grouping(of.grouping)}`;
    }
    case 'aggregate': {
      const param = of.param === null ? '' : `${number(of.param)}, `;
      return `${of.op}${grouping(of.grouping)} (${param}${metric(of.expr)})`;
    }
    case 'binary':
      return `${leftOperand(of)} ${printOperator(of)} ${operand(of.rhs)}`;
    case 'label_replace': {
      const texts = [of.destination, of.replacement, of.source, of.pattern].map(quote);
      return `label_replace(${metric(of.expr)}, ${texts.join(', ')})`;
    }
  }
}

/** Operators of one precedence associate to the left, but for `^`. */
function leftOperand({ op, lhs }: BinaryMetric): string {
  const plain =
    lhs.kind === 'binary' &&
    op !== '^' &&
    BINARY_PRECEDENCE.get(lhs.op) === BINARY_PRECEDENCE.get(op);
  return plain ? metric(lhs) : operand(lhs);
}

function operand(of: MetricExpr): string {
  return of.kind === 'binary' ? `(${metric(of)})` : metric(of);
}
