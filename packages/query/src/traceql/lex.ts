/**
 * The lexer of TraceQL.
 *
 * Model: one pass over the text, one token at a time. An attribute (`span.http.method`, `.a`, `parent.resource."a b".c`) is one token:
 * behind its scope the name runs to the next blank or one of `{}()=~!<>&|^,`, so that `-`, `+`, `*`, `/` and `:` are part of
 * names; quoted parts may hold anything (escapes `\"` and `\\`). Comments are those of Go.
 *
 * Invariants: tokens ascend and do not overlap; behind a fault comes nothing; `next` after the end yields `eof` again. A number is
 * followed by no letter unless it is a duration.
 */
import { unquote } from '../promql/go-quote.ts';
import type { AttributeScope } from './ast.ts';
import { INTRINSIC_SCOPES, PLAIN_INTRINSICS, SCOPED_INTRINSICS } from './intrinsics.ts';
import { scanNumber } from './lex-numbers.ts';
import { isKeyword, type Token, WORD_VALUES } from './lex-tokens.ts';

/** Longest first. */
const OPERATORS = [
  ...['!>>', '!<<', '&>>', '&<<'],
  ...['!>', '!<', '!~', '&>', '&<', '&~', '&&', '||', '>>', '<<', '=~', '!=', '<=', '>='],
  ...['{', '}', '(', ')', ',', '|', '=', '<', '>', '~', '!', '+', '-', '*', '/', '%', '^'],
];

const SCOPES: ReadonlyMap<string, AttributeScope> = new Map([
  ['span', 'span'],
  ['resource', 'resource'],
  ['event', 'event'],
  ['link', 'link'],
  ['instrumentation', 'instrumentation'],
]);

const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NAME_PART = /[^\s{}()=~!<>&|^,"]+/uy;
const QUOTED_PART = /"((?:[^"\\]|\\["\\])*)"/uy;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y;
const ESCAPES = /\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;

export class Lexer {
  readonly #text: string;
  #pos = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    this.#pos += matchAt(BLANK, this.#text, this.#pos).length;
    const start = this.#pos;
    const char = this.#text[start];
    if (char === undefined) return { kind: 'eof', start, end: start, text: '' };
    if (this.#text.startsWith('/*', start)) return this.#fault(start, 'comment not terminated');
    if (char === '"' || char === '`') return this.#string(start);
    if (/^\.?\d/.test(this.#text.slice(start, start + 2))) return this.#number(start);
    if (char === '.') return this.#attribute(start, start + 1, null, false);
    const word = matchAt(WORD, this.#text, start);
    if (word !== '') return this.#word(start, word);
    const operator = OPERATORS.find((text) => this.#text.startsWith(text, start));
    if (operator !== undefined) return { kind: 'symbol', ...this.#take(start, operator.length) };
    return this.#fault(start, `syntax error: unexpected ${char}`);
  }

  #take(start: number, length: number): { start: number; end: number; text: string } {
    const end = start + length;
    this.#pos = end;
    return { start, end, text: this.#text.slice(start, end) };
  }

  #fault(start: number, detail: string): Token {
    this.#pos = this.#text.length;
    return { kind: 'fault', detail, start, end: this.#text.length, text: this.#text.slice(start) };
  }

  #string(start: number): Token {
    const quoted = matchAt(STRING, this.#text, start);
    // The words are those of Go's text/scanner, which Tempo reads with.
    if (quoted === '') return this.#fault(start, 'literal not terminated');
    if (quoted[0] === '"' && !validEscapes(quoted))
      return this.#fault(start, 'invalid char escape');
    const value = { type: 'string', value: unquote(quoted) } as const;
    return { kind: 'literal', value, ...this.#take(start, quoted.length) };
  }

  #number(start: number): Token {
    const number = scanNumber(this.#text, start);
    if ('problem' in number) return this.#fault(start, number.problem);
    return { kind: 'literal', value: number.value, ...this.#take(start, number.end - start) };
  }

  #word(start: number, word: string): Token {
    const after = this.#text[start + word.length];
    if (after === '.') {
      const behind = start + word.length + 1;
      const scope = SCOPES.get(word);
      if (scope !== undefined) return this.#attribute(start, behind, scope, false);
      if (word === 'parent') return this.#ofParent(start, behind);
    }
    if (after === ':' && INTRINSIC_SCOPES.has(word)) return this.#scopedIntrinsic(start, word);
    const intrinsic = PLAIN_INTRINSICS.get(word);
    const place = this.#take(start, word.length);
    if (intrinsic !== undefined) return { kind: 'intrinsic', intrinsic, ...place };
    const value = WORD_VALUES.get(word);
    if (value !== undefined) return { kind: 'literal', value, ...place };
    return { kind: isKeyword(word) ? 'symbol' : 'identifier', ...place };
  }

  #scopedIntrinsic(start: number, scope: string): Token {
    const nameStart = start + scope.length + 1;
    const name = matchAt(WORD, this.#text, nameStart);
    const intrinsic = SCOPED_INTRINSICS.get(`${scope}:${name}`);
    if (intrinsic === undefined) {
      const found = name === '' ? (this.#text[nameStart] ?? '$end') : 'IDENTIFIER';
      return this.#fault(nameStart, `syntax error: unexpected ${found}`);
    }
    return { kind: 'intrinsic', intrinsic, ...this.#take(start, scope.length + 1 + name.length) };
  }

  /** `parent.a`, `parent.span.a`, `parent.resource.a`. */
  #ofParent(start: number, behind: number): Token {
    const scope = /^(span|resource)\./.exec(this.#text.slice(behind, behind + 9))?.[1];
    if (scope === undefined) return this.#attribute(start, behind, null, true);
    return this.#attribute(start, behind + scope.length + 1, SCOPES.get(scope) ?? null, true);
  }

  #attribute(
    start: number,
    nameStart: number,
    scope: AttributeScope | null,
    parent: boolean,
  ): Token {
    let at = nameStart;
    let name = '';
    for (;;) {
      const plain = matchAt(NAME_PART, this.#text, at);
      const quoted = plain === '' ? matchAt(QUOTED_PART, this.#text, at) : '';
      if (plain === '' && quoted === '') break;
      name += plain === '' ? quoted.slice(1, -1).replace(/\\(["\\])/g, '$1') : plain;
      at += plain.length + quoted.length;
    }
    if (this.#text[at] === '"') {
      const detail = 'syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER';
      return this.#fault(at, `unclosed quoted attribute name: ${detail}`);
    }
    if (name === '') {
      return this.#fault(at, 'syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER');
    }
    const attribute = { scope, parent, name };
    return { kind: 'attribute', attribute, ...this.#take(start, at - start) };
  }
}

/** The match of a sticky expression at an offset, '' without one. */
function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function validEscapes(quoted: string): boolean {
  for (let at = quoted.indexOf('\\'); at >= 0; at = quoted.indexOf('\\', at)) {
    const sequence = matchAt(ESCAPES, quoted, at);
    if (sequence === '') return false;
    if (sequence[1] === 'u' || sequence[1] === 'U') {
      const code = Number.parseInt(sequence.slice(2), 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    }
    at += sequence.length;
  }
  return true;
}
