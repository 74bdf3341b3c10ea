/** One call of a statement, from the application's call to its result. */
import type { RequestContext } from '../http/request-context.ts';
import type { Dialect } from './sql-tokens.ts';
import type { Statement } from './statement.ts';

/** Where statements go; what spans tell of it. */
export interface DatabaseTarget {
  readonly system: Dialect;
  /** The database's name. */
  readonly namespace?: string;
  readonly address?: string;
  readonly port?: number;
}

export interface QuerySpan {
  end(error: unknown): void;
}

export type QuerySpanBegin = (
  statement: Statement,
  target: DatabaseTarget,
) => QuerySpan | undefined;

/**
 * Makes spans of statements; set while they are traced. What it returns begins the span as a child of what is current now: a call may have to wait for a
 * connection, and then begin in somebody else's context. Undefined where there is to be no span.
 */
export type QuerySpans = () => QuerySpanBegin | undefined;

export class Call {
  readonly statement: Statement;
  readonly target: DatabaseTarget;
  readonly parameters: unknown;
  readonly request: RequestContext | undefined;
  readonly beginSpan: QuerySpanBegin | undefined;
  span: QuerySpan | undefined;
  /** When it was sent; negative while it waits for a connection. */
  startMs = -1;

  constructor(
    statement: Statement,
    target: DatabaseTarget,
    parameters: unknown,
    request: RequestContext | undefined,
    beginSpan: QuerySpanBegin | undefined,
  ) {
    this.statement = statement;
    this.target = target;
    this.parameters = parameters;
    this.request = request;
    this.beginSpan = beginSpan;
  }
}

/** The key under which a call travels from a pool to a connection, in what both are handed. */
export const CALL: unique symbol = Symbol('sightline.call');

export function travellingCall(carrier: unknown): Call | undefined {
  const call: unknown =
    typeof carrier === 'object' && carrier !== null ? Reflect.get(carrier, CALL) : undefined;
  return call instanceof Call ? call : undefined;
}
