/**
 * A LogQL log query as the page edits it: the matchers of its selector and its stages in order.
 *
 * Model: what a click can make or undo (a matcher, a line filter, a comparison of one label with one text) is taken apart; every
 * other stage is kept as its text. Metric queries and what does not end where it should are left alone (undefined).
 *
 * Invariant: splitting what `printQuery` wrote gives the same parts. Comments and layout are not kept.
 */

export type MatchOp = '=' | '!=' | '=~' | '!~';
export type LineOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

export type Stage =
  | { readonly kind: 'line'; readonly op: LineOp; readonly value: string }
  | ({ readonly kind: 'label' } & Matcher)
  /** `text` begins with its operator. */
  | { readonly kind: 'other'; readonly text: string };

export interface LogQuery {
  readonly matchers: readonly Matcher[];
  readonly stages: readonly Stage[];
}

interface Token {
  readonly kind: 'word' | 'string' | 'symbol';
  readonly text: string;
  readonly start: number;
}

const tokenPattern =
  /(?<blank>(?:\s|#[^\n]*)+)|(?<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<symbol>\|[=~>]|![=~>]|=~|==|>=|<=|[|=<>(){},])|(?<word>[^\s"`|=<>(){},!#]+)/y;

/** Words that are a whole stage, so that a `!=` behind them begins the next one. */
const bareStages = new Set(['json', 'logfmt', 'unpack', 'decolorize']);
const lineOps = new Map<string, LineOp>(
  (['|=', '!=', '|~', '!~', '|>', '!>'] as const).map((op) => [op, op]),
);
const matchOps = new Map<string, MatchOp>((['=', '!=', '=~', '!~'] as const).map((op) => [op, op]));

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const start = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) return undefined;
    if (groups.string !== undefined) tokens.push({ kind: 'string', text: groups.string, start });
    else if (groups.symbol !== undefined)
      tokens.push({ kind: 'symbol', text: groups.symbol, start });
    else if (groups.word !== undefined) tokens.push({ kind: 'word', text: groups.word, start });
  }
  return tokens;
}

/** Takes a log query apart; undefined for metric queries and for text that is no query. */
export function splitQuery(text: string): LogQuery | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens[0]?.text !== '{') return undefined;
  const close = tokens.findIndex((token) => token.kind === 'symbol' && token.text === '}');
  const matchers = close < 0 ? undefined : matchersOf(tokens.slice(1, close));
  if (matchers === undefined) return undefined;
  const stages: Stage[] = [];
  let at = close + 1;
  while (at < tokens.length) {
    const end = stageEnd(tokens, at);
    if (end === undefined) return undefined;
    const from = tokens[at]?.start ?? 0;
    stages.push(stageOf(tokens.slice(at, end), text.slice(from, tokens[end]?.start).trim()));
    at = end;
  }
  return { matchers, stages };
}

function matchersOf(tokens: readonly Token[]): Matcher[] | undefined {
  const matchers: Matcher[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, op, value, comma] = tokens.slice(at, at + 4);
    const known = matchOps.get(op?.text ?? '');
    if (name?.kind !== 'word' || known === undefined || value?.kind !== 'string') return undefined;
    if (comma !== undefined && comma.text !== ',') return undefined;
    matchers.push({ name: name.text, op: known, value: unquote(value.text) });
  }
  return matchers;
}

/** The index behind the stage that begins at `start`; undefined when no stage begins there. */
function stageEnd(tokens: readonly Token[], start: number): number | undefined {
  const first = tokens[start];
  if (first?.kind !== 'symbol' || (first.text !== '|' && !lineOps.has(first.text)))
    return undefined;
  let at = start + 1;
  for (; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== 'symbol') continue;
    if (token.text.startsWith('|')) break;
    if (!token.text.startsWith('!')) continue;
    // `| a != "x"` compares; behind anything but a name a line filter begins.
    const before = tokens[at - 1];
    const whole = at === start + 2 && bareStages.has(before?.text ?? '');
    if (before?.kind !== 'word' || whole || first.text !== '|') break;
  }
  return at > start + 1 ? at : undefined;
}

function stageOf(tokens: readonly Token[], text: string): Stage {
  const [first, second, third, fourth] = tokens;
  const lineOp = lineOps.get(first?.text ?? '');
  if (lineOp !== undefined && tokens.length === 2 && second?.kind === 'string')
    return { kind: 'line', op: lineOp, value: unquote(second.text) };
  const op = matchOps.get(third?.text ?? '');
  const compares = first?.text === '|' && tokens.length === 4 && second?.kind === 'word';
  if (compares && op !== undefined && fourth?.kind === 'string')
    return { kind: 'label', name: second.text, op, value: unquote(fourth.text) };
  return { kind: 'other', text };
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unquote(text: string): string {
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  return inner.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|(.))/g,
    (_, hex, short, long, octal, char) => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return codePoint(Number.parseInt(digits, 16));
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
      return escapes[char] ?? char;
    },
  );
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/** A text as LogQL writes it; in backticks where that saves escapes. */
export function quote(value: string): string {
  const raw = /[\\"]/.test(value) && !/[`\n\r]/.test(value);
  return raw ? `\`${value}\`` : JSON.stringify(value);
}

/** `name op "value"` without blanks: the form of selectors and label filters. */
function printMatcher({ name, op, value }: Matcher): string {
  return `${name}${op}${quote(value)}`;
}

/** One stage with its operator. */
export function printStage(stage: Stage): string {
  if (stage.kind === 'other') return stage.text;
  return stage.kind === 'line' ? `${stage.op} ${quote(stage.value)}` : `| ${printMatcher(stage)}`;
}

/** The selector alone. */
export function printSelector(matchers: readonly Matcher[]): string {
  return `{${matchers.map(printMatcher).join(', ')}}`;
}

/** The query on one line. */
export function printQuery(query: LogQuery): string {
  return [printSelector(query.matchers), ...query.stages.map(printStage)].join(' ');
}
