/** Callbacks in the arguments of libraries' methods. */
import { AsyncResource } from 'node:async_hooks';
import type { Call } from './call.ts';
import type { DatabaseProfiler } from './profiler.ts';
import type { Method } from './wrapped.ts';

/** The place of the callback in the arguments, the last of them as a rule; -1 when there is none. */
export function callbackPlace(args: readonly unknown[]): number {
  return args.findLastIndex((arg) => typeof arg === 'function');
}

/** The callback as it was, run in the context in which it was handed over: connections call back in a context of their own. */
export function boundCallback(callback: unknown): Method {
  return AsyncResource.bind(plainCallback(callback));
}

/** A callback `(error, result, ...)` that ends the call first. */
export function endingCallback(
  profiler: DatabaseProfiler,
  call: Call,
  callback: Method,
  rowsOf: (result: unknown) => number,
): Method {
  return (...args) => {
    const [error, result] = args;
    profiler.ended(call, error ?? undefined, countedRows(rowsOf, result));
    return callback(...args);
  };
}

/** None where the result is too odd to be looked at: the application is to get it all the same. */
export function countedRows(rowsOf: (result: unknown) => number, result: unknown): number {
  try {
    return rowsOf(result);
  } catch {
    return 0;
  }
}

/** A callback of the application's as it is. */
export function plainCallback(callback: unknown): Method {
  if (typeof callback !== 'function') return () => {};
  return (...args) => Reflect.apply(callback, undefined, args);
}
