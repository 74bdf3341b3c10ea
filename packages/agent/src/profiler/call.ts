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

export interface Call {
  readonly statement: Statement;
  readonly target: DatabaseTarget;
  readonly parameters: unknown;
  readonly request: RequestContext | undefined;
  readonly beginSpan: QuerySpanBegin | undefined;
  span: QuerySpan | undefined;
  /** When it was sent; negative while it waits for a connection. */
  startMs: number;
}
