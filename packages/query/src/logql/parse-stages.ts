/** Selectors and the stages of a pipeline. Patterns, templates and expressions are compiled once here, so that their faults have a place. */
import type { Matcher } from '@sightline/store';
import type {
  DropItem,
  Extraction,
  LabelFormat,
  LineFilter,
  LineFilterOp,
  Stage,
  Unwrap,
} from './ast.ts';
import { type Cursor, matchOp } from './cursor.ts';
import type { Token } from './lex.ts';
import { parseIpCall, parseLabelFilter, startsFilter } from './parse-label-filter.ts';
import { parseJsonPath } from './pipeline/json-path.ts';
import { LinePattern } from './pipeline/pattern.ts';
import { compileRegex } from './pipeline/regex.ts';
import { parseTemplate } from './pipeline/template-parse.ts';

const MAX_STAGES = 100;

/** Stages that may stand without arguments. */
export const BARE_STAGES: ReadonlySet<string> = new Set([
  ...['json', 'logfmt', 'unpack', 'decolorize'],
]);

/** `{a="b", c=~"d"}`. */
export function parseSelector(cursor: Cursor): Matcher[] {
  cursor.expect('{');
  const matchers: Matcher[] = [];
  if (cursor.accept('}')) return matchers;
  do {
    matchers.push(cursor.matcher(cursor.expect('IDENTIFIER').text));
  } while (cursor.accept(',') && cursor.kind !== '}');
  if (cursor.kind !== '}') throw cursor.unexpected('}', ',');
  cursor.take();
  return matchers;
}

/** As many stages as follow. `unwrap` is one only where `allowUnwrap`. */
export function parseStages(cursor: Cursor, stages: Stage[], allowUnwrap: boolean): void {
  for (;;) {
    const op = lineFilterOp(cursor);
    if (op !== null) stages.push(lineFilter(cursor, op));
    else if (cursor.kind === '|') stages.push(stage(cursor, allowUnwrap));
    else return;
    if (stages.length > MAX_STAGES) {
      throw cursor.error(cursor.token, `too many pipeline stages (at most ${MAX_STAGES})`);
    }
  }
}

function lineFilterOp({ kind }: Cursor): LineFilterOp | null {
  switch (kind) {
    case '|=':
    case '!=':
    case '|~':
    case '!~':
    case '|>':
    case '!>':
      return kind;
  }
  return null;
}

function lineFilter(cursor: Cursor, op: LineFilterOp): LineFilter {
  cursor.take();
  const values: LineFilter['values'] = [];
  do {
    const isIp = cursor.isWord('ip') && cursor.peek(1).kind === '(';
    if (isIp) {
      if (op !== '|=' && op !== '!=') {
        throw cursor.error(cursor.token, `ip: invalid operation ${op}, only |= and != are allowed`);
      }
      values.push({ text: parseIpCall(cursor), ip: true });
      continue;
    }
    const { token } = cursor;
    const text = cursor.string();
    checked(cursor, token, () => {
      if (op === '|~' || op === '!~') compileRegex(text);
      if (op === '|>' || op === '!>') new LinePattern(text, 'filter');
    });
    values.push({ text, ip: false });
  } while (cursor.acceptWord('or'));
  return { kind: 'line_filter', op, values };
}

/** Runs a compilation whose failure is the fault of `token`. */
function checked<T>(cursor: Cursor, token: Token, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw cursor.error(token, error instanceof Error ? error.message : String(error));
  }
}

function stage(cursor: Cursor, allowUnwrap: boolean): Stage {
  cursor.expect('|');
  if (cursor.kind === '(' || (startsFilter(cursor) && !startsBareStage(cursor))) {
    return { kind: 'label_filter', filter: parseLabelFilter(cursor) };
  }
  const word = cursor.kind === 'IDENTIFIER' ? cursor.token.text : '';
  switch (word) {
    case 'json':
      cursor.take();
      return { kind: 'json', params: extractions(cursor, true) };
    case 'logfmt':
      cursor.take();
      return logfmt(cursor);
    case 'pattern':
    case 'regexp':
      cursor.take();
      return captures(cursor, word);
    case 'unpack':
    case 'decolorize':
      cursor.take();
      return { kind: word };
    case 'line_format':
      cursor.take();
      return { kind: word, template: template(cursor) };
    case 'label_format':
      cursor.take();
      return { kind: word, formats: labelFormats(cursor) };
    case 'drop':
    case 'keep':
      cursor.take();
      return { kind: word, items: dropItems(cursor) };
    case 'unwrap':
      if (allowUnwrap) {
        cursor.take();
        return unwrap(cursor);
      }
  }
  throw cursor.unexpected();
}

