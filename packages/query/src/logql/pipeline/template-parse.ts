/**
 * The parser of templates: a bounded subset of Go's text/template.
 *
 * Supported: text, `{{ }}` with trim markers and comments, `.field`, `.`, literals, calls with arguments, pipes, parentheses,
 * `if` / `else if` / `else` / `end`. Not supported, and said so: variables, `range`, `with`, `define`, `template`, `block`.
 */
import { quote, unquote } from '../../promql/go-quote.ts';
import { templateFunctions } from './template-functions.ts';

export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'value'; value: TemplateExpr }
  | { kind: 'if'; condition: TemplateExpr; then: TemplateNode[]; otherwise: TemplateNode[] };

export type TemplateExpr =
  | { kind: 'constant'; value: string | number | boolean }
  /** '' is the dot itself. */
  | { kind: 'field'; name: string }
  | { kind: 'call'; name: string; args: TemplateExpr[] };

const MAX_DEPTH = 50;
const UNSUPPORTED = ['range', 'with', 'define', 'template', 'block', 'break', 'continue'];

/** Throws an Error that says what is wrong. */
export function parseTemplate(text: string): TemplateNode[] {
  return new TemplateParser(split(text)).parse();
}

type Piece = { isAction: boolean; text: string };

/** Text and actions in turn; trim markers are applied. */
function split(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = text.indexOf('{{', at);
    let plain = text.slice(at, open < 0 ? text.length : open);
    if (trimNext) plain = plain.trimStart();
    if (open < 0) {
      pieces.push({ isAction: false, text: plain });
      return pieces;
    }
    const close = actionEnd(text, open + 2);
    let action = text.slice(open + 2, close);
    if (/^-\s/.test(action)) {
      plain = plain.trimEnd();
      action = action.slice(1);
    }
    trimNext = /\s-$/.test(action);
    if (trimNext) action = action.slice(0, -1);
    pieces.push({ isAction: false, text: plain }, { isAction: true, text: action.trim() });
    at = close + 2;
  }
}

const ACTION_PART = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|\}\}|[\s\S]/y;

/** Offset of the `}}` that closes an action; quotes, and a comment that begins it, may hold one. */
function actionEnd(text: string, from: number): number {
  let at = from;
  const comment = /-?\s*\/\*/y;
  comment.lastIndex = from;
  if (comment.test(text)) {
    const end = text.indexOf('*/', comment.lastIndex);
    if (end < 0) throw new Error('template: unclosed comment');
    at = end + 2;
  }
  while (at < text.length) {
    ACTION_PART.lastIndex = at;
    const part = ACTION_PART.exec(text)?.[0] ?? '';
    if (part === '}}') return at;
    at += Math.max(1, part.length);
  }
  throw new Error('template: unclosed action');
}

class TemplateParser {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  parse(): TemplateNode[] {
    const nodes = this.#list();
    if (this.#at < this.#pieces.length) {
      throw new Error(`template: unexpected {{${this.#pieces[this.#at]?.text ?? ''}}}`);
    }
    return nodes;
  }

