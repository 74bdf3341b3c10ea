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

/** Makes spans of statements; set while they are traced. */
export interface QuerySpans {
  /** What is to be the parent: the call may have to wait for a connection, and begin in somebody else's context. */
  context(): unknown;
  begin(context: unknown, statement: Statement, target: DatabaseTarget): QuerySpan | undefined;
}

export interface Call {
  readonly statement: Statement;
  readonly target: DatabaseTarget;
  readonly parameters: unknown;
  readonly request: RequestContext | undefined;
  /** What `QuerySpans.context` told. */
  readonly parent: unknown;
  span: QuerySpan | undefined;
  /** When it was sent; negative while it waits for a connection. */
  startMs: number;
}
