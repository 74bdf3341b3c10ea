/**
 * The tokens of PromQL and how error texts name them.
 *
 * Facts (keyword list, classes, texts) are those of Prometheus' promql/parser/lex.go.
 */
import { quote } from './go-quote.ts';

/**
 * `kind` is 'eof', 'identifier', 'metric identifier' (with a colon), 'number', 'duration', 'string', the lower-case text of a
 * keyword, or the text of an operator or bracket. A comment or a lexical fault is never a token.
 */
export interface Token {
  kind: string;
  start: number;
  end: number;
  text: string;
}

export const AGGREGATORS: ReadonlySet<string> = new Set([
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

/** Aggregators whose first argument is a parameter. */
export const AGGREGATORS_WITH_PARAM: ReadonlySet<string> = new Set([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

const KEYWORDS: ReadonlySet<string> = new Set([
  'offset',
  'smoothed',
  'anchored',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'fill',
  'fill_left',
  'fill_right',
  'bool',
]);

/** Words that are functions when a parenthesis follows, and names otherwise. */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set([
  'start',
  'end',
  'step',
  'range',
  'min_of',
  'max_of',
]);

const WORD_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2']);

const SYMBOL_OPERATORS: ReadonlySet<string> = new Set([
  '+',
  '/',
  '==',
  '=~',
  '>=',
  '>',
  '<',
  '<=',
  '%',
  '*',
  '!=',
  '!~',
  '^',
  '-',
  '@',
  '</',
  '>/',
]);

/** Kind of a word that consists of letters, digits, underscores and colons. */
export function wordKind(word: string): string {
  const lower = word.toLowerCase();
  if (lower === 'inf' || lower === 'nan') return 'number';
  if (
    KEYWORDS.has(lower) ||
    AGGREGATORS.has(lower) ||
    FUNCTION_WORDS.has(lower) ||
    WORD_OPERATORS.has(lower)
  ) {
    return lower;
  }
  return word.includes(':') ? 'metric identifier' : 'identifier';
}

/** Words that may stand as a metric name. */
export function isMetricName(kind: string): boolean {
  return (
    kind === 'identifier' ||
    kind === 'metric identifier' ||
    AGGREGATORS.has(kind) ||
    FUNCTION_WORDS.has(kind) ||
    METRIC_KEYWORDS.has(kind)
  );
}

const METRIC_KEYWORDS: ReadonlySet<string> = new Set([
  'offset',
  'smoothed',
  'anchored',
  'by',
  'without',
  'and',
  'or',
  'unless',
]);

/** Words that may stand as a label in a grouping. */
export function isLabelWord(kind: string): boolean {
  return (
    kind === 'identifier' ||
    kind === 'metric identifier' ||
    KEYWORDS.has(kind) ||
    AGGREGATORS.has(kind) ||
    FUNCTION_WORDS.has(kind) ||
    WORD_OPERATORS.has(kind)
  );
}

/** How an error text names a token. */
export function describe(token: Token): string {
  const { kind, text } = token;
  if (kind === 'eof') return 'end of input';
  if (kind === 'identifier' || kind === 'metric identifier') return `${kind} ${quote(text)}`;
  if (kind === 'number' || kind === 'duration' || kind === 'string') {
    return `${kind} ${shortened(text)}`;
  }
  if (KEYWORDS.has(kind)) return `<${text}>`;
  if (WORD_OPERATORS.has(kind) || SYMBOL_OPERATORS.has(kind)) return `<op:${text}>`;
  if (AGGREGATORS.has(kind)) return `<aggr:${text}>`;
  return shortened(text);
}

/** Go's `%q`, cut to ten characters (`%.10q...`). */
function shortened(text: string): string {
  return text.length > 10 ? `${quote([...text].slice(0, 10).join(''))}...` : quote(text);
}
