/** Line filters: one test per stage, and what a source may know of them before it decodes a line. */
import type { LineFilter, Stage } from '../ast.ts';
import type { LineHint } from '../source.ts';
import { lineHasIp, parseIpPattern } from './ip.ts';
import { LinePattern } from './pattern.ts';
import { compileLineRegex, literalAlternatives } from './regex.ts';

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

/** Stages behind which a line is no longer the stored one. */
const CHANGES_LINE: ReadonlySet<Stage['kind']> = new Set([
  ...(['line_format', 'unpack', 'decolorize'] as const),
]);

/** What must hold for the stored line. */
export function lineHints(stages: readonly Stage[]): LineHint[] {
  const hints: LineHint[] = [];
  for (const stage of stages) {
    if (CHANGES_LINE.has(stage.kind)) break;
    if (stage.kind === 'line_filter') hints.push(...hintsOf(stage));
  }
  return hints;
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
