/**
 * Statements without their values: what is the same statement has the same text.
 *
 * Model: tokens are written again with one space between them (none after `(`, `[`, `.` and `::`, none before `)`, `]`, `,`, `;`, `.` and `::`;
 * before `(` as it was), values as `?`. A sign before a value belongs to it. A list of values is one value, a list of rows one row: `IN (1, 2)`
 * is `IN (?)`, `VALUES (1, 2), (3, 4)` is `VALUES (?)`. Words keep their case.
 *
 * Invariants: never throws; idempotent; linear; the result has at most MAX_OUTPUT characters, and ends with `…` where it was cut.
 */
import { type Dialect, END, PUNCTUATION, SqlTokens, VALUE } from './sql-tokens.ts';

/** Characters of a statement that are looked at. */
const MAX_INPUT = 65_536;
const MAX_OUTPUT = 2000;
const CUT = '…';
const MARK = '?';

export function normalizeSql(sql: string, dialect: Dialect): string {
  const tokens = new SqlTokens(sql.length > MAX_INPUT ? sql.slice(0, MAX_INPUT) : sql, dialect);
  const output = new Output();
  let kind = tokens.next();
  while (kind !== END && !output.full) {
    if (kind === VALUE) output.value();
    else output.add(tokens.text(), tokens.spaced, kind === PUNCTUATION);
    kind = tokens.next();
  }
  return output.finish();
}

/** The tokens written so far, of which values and signs at the end may still be joined with what comes. */
class Output {
  full = false;
  #parts: string[] = [];
  #spaces: boolean[] = [];
  #length = 0;

  value(): void {
    const sign = this.#last(0);
    // `= -?`: the sign belongs to the value; `a - ?`: it is an operator between two operands.
    if ((sign === '-' || sign === '+') && this.#opensOperand(this.#last(1))) this.#drop();
    if (this.#last(0) === ',' && this.#last(1) === MARK) {
      this.#drop();
      return;
    }
    this.#push(MARK, !this.#joins(this.#last(0)));
  }

  add(text: string, spaced: boolean, punctuation: boolean): void {
    if (text === '(')
      this.#push(text, this.#joins(this.#last(0)) ? false : spaced || isOperator(this.#last(0)));
    else if (punctuation && NO_SPACE_BEFORE.has(text)) {
      // `: ::` would be read again as `::` and `:`.
      this.#push(text, text === '::' && this.#last(0) === ':');
    } else this.#push(text, !this.#joins(this.#last(0)));
    if (text === ')') this.#joinRows();
  }

  finish(): string {
    while (this.#last(0) === ';') this.#drop();
    let text = '';
    for (const [index, part] of this.#parts.entries()) {
      text += this.#spaces[index] === true && index > 0 ? ` ${part}` : part;
    }
    return this.full ? `${text} ${CUT}`.trimStart() : text;
  }

  /** `(?), (?)` is one row. */
  #joinRows(): void {
    const row = ['(', MARK, ')', ',', '(', MARK, ')'];
    for (const [index, part] of row.entries()) {
      if (this.#last(row.length - 1 - index) !== part) return;
    }
    for (let i = 0; i < 4; i++) this.#drop();
  }

  #opensOperand(before: string): boolean {
    return (
      before === '' || before === '(' || before === ',' || before === '[' || COMPARES.has(before)
    );
  }

  #joins(before: string): boolean {
    return before === '' || NO_SPACE_AFTER.has(before);
  }

  #last(back: number): string {
    return this.#parts[this.#parts.length - 1 - back] ?? '';
  }

  #push(text: string, space: boolean): void {
    if (this.#length + text.length + 1 > MAX_OUTPUT - 2 * CUT.length) {
      this.full = true;
      return;
    }
    this.#parts.push(text);
    this.#spaces.push(space);
    this.#length += text.length + 1;
  }

  #drop(): void {
    this.#spaces.pop();
    this.#length -= (this.#parts.pop() ?? '').length + 1;
  }
}

const NO_SPACE_BEFORE: ReadonlySet<string> = new Set([')', ']', ',', ';', '.', '::', '[']);
const NO_SPACE_AFTER: ReadonlySet<string> = new Set(['(', '[', '.', '::']);
const COMPARES: ReadonlySet<string> = new Set(['=', '<', '>', '<=', '>=', '<>', '!=']);

function isOperator(text: string): boolean {
  return /^[+\-*/<>=~!@#%^&|]+$/.test(text);
}
