/** Line filters: one test per stage, and what a source may know of them before it decodes a line. */
import type { LineFilter } from '../ast.ts';
import type { LineHint } from '../source.ts';
import { lineHasIp, parseIpPattern } from './ip.ts';
import { LinePattern } from './pattern.ts';
import { compileLineRegex, literalAlternatives, requiredText } from './regex.ts';

type LineTest = (line: string) => boolean;

export function compileLineFilter(filter: LineFilter): LineTest {
  const tests = filter.values.map(({ text, ip }) => compileOne(filter.op, text, ip));
  const any = tests.length === 1 ? (tests[0] ?? never) : anyOf(tests);
  return filter.op.startsWith('!') ? (line) => !any(line) : any;
}

const never: LineTest = () => false;

function anyOf(tests: readonly LineTest[]): LineTest {
  return (line) => {
    for (const test of tests) if (test(line)) return true;
    return false;
  };
}

function compileOne(op: LineFilter['op'], text: string, ip: boolean): LineTest {
  if (ip) {
    const pattern = parseIpPattern(text);
    return pattern === null ? never : (line) => lineHasIp(pattern, line);
  }
  if (op === '|>' || op === '!>') {
    const pattern = new LinePattern(text, 'filter');
    return (line) => pattern.test(line);
  }
  if (op === '|=' || op === '!=') return (line) => line.includes(text);
  const literals = literalAlternatives(text);
  if (literals !== null) {
    return anyOf(literals.map((literal) => (line: string) => line.includes(literal)));
  }
  const regex = compileLineRegex(text);
  return (line) => regex.test(line);
}

/** What must hold for the line, and whether that is all that the filter says. */
export function lineFilterHints(filter: LineFilter): { hints: LineHint[]; isExact: boolean } {
  const { op, values } = filter;
  // Query builders write it for "any line".
  if (op === '|=' && values.some(({ text, ip }) => !ip && text === '')) {
    return { hints: [], isExact: true };
  }
  const hints = hintsOf(filter);
  if (hints.length === 0 && op === '|~' && values.every(({ ip }) => !ip)) {
    const anyOf = values.map(({ text }) => requiredText(text));
    if (anyOf.includes('')) return { hints: [], isExact: false };
    return { hints: [{ anyOf, negated: false }], isExact: false };
  }
  return { hints, isExact: hints.length > 0 && op !== '|>' };
}

function hintsOf({ op, values }: LineFilter): LineHint[] {
  const negated = op.startsWith('!');
  if (values.some(({ ip }) => ip)) return [];
  if (op === '|>') {
    const [only] = values;
    if (only === undefined || values.length > 1) return [];
    const { literals } = new LinePattern(only.text, 'filter');
    return literals.map((literal) => ({ anyOf: [literal], negated }));
  }
  if (op === '!>') return [];
  const all: string[] = [];
  for (const { text } of values) {
    const literals = op === '|~' || op === '!~' ? literalAlternatives(text) : [text];
    if (literals === null || literals.includes('')) return [];
    all.push(...literals);
  }
  return [{ anyOf: all, negated }];
}
