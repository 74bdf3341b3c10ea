/** A request under way. */

import { UNMATCHED } from './endpoints.ts';
import type { RequestContext, TraceIds } from './request-context.ts';

const MAX_CALLBACKS = 8;

/** What a tracer makes of a request. */
export interface RequestSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Runs the application's part, so that what it does belongs to the span. */
  run<Result>(run: () => Result): Result;
  end(endpoint: string, status: number, aborted: boolean): void;
}

let lastId = 0;

export class ActiveRequest implements RequestContext {
  readonly id = ++lastId;
  readonly method: string;
  readonly startMs: number;
  /** Bytes that the connection had written when the request began. */
  readonly writtenBefore: number;
  readonly #route: () => string;
  span: RequestSpan | undefined;
  #callbacks: (() => void)[] | undefined;

  constructor(method: string, startMs: number, writtenBefore: number, route: () => string) {
    this.method = method;
    this.startMs = startMs;
    this.writtenBefore = writtenBefore;
    this.#route = route;
  }

  /** The application's router may throw, or know nothing yet. */
  get endpoint(): string {
    try {
      return this.#route() || UNMATCHED;
    } catch {
      return UNMATCHED;
    }
  }

  get trace(): TraceIds | undefined {
    if (this.span === undefined) return undefined;
    return { trace_id: this.span.traceId, span_id: this.span.spanId };
  }

  onEnd(run: () => void): void {
    this.#callbacks ??= [];
    if (this.#callbacks.length < MAX_CALLBACKS) this.#callbacks.push(run);
  }

  /** Calls what wants to know that it has ended. */
  ended(): void {
    for (const run of this.#callbacks ?? []) {
      try {
        run();
      } catch {
        // One part's failure is not to keep the others from being told.
      }
    }
    this.#callbacks = undefined;
  }
}
