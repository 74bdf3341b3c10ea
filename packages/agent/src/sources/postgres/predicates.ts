/**
 * By which columns of a table a statement looks for rows: what an index would have to begin with.
 *
 * Reads tokens, not a grammar: names after FROM, JOIN, UPDATE and INTO are tables with their aliases, and a column of the table that stands
 * beside a comparison within WHERE or ON is a predicate. What this cannot tell for sure (OR, columns without a qualifier among several
 * tables, columns inside expressions) is left out: a wrong proposal is worse than none.
 */
import { END, OPERATOR, PUNCTUATION, SqlTokens, WORD } from '../../profiler/sql-tokens.ts';

export interface Predicates {
  /** Compared with `=`, IN or ANY, in the order of the statement. */
  readonly equal: readonly string[];
  /** Compared with `<`, `>`, BETWEEN. */
  readonly range: readonly string[];
}

interface Token {
  readonly kind: 'word' | 'name' | 'symbol' | 'value';
  /** Words in lower case, quoted names without their quotes. */
  readonly text: string;
}

const NONE: Predicates = { equal: [], range: [] };
const CLAUSES = new Set([
  'where',
  'on',
  'and',
  'having',
  'select',
  'set',
  'from',
  'order',
  'group',
]);
const FILTERS = new Set(['where', 'on', 'and']);
const TABLES = new Set(['from', 'join', 'update', 'into']);
const NO_ALIAS = new Set([
  ...CLAUSES,
  ...[
    'join',
    'left',
    'right',
    'inner',
    'outer',
    'full',
    'cross',
    'natural',
    'using',
    'limit',
    'offset',
  ],
  ...['for', 'union', 'returning', 'values', 'fetch', 'window', 'tablesample', 'lateral', 'except'],
]);
const RANGES = new Set(['<', '>', '<=', '>=']);

/** `columns` are those of the table. */
export function predicatesOf(sql: string, table: string, columns: ReadonlySet<string>): Predicates {
  const list = tokensOf(sql);
  if (list.some(({ kind, text }) => kind === 'word' && text === 'or')) return NONE;
  const { aliases, count } = tablesOf(list, table);
  if (aliases.size === 0) return NONE;
  const equal = new Set<string>();
  const range = new Set<string>();
  let filtering = false;
  for (let i = 0; i < list.length; i++) {
    const token = list[i];
    if (token?.kind === 'word' && CLAUSES.has(token.text)) {
      // BETWEEN and SET have an AND or ON of their own, which changes nothing: AND goes on with what was.
      if (token.text !== 'and') filtering = FILTERS.has(token.text);
      continue;
    }
    if (!filtering || !isName(token) || !columns.has(token.text)) continue;
    const qualified = list[i - 1]?.text === '.';
    const qualifier = list[i - 2]?.text ?? '';
    if (qualified ? !aliases.has(qualifier) : count !== 1) continue;
    const before = list[i - (qualified ? 3 : 1)];
    const kind = comparison(before, list[i + 1]);
    if (kind === '=') equal.add(token.text);
    else if (kind === '<') range.add(token.text);
  }
  return { equal: [...equal], range: [...range].filter((name) => !equal.has(name)) };
}

function tokensOf(sql: string): Token[] {
  const tokens = new SqlTokens(sql, 'postgresql');
  const list: Token[] = [];
  for (let kind = tokens.next(); kind !== END; kind = tokens.next()) {
    const text = tokens.text();
    if (kind === WORD && text.startsWith('"')) {
      list.push({ kind: 'name', text: text.slice(1, -1).replaceAll('""', '"') });
    } else if (kind === WORD) list.push({ kind: 'word', text: text.toLowerCase() });
    else list.push({ kind: kind === OPERATOR || kind === PUNCTUATION ? 'symbol' : 'value', text });
  }
  return list;
}

function isName(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind === 'word' || token.kind === 'name');
}

/** `before` and `after` are the neighbours of a column. */
function comparison(before: Token | undefined, after: Token | undefined): '=' | '<' | undefined {
  const next = after?.text ?? '';
  if (next === '=' || next === 'in') return '=';
  if (RANGES.has(next) || next === 'between') return '<';
  // The column stands last: `o.customer_id = c.id`.
  const ends = after === undefined || after.kind === 'word' || [')', ';'].includes(next);
  if (!ends || before?.kind !== 'symbol') return undefined;
  if (before.text === '=') return '=';
  return RANGES.has(before.text) ? '<' : undefined;
}

/** Names under which `table` is spoken of, and how many tables there are. */
function tablesOf(list: readonly Token[], table: string): { aliases: Set<string>; count: number } {
  const aliases = new Set<string>();
  let count = 0;
  for (let i = 0; i < list.length; i++) {
    const token = list[i];
    if (token?.kind !== 'word' || !TABLES.has(token.text)) continue;
    let at = i + 1;
    while (true) {
      if (list[at]?.text === 'only') at++;
      if (!isName(list[at])) break;
      while (list[at + 1]?.text === '.' && isName(list[at + 2])) at += 2;
      const name = list[at]?.text ?? '';
      const after = list[at + 1]?.text === 'as' ? list[at + 2] : list[at + 1];
      const alias = isName(after) && !NO_ALIAS.has(after.text) ? after : undefined;
      count++;
      if (name === table) aliases.add(alias?.text ?? name);
      at = alias === undefined ? at + 1 : list.indexOf(alias) + 1;
      if (list[at]?.text !== ',') break;
      at++;
    }
  }
  return { aliases, count };
}
