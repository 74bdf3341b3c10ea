/**
 * Wrapper of `pg`: Client and Pool, promises and callbacks, texts and query objects. What brings a protocol of its own (cursors, query streams:
 * anything with `submit`) passes through uncounted.
 *
 * Model: a statement is measured where a client sends it. A pool's `query` may have to wait for a client first, and then goes on in the
 * context of whoever has let one go: so the call is begun where the application calls the pool, and travels to the client as a property of
 * the query object.
 */
import { isMarked } from '../sources/postgres/mark.ts';
import { CALL, type Call, type DatabaseTarget, travellingCall } from './call.ts';
import {
  boundCallback,
  callbackPlace,
  countedRows,
  endingCallback,
  plainCallback,
} from './callback.ts';
import type { DatabaseProfiler } from './profiler.ts';
import { isWrapped, type Method, numberOf, propertyOf, textOf, wrapMethods } from './wrapped.ts';

export function wrapPg(profiler: DatabaseProfiler, target: object): void {
  if (propertyOf(target, 'totalCount') === undefined) wrapClient(profiler, target, () => true);
  else wrapPool(profiler, target);
}

function wrapPool(profiler: DatabaseProfiler, pool: object): void {
  const target = targetOf(propertyOf(pool, 'options'));
  const active = (): boolean => isWrapped(pool);
  const wrapTaken = (client: unknown): void => {
    if (typeof client !== 'object' || client === null || isWrapped(client)) return;
    wrapClient(profiler, client, active);
  };
  /** The pool's `query` asks its own `connect` for a client, and hands it a callback that needs no context. */
  let querying = false;
  wrapMethods(pool, {
    connect:
      (original) =>
      (...args) => {
        const place = callbackPlace(args);
        if (place < 0) return afterwards(original(), wrapTaken);
        const callback = querying ? plainCallback(args[place]) : boundCallback(args[place]);
        return original((...results: unknown[]) => {
          wrapTaken(results[1]);
          return callback(...results);
        });
      },
    query: (original) => {
      const query: Method = (...args) => {
        const sql = sqlOf(args[0]);
        if (sql === undefined) return original(...args);
        const call = profiler.begin(sql, valuesOf(args), target, query);
        const place = callbackPlace(args);
        if (place > 0) args[place] = boundCallback(args[place]);
        args[0] = derivedConfig(args[0], call);
        querying = true;
        try {
          return original(...args);
        } finally {
          querying = false;
        }
      };
      return query;
    },
  });
}

function wrapClient(profiler: DatabaseProfiler, client: object, active: () => boolean): void {
  const target = targetOf(client);
  wrapMethods(client, {
    query: (original) => {
      const query: Method = (...args) => {
        const sql = active() ? sqlOf(args[0]) : undefined;
        if (sql === undefined) return original(...args);
        const known = travellingCall(args[0]);
        const call = known ?? profiler.begin(sql, valuesOf(args), target, query);
        // What a pool hands over is the pool's own callback.
        const callback = known === undefined ? boundCallback : plainCallback;
        const ending = (one: unknown): Method => {
          return endingCallback(profiler, call, callback(one), rowsOf);
        };
        const place = callbackPlace(args);
        const own = propertyOf(args[0], 'callback');
        if (place > 0) args[place] = ending(args[place]);
        else if (typeof own === 'function') {
          args[0] = Object.assign(derivedConfig(args[0], call), { callback: ending(own) });
        }
        return send(profiler, call, original, args);
      };
      return query;
    },
  });
}

function send(
  profiler: DatabaseProfiler,
  call: Call,
  original: Method,
  args: readonly unknown[],
): unknown {
  profiler.started(call);
  try {
    return afterwards(
      original(...args),
      (returned) => profiler.ended(call, undefined, countedRows(rowsOf, returned)),
      (error) => profiler.ended(call, error ?? new Error('unknown'), 0),
    );
  } catch (error) {
    profiler.ended(call, error, 0);
    throw error;
  }
}

/** The promise with something done before it is handed on; anything else as it is. */
function afterwards(
  result: unknown,
  done: (value: unknown) => void,
  failed: (error: unknown) => void = () => {},
): unknown {
  const then = propertyOf(result, 'then');
  if (typeof then !== 'function') return result;
  const onDone = (value: unknown): unknown => {
    done(value);
    return value;
  };
  const onFailed = (error: unknown): never => {
    failed(error);
    throw error;
  };
  return Reflect.apply(then, result, [onDone, onFailed]);
}

/** An object that pg may write to (it does), with everything that the application's has, getters of its class included. */
function derivedConfig(config: unknown, call: Call): object {
  if (typeof config !== 'object' || config === null) return { text: config, [CALL]: call };
  const derived: object = Object.create(config);
  return Object.assign(derived, { [CALL]: call });
}

/** undefined for what passes through uncounted. */
function sqlOf(config: unknown): string | undefined {
  if (typeof config === 'string') return isMarked(config) ? undefined : config;
  return typeof propertyOf(config, 'submit') === 'function' ? undefined : textOf(config, 'text');
}

function valuesOf(args: readonly unknown[]): unknown {
  return typeof args[1] === 'object' ? args[1] : propertyOf(args[0], 'values');
}

/** Of several statements in one text there are several results. */
function rowsOf(result: unknown): number {
  if (Array.isArray(result)) {
    return result.reduce((sum: number, one: unknown) => sum + rowsOf(one), 0);
  }
  const rows = propertyOf(result, 'rows');
  return numberOf(result, 'rowCount') ?? (Array.isArray(rows) ? rows.length : 0);
}

/** Of a client, or of a pool's options, which may hold an address only. */
function targetOf(from: unknown): DatabaseTarget {
  const namespace = textOf(from, 'database');
  const address = textOf(from, 'host');
  const port = numberOf(from, 'port');
  return {
    system: 'postgresql',
    ...(namespace === undefined ? {} : { namespace }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  };
}
