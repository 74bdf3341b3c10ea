/**
 * Which request the running code belongs to.
 *
 * Invariant: nothing is carried along while nobody asks for it, because on Node 22 an AsyncLocalStorage in use makes every promise dearer.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';

/** As attributes of an event they make it one of that trace. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** A request as the parts see it that look at what happens within it. */
export interface RequestContext {
  /** Unique within this process. */
  readonly id: number;
  readonly method: string;
  /** Route template as far as it is known now. */
  readonly endpoint: string;
  /** While requests are traced. */
  readonly trace: TraceIds | undefined;
  /** Calls back when the request has ended; callbacks that throw are not heard of. */
  onEnd(run: () => void): void;
}

const storage = new AsyncLocalStorage<RequestContext>();
let users = 0;

/** Has requests carry their context from now on; the function returned takes that back. */
export function useRequestContext(): () => void {
  let using = true;
  users++;
  return () => {
    if (using) users--;
    using = false;
  };
}

export function currentRequest(): RequestContext | undefined {
  return users === 0 ? undefined : storage.getStore();
}

export function runInRequest<Result>(request: RequestContext, run: () => Result): Result {
  return users === 0 ? run() : storage.run(request, run);
}

/**
 * Has listeners of the emitter run in the context that is current now. A request's events are emitted by its socket, in
 * the context of the connection: what a body parser calls back would not know its request.
 */
export function bindEvents(emitter: EventEmitter): void {
  const resource = new AsyncResource('SightlineRequest');
  const emit = emitter.emit;
  emitter.emit = (name: string | symbol, ...args: unknown[]): boolean =>
    resource.runInAsyncScope(emit, emitter, name, ...args);
}

export function isContextUsed(): boolean {
  return users > 0;
}