/** `| json != "x"`: a stage without arguments and a line filter, not a filter of a label with that name. */
function startsBareStage(cursor: Cursor): boolean {
  const { kind } = cursor.peek(1);
  return BARE_STAGES.has(cursor.token.text) && (kind === '!=' || kind === '!~');
}

function extractions(cursor: Cursor, isJson: boolean): Extraction[] {
  const params: Extraction[] = [];
  if (cursor.kind !== 'IDENTIFIER') return params;
  do {
    const name = cursor.expect('IDENTIFIER').text;
    let expression = name;
    if (cursor.accept('=')) {
      const { token } = cursor;
      expression = cursor.string();
      if (isJson) checked(cursor, token, () => parseJsonPath(expression));
      else if (!/^[^\s="]+$/.test(expression)) {
        throw cursor.error(token, `cannot parse expression [${expression}]: invalid key`);
      }
    }
    params.push({ name, expression });
  } while (cursor.accept(','));
  return params;
}

function logfmt(cursor: Cursor): Stage {
  let strict = false;
  let keepEmpty = false;
  while (cursor.kind === 'PARSER_FLAG') {
    if (cursor.token.text === '--strict') strict = true;
    else if (cursor.token.text === '--keep-empty') keepEmpty = true;
    else throw cursor.unexpected('--strict', '--keep-empty');
    cursor.take();
  }
  return { kind: 'logfmt', strict, keepEmpty, params: extractions(cursor, false) };
}

function captures(cursor: Cursor, kind: 'pattern' | 'regexp'): Stage {
  const { token } = cursor;
  const pattern = cursor.string();
  checked(cursor, token, () => {
    if (kind === 'pattern') {
      new LinePattern(pattern, 'parser');
      return;
    }
    const names = Object.keys(compileRegex(pattern).namedGroups());
    if (names.length === 0) throw new Error('at least one named capture must be supplied');
    const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
    if (wrong !== undefined) throw new Error(`invalid extracted label name '${wrong}'`);
  });
  return { kind, pattern };
}

function template(cursor: Cursor): string {
  const { token } = cursor;
  const text = cursor.string();
  checked(cursor, token, () => parseTemplate(text));
  return text;
}

function labelFormats(cursor: Cursor): LabelFormat[] {
  const formats: LabelFormat[] = [];
  do {
    const { token } = cursor;
    const name = cursor.expect('IDENTIFIER').text;
    if (name === '__error__') throw cursor.error(token, `${name} cannot be formatted`);
    if (formats.some((format) => format.name === name)) {
      throw cursor.error(
        token,
        `multiple label name '${name}' not allowed in a single format operation`,
      );
    }
    cursor.expect('=');
    if (cursor.kind === 'IDENTIFIER') formats.push({ name, rename: cursor.take().text });
    else if (cursor.kind === 'STRING') formats.push({ name, template: template(cursor) });
    else throw cursor.unexpected('IDENTIFIER', 'STRING');
  } while (cursor.accept(','));
  return formats;
}

function dropItems(cursor: Cursor): DropItem[] {
  const items: DropItem[] = [];
  do {
    const name = cursor.expect('IDENTIFIER').text;
    items.push({ name, matcher: matchOp(cursor.kind) === null ? null : cursor.matcher(name) });
  } while (cursor.accept(','));
  return items;
}

function unwrap(cursor: Cursor): Unwrap {
  const label = cursor.expect('IDENTIFIER').text;
  if (cursor.kind !== '(') return { kind: 'unwrap', label, convert: null };
  if (label !== 'duration' && label !== 'duration_seconds' && label !== 'bytes') {
    throw cursor.unexpected();
  }
  cursor.take();
  const inner = cursor.expect('IDENTIFIER').text;
  cursor.expect(')');
  return { kind: 'unwrap', label: inner, convert: label };
}
