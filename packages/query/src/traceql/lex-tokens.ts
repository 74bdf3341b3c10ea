/** The tokens of TraceQL and how error texts name them. */
import type { Attribute, Intrinsic } from './ast.ts';
import { integer, KIND_NAMES, STATUS_NAMES, type Value } from './value.ts';

/**
 * `kind` is the text of a keyword, operator or bracket, or one of the classes below. A fault is a token too: it is thrown only when
 * the parser arrives at it, so that a fault before it in the text wins.
 */
export type Token = Place &
  (
    | { readonly kind: 'literal'; readonly value: Value }
    | { readonly kind: 'attribute'; readonly attribute: Omit<Attribute, 'range' | 'kind'> }
    | { readonly kind: 'intrinsic'; readonly intrinsic: Intrinsic }
    | { readonly kind: 'fault'; readonly detail: string }
    | { readonly kind: 'identifier' }
    | { readonly kind: 'eof' }
    | { readonly kind: 'symbol' }
  );

interface Place {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const AGGREGATES: ReadonlySet<string> = new Set(['count', 'avg', 'min', 'max', 'sum']);

export const METRICS_FUNCTIONS: ReadonlySet<string> = new Set([
  'rate',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'histogram_over_time',
  'compare',
]);

const KEYWORDS: ReadonlySet<string> = new Set([
  ...AGGREGATES,
  ...METRICS_FUNCTIONS,
  'by',
  'select',
  'coalesce',
  'with',
  'topk',
  'bottomk',
]);

export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word);
}

/** Words that are values. `minInt` and `maxInt` are the bounds of 64 bits. */
export const WORD_VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['nil', { type: 'nil' }],
  ['true', { type: 'bool', value: true }],
  ['false', { type: 'bool', value: false }],
  ['minInt', integer('-9223372036854775808')],
  ['maxInt', integer('9223372036854775807')],
  ...STATUS_NAMES.map((name, value): [string, Value] => [name, { type: 'status', value }]),
  ...KIND_NAMES.map((name, value): [string, Value] => [name, { type: 'kind', value }]),
]);

/** How Tempo's messages name a token. */
export function describe(token: Token): string {
  switch (token.kind) {
    case 'eof':
      return '$end';
    case 'identifier':
      return 'IDENTIFIER';
    case 'attribute':
      return /^[a-z]*\./.exec(token.text)?.[0] ?? token.text;
    case 'intrinsic':
      return /^[a-z]+:/.exec(token.text)?.[0] ?? token.text;
    case 'literal':
      switch (token.value.type) {
        case 'string':
          return 'STRING';
        case 'int':
          return /^\d/.test(token.text) ? 'INTEGER' : token.text;
        case 'float':
          return 'FLOAT';
        case 'duration':
          return 'DURATION';
      }
  }
  return token.text;
}