  /** Nodes up to `end`, `else` or the end of the text. */
  #list(): TemplateNode[] {
    if (++this.#depth > MAX_DEPTH) throw new Error('template: nested too deeply');
    const nodes: TemplateNode[] = [];
    for (; this.#at < this.#pieces.length; this.#at++) {
      const piece = this.#pieces[this.#at];
      if (piece === undefined) break;
      const { isAction, text } = piece;
      if (!isAction) {
        if (text !== '') nodes.push({ kind: 'text', text });
        continue;
      }
      const word = /^\w*/.exec(text)?.[0] ?? '';
      if (word === 'end' || word === 'else') break;
      if (word === 'if') nodes.push(this.#conditional(text.slice(2)));
      else if (UNSUPPORTED.includes(word)) throw new Error(`template: ${word} is not supported`);
      else if (!text.startsWith('/*')) nodes.push({ kind: 'value', value: parseExpression(text) });
    }
    this.#depth--;
    return nodes;
  }

  /** Leaves `#at` on the closing `end`. */
  #conditional(text: string): TemplateNode {
    const condition = parseExpression(text);
    this.#at++;
    const then = this.#list();
    const closing = this.#pieces[this.#at]?.text ?? '';
    if (closing === 'end') return { kind: 'if', condition, then, otherwise: [] };
    const chained = /^else\s+if\b(.*)$/s.exec(closing);
    if (chained !== null) {
      if (++this.#depth > MAX_DEPTH) throw new Error('template: nested too deeply');
      const otherwise = [this.#conditional(chained[1] ?? '')];
      this.#depth--;
      return { kind: 'if', condition, then, otherwise };
    }
    if (closing !== 'else') throw new Error('template: unexpected EOF');
    this.#at++;
    const otherwise = this.#list();
    if (this.#pieces[this.#at]?.text !== 'end') throw new Error('template: unexpected EOF');
    return { kind: 'if', condition, then, otherwise };
  }
}

const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\(?:[abfnrtv\\"']|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-3][0-7]{2}))*"|`[^`]*`)|(-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|\$?\.([A-Za-z_]\w*)|([A-Za-z_]\w*)|([().|])|(\S))/y;

interface TemplateToken {
  kind: 'constant' | 'field' | 'word' | 'symbol' | 'end';
  text: string;
  value: string | number;
}

function scan(text: string): TemplateToken[] {
  const tokens: TemplateToken[] = [];
  const rest = text.trimEnd();
  let at = 0;
  while (at < rest.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(rest);
    if (match === null) throw new Error('template: syntax error');
    const [whole, string, number, field, word, symbol, other] = match;
    if (string !== undefined)
      tokens.push({ kind: 'constant', text: string, value: unquote(string) });
    else if (number !== undefined) {
      tokens.push({ kind: 'constant', text: number, value: Number(number) });
    } else if (field !== undefined) tokens.push({ kind: 'field', text: field, value: field });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, value: word });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, value: symbol });
    else {
      const why = other === '$' || other === ':' ? 'variables are not supported' : 'unexpected';
      throw new Error(`template: ${why} ${quote(other ?? '')} in operand`);
    }
    at += whole.length;
  }
  tokens.push({ kind: 'end', text: '', value: '' });
  return tokens;
}

function parseExpression(text: string): TemplateExpr {
  const tokens = scan(text);
  let at = 0;
  let depth = 0;
  const current = (): TemplateToken => tokens[at] ?? { kind: 'end', text: '', value: '' };

  function pipeline(): TemplateExpr {
    if (++depth > MAX_DEPTH) throw new Error('template: nested too deeply');
    let value = command(null);
    while (current().text === '|' && current().kind === 'symbol') {
      at++;
      value = command(value);
    }
    depth--;
    return value;
  }

  /** A call or a single operand; `piped` becomes the last argument. */
  function command(piped: TemplateExpr | null): TemplateExpr {
    const token = current();
    if (token.kind === 'word' && token.text !== 'true' && token.text !== 'false') {
      at++;
      const args: TemplateExpr[] = [];
      for (let arg = operand(); arg !== null; arg = operand()) args.push(arg);
      if (piped !== null) args.push(piped);
      return call(token.text, args);
    }
    const value = operand();
    if (value === null) throw new Error('template: missing value for command');
    if (piped !== null) throw new Error('template: non executable command in pipeline');
    return value;
  }

  function operand(): TemplateExpr | null {
    const { kind, text: word, value } = current();
    if (kind === 'end' || (kind === 'symbol' && (word === ')' || word === '|'))) return null;
    at++;
    if (kind === 'constant') return { kind: 'constant', value };
    if (kind === 'field') return { kind: 'field', name: word };
    if (kind === 'word') {
      if (word === 'true' || word === 'false') return { kind: 'constant', value: word === 'true' };
      return call(word, []);
    }
    if (word === '.') return { kind: 'field', name: '' };
    const inner = pipeline();
    if (current().text !== ')') throw new Error('template: unclosed left paren');
    at++;
    return inner;
  }

  const result = pipeline();
  if (current().kind !== 'end') throw new Error(`template: unexpected ${quote(current().text)}`);
  return result;
}

function call(name: string, args: TemplateExpr[]): TemplateExpr {
  const known = templateFunctions.get(name);
  if (known === undefined) throw new Error(`template: function ${quote(name)} not defined`);
  if (args.length < known.least || args.length > known.most) {
    const want = known.least === known.most ? `${known.least}` : `at least ${known.least}`;
    const detail = `wrong number of args for ${name}: want ${want} got ${args.length}`;
    throw new Error(`template: ${detail}`);
  }
  return { kind: 'call', name, args };
}
