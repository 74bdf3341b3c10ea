/**
 * The types of an expression, with Prometheus' rules and texts (promql/parser/parse.go, checkAST).
 *
 * Model: one walk, operands before the rules of their node, that returns the type of each node. It also settles what depends
 * on types: `matching` becomes null unless both sides are vectors, and set operators become many-to-many.
 */
import { METRIC_NAME } from '@sightline/store';
import type { Aggregate, Binary, Call, Expr, TextRange, ValueType, VectorSelector } from './ast.ts';
import { matchesEmpty } from './check-matchers.ts';
import { FUNCTIONS } from './functions.ts';
import { quote } from './go-quote.ts';
import { PromqlParseError } from './parse-error.ts';

/** Checks a parsed tree and settles `matching`. Throws PromqlParseError. */
export function checkTypes(text: string, expr: Expr): ValueType {
  return new Checker(text).check(expr);
}

/** The type of a checked expression. */
export function valueType(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return FUNCTIONS.get(expr.func)?.returnType ?? 'vector';
    case 'unary':
    case 'paren':
      return valueType(expr.expr);
    case 'binary':
      return valueType(expr.lhs) === 'scalar' && valueType(expr.rhs) === 'scalar'
        ? 'scalar'
        : 'vector';
  }
}

/** The name of a type in error texts. */
export function documentedType(type: ValueType): string {
  return type === 'vector' ? 'instant vector' : type === 'matrix' ? 'range vector' : type;
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const SETS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

class Checker {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'number':
        return 'scalar';
      case 'string':
        return 'string';
      case 'selector':
        this.#selector(expr);
        return 'vector';
      case 'matrix':
        this.#selector(expr.selector);
        return 'matrix';
      case 'subquery': {
        const type = this.check(expr.expr);
        if (type !== 'vector') {
          const detail = `subquery is only allowed on instant vector, got ${type} instead`;
          throw this.#error(expr.range, detail);
        }
        return 'matrix';
      }
      case 'paren':
        return this.check(expr.expr);
      case 'unary': {
        const type = this.check(expr.expr);
        if (type === 'scalar' || type === 'vector') return type;
        const got = quote(documentedType(type));
        const allowed = 'expressions of type scalar or instant vector';
        throw this.#error(expr.range, `unary expression only allowed on ${allowed}, got ${got}`);
      }
      case 'aggregate':
        return this.#aggregate(expr);
      case 'call':
        return this.#call(expr);
      case 'binary':
        return this.#binary(expr);
    }
  }

  #error(range: TextRange, detail: string): PromqlParseError {
    return new PromqlParseError(this.#text, { start: range.start, end: range.end }, detail);
  }

  #expect(expr: Expr, want: ValueType, context: string): void {
    const type = this.check(expr);
    if (type === want) return;
    const types = `expected type ${documentedType(want)} in ${context}, got ${documentedType(type)}`;
    throw this.#error(expr.range, types);
  }

  #selector(selector: VectorSelector): void {
    if (selector.name === '') {
      if (selector.matchers.some((matcher) => !matchesEmpty(matcher))) return;
      const detail = 'vector selector must contain at least one non-empty matcher';
      throw this.#error(selector.range, detail);
    }
    // The last matcher is the one made from the name in front of the braces.
    for (const matcher of selector.matchers.slice(0, -1)) {
      if (matcher.name !== METRIC_NAME) continue;
      const names = `${quote(selector.name)} or ${quote(matcher.value)}`;
      throw this.#error(selector.range, `metric name must not be set twice: ${names}`);
    }
  }

  #aggregate(aggregate: Aggregate): ValueType {
    this.#expect(aggregate.expr, 'vector', 'aggregation expression');
    if (aggregate.param !== null) {
      const want = aggregate.op === 'count_values' ? 'string' : 'scalar';
      this.#expect(aggregate.param, want, 'aggregation parameter');
    }
    return 'vector';
  }

  #call(call: Call): ValueType {
    const signature = FUNCTIONS.get(call.func);
    if (signature === undefined) {
      throw this.#error(call.range, `unknown function with name ${quote(call.func)}`);
    }
    const { argTypes, variadic } = signature;
    const got = call.args.length;
    const least = variadic === 0 ? argTypes.length : argTypes.length - 1;
    const most =
      variadic === 0
        ? argTypes.length
        : variadic < 0
          ? Number.POSITIVE_INFINITY
          : argTypes.length - 1 + variadic;
    if (got < least || got > most) {
      const bound = variadic === 0 ? '' : got < least ? 'at least ' : 'at most ';
      const count = got < least ? least : most;
      const detail = `expected ${bound}${count} argument(s) in call to ${quote(call.func)}, got ${got}`;
      throw this.#error(call.range, detail);
    }
    const context = `call to function ${quote(call.func)}`;
    call.args.forEach((arg, i) => {
      const want = argTypes[Math.min(i, argTypes.length - 1)] ?? 'vector';
      if (call.func === 'info' && i === 1) this.#infoSelector(call, arg, context);
      else this.#expect(arg, want, context);
    });
    return signature.returnType;
  }

  /** The second argument of `info` selects labels only, so it may match anything. */
  #infoSelector(call: Call, arg: Expr, context: string): void {
    const type = valueType(arg);
    if (type !== 'vector') {
      const types = `expected type instant vector in ${context}, got ${documentedType(type)}`;
      throw this.#error(call.range, types);
    }
    if (arg.kind !== 'selector') {
      throw this.#error(arg.range, 'expected label selectors only');
    }
    if (arg.name !== '') {
      throw this.#error(arg.range, 'expected label selectors only, got vector selector instead');
    }
  }

  #binary(binary: Binary): ValueType {
    const { op, lhs, rhs, matching } = binary;
    const left = this.check(lhs);
    const right = this.check(rhs);
    const isSet = SETS.has(op);
    this.#binaryOperator(binary, left, right);
    for (const [side, type] of [[lhs, left] as const, [rhs, right] as const]) {
      if (type === 'scalar' || type === 'vector') continue;
      const detail = 'binary expression must contain only scalar and instant vector types';
      throw this.#error(side.range, detail);
    }
    const hasFill = matching?.fillLeft != null || matching?.fillRight != null;
    if (left === 'vector' && right === 'vector') {
      if (isSet && matching !== null) {
        if (matching.card !== 'one-to-one' && matching.card !== 'many-to-many') {
          throw this.#error(binary.range, `no grouping allowed for ${quote(op)} operation`);
        }
        matching.card = 'many-to-many';
        if (hasFill) {
          const detail = 'filling in missing series not allowed for set operators';
          throw this.#error(binary.range, detail);
        }
      }
      return 'vector';
    }
    if (matching !== null && matching.labels.length > 0) {
      const detail = 'vector matching only allowed between instant vectors';
      throw this.#error(binary.range, detail);
    }
    if (hasFill) {
      const detail = 'filling in missing series only allowed between instant vectors';
      throw this.#error(binary.range, detail);
    }
    if (isSet) {
      const detail = `set operator ${quote(op)} not allowed in binary scalar expression`;
      throw this.#error(binary.range, detail);
    }
    binary.matching = null;
    return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
  }

  /** Rules that Prometheus reports at the place of the operator. */
  #binaryOperator(binary: Binary, left: ValueType, right: ValueType): void {
    const isComparison = COMPARISONS.has(binary.op);
    if (binary.bool && !isComparison) {
      const detail = 'bool modifier can only be used on comparison operators';
      throw this.#error(this.#operatorRange(binary), detail);
    }
    if (isComparison && !binary.bool && left === 'scalar' && right === 'scalar') {
      const detail = 'comparisons between scalars must use BOOL modifier';
      throw this.#error(this.#operatorRange(binary), detail);
    }
    const { matching } = binary;
    if (matching?.on !== true) return;
    for (const label of matching.labels) {
      if (!matching.include.includes(label)) continue;
      const detail = `label ${quote(label)} must not occur in ON and GROUP clause at once`;
      throw this.#error(this.#operatorRange(binary), detail);
    }
  }

  #operatorRange({ lhs, rhs }: Binary): TextRange {
    const between = this.#text.slice(lhs.range.end, rhs.range.start);
    const start = lhs.range.end + (between.length - between.trimStart().length);
    return { start, end: rhs.range.start - (between.length - between.trimEnd().length) };
  }
}
