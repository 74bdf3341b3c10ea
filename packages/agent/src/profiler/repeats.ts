/**
 * Statements that one request sends again and again.
 *
 * Model: each request has a bounded map of its statements with their number of calls. One that reaches the limit is reported when the
 * request has ended, with the line that sent it. It is an N+1 when, before its first call, another statement of the request had returned several
 * rows: the application then asks row by row for what a join or one list would answer.
 *
 * Invariants: only at the limit, once per statement and request, a stack is taken; of one statement in one endpoint at most one
 * event in TELL_AGAIN_MS.
 */
import type { Clock } from '../clock.ts';
import type { RequestContext } from '../http/request-context.ts';
import type { AgentEvent } from '../source.ts';
import { callerOf } from './caller.ts';
import type { Statement } from './statement.ts';

const MAX_STATEMENTS = 100;
const MAX_TOLD = 1000;
const TELL_AGAIN_MS = 60_000;
const MANY_ROWS = 2;
/** Transactions are begun as often as it takes. */
const REPEATABLE = /^(SELECT|INSERT|UPDATE|DELETE|MERGE|REPLACE|CALL|OTHER)$/;
const RETURNING = /^(SELECT|VALUES|CALL|OTHER)$/;

interface Repeat {
  count: number;
  caller: string;
  /** Had returned several rows before the first call. */
  readonly after: Statement | undefined;
}

interface RequestStatements {
  readonly repeats: Map<Statement, Repeat>;
  lastWithRows: Statement | undefined;
}

interface RepeatsOptions {
  readonly limit: number;
  readonly clock: Clock;
  readonly emit: (event: AgentEvent) => void;
}

export class Repeats {
  nPlusOne = 0;
  repeated = 0;
  readonly #options: RepeatsOptions;
  readonly #requests = new WeakMap<RequestContext, RequestStatements>();
  readonly #told = new Map<string, number>();

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** A statement is about to be sent; `boundary` is the function that the application called. */
  began(
    request: RequestContext,
    statement: Statement,
    boundary: (...args: never[]) => unknown,
  ): void {
    if (!REPEATABLE.test(statement.labels.operation)) return;
    const of = this.#requests.get(request) ?? this.#enter(request);
    const known = of.repeats.get(statement);
    if (known === undefined) {
      const after = of.lastWithRows === statement ? undefined : of.lastWithRows;
      if (of.repeats.size < MAX_STATEMENTS)
        of.repeats.set(statement, { count: 1, caller: '', after });
      return;
    }
    if (++known.count === this.#options.limit) known.caller = callerOf(boundary);
  }

  returned(request: RequestContext, statement: Statement, rows: number): void {
    // Of a change the rows are those that it has changed, not such as it has returned.
    if (rows < MANY_ROWS || !RETURNING.test(statement.labels.operation)) return;
    const of = this.#requests.get(request);
    if (of !== undefined) of.lastWithRows = statement;
  }

  #enter(request: RequestContext): RequestStatements {
    const of: RequestStatements = { repeats: new Map(), lastWithRows: undefined };
    this.#requests.set(request, of);
    request.onEnd(() => {
      for (const [statement, repeat] of of.repeats) {
        if (repeat.count >= this.#options.limit) this.#report(request, statement, repeat);
      }
    });
    return of;
  }

  #report(request: RequestContext, statement: Statement, { count, caller, after }: Repeat): void {
    const isNPlusOne = after !== undefined;
    if (isNPlusOne) this.nPlusOne++;
    else this.repeated++;
    const endpoint = `${request.method} ${request.endpoint}`;
    if (!this.#mayTell(`${statement.text} ${endpoint}`)) return;
    const at = caller === '' ? '' : `, called at ${caller}`;
    const what = isNPlusOne ? 'N+1 queries' : 'A repeated query';
    this.#options.emit({
      name: isNPlusOne ? 'database.n_plus_one' : 'database.repeated_query',
      severity: 'warn',
      message: `${what}: ${count} times in one request of ${endpoint}${at}: ${statement.text}`,
      attributes: {
        ...statement.attributes,
        count,
        endpoint,
        caller,
        ...(after === undefined ? {} : { after: after.text }),
        ...request.trace,
      },
    });
  }

  #mayTell(key: string): boolean {
    const nowMs = this.#options.clock.now();
    const lastMs = this.#told.get(key);
    if (lastMs !== undefined && nowMs - lastMs < TELL_AGAIN_MS) return false;
    this.#told.delete(key);
    if (this.#told.size >= MAX_TOLD) this.#told.delete(this.#told.keys().next().value ?? '');
    this.#told.set(key, nowMs);
    return true;
  }
}
