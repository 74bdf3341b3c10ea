/**
 * Wrapper of `mysql2`: Connection and Pool, their promise forms included, which stand in front of the same objects. What is asked without
 * a callback (streams of rows) is counted when it ends, without rows.
 *
 * Model: as in pg.ts, a pool's call is begun where the application calls and measured where a connection sends it. `query` hands the
 * command that the pool has made to the connection; `execute` hands on its options, in which the call travels.
 */
import type { EventEmitter } from 'node:events';
import { CALL, type Call, type DatabaseTarget, travellingCall } from './call.ts';
import { boundCallback, callbackPlace, endingCallback } from './callback.ts';
import type { DatabaseProfiler } from './profiler.ts';
import { isWrapped, type Method, numberOf, propertyOf, textOf, wrapMethods } from './wrapped.ts';

/** The pool or connection that promises stand in front of, or the object itself. */
export function coreOf(target: object): object {
  const core = propertyOf(target, 'pool') ?? propertyOf(target, 'connection');
  return typeof core === 'object' && core !== null && 'query' in core ? core : target;
}

export function wrapMysql2(profiler: DatabaseProfiler, target: object): void {
  const core = coreOf(target);
  if ('getConnection' in core) wrapPool(profiler, core);
  else wrapConnection(profiler, core, () => true);
}

function wrapPool(profiler: DatabaseProfiler, pool: object): void {
  const target = targetOf(propertyOf(propertyOf(pool, 'config'), 'connectionConfig'));
  const active = (): boolean => isWrapped(pool);
  wrapMethods(pool, {
    getConnection: (original) => (callback) => {
      const bound = boundCallback(callback);
      return original((...results: unknown[]) => {
        const connection = results[1];
        if (typeof connection === 'object' && connection !== null && !isWrapped(connection)) {
          wrapConnection(profiler, connection, active);
        }
        return bound(...results);
      });
    },
    query: (original) => {
      const query: Method = (...args) => {
        const begun = beginCall(profiler, args, target, query);
        if (begun === undefined) return original(...args);
        const command = original(...begun.args);
        // The connection comes in a later turn at the earliest.
        if (typeof command === 'object') Object.assign(command ?? {}, { [CALL]: begun.call });
        if (!begun.hasCallback) onceEnded(command, () => profiler.ended(begun.call, undefined, 0));
        return command;
      };
      return query;
    },
    execute: (original) => {
      const execute: Method = (...args) => {
        const begun = beginCall(profiler, args, target, execute);
        if (begun === undefined) return original(...args);
        const [sql, ...rest] = begun.args;
        const own = typeof sql === 'object' ? sql : { sql };
        return original({ ...own, [CALL]: begun.call }, ...rest);
      };
      return execute;
    },
  });
}

function wrapConnection(
  profiler: DatabaseProfiler,
  connection: object,
  active: () => boolean,
): void {
  const target = targetOf(propertyOf(connection, 'config'));
  const measured = (original: Method): Method => {
    const send: Method = (...args) => {
      if (!active()) return original(...args);
      const known = travellingCall(args[0]);
      if (known !== undefined) {
        profiler.started(known);
        return original(...args);
      }
      const begun = beginCall(profiler, args, target, send);
      if (begun === undefined) return original(...args);
      profiler.started(begun.call);
      try {
        const command = original(...begun.args);
        if (!begun.hasCallback) onceEnded(command, () => profiler.ended(begun.call, undefined, 0));
        return command;
      } catch (error) {
        profiler.ended(begun.call, error, 0);
        throw error;
      }
    };
    return send;
  };
  wrapMethods(connection, { query: measured, execute: measured });
}

interface Begun {
  readonly call: Call;
  /** With a callback that ends the call, where there is one. */
  readonly args: unknown[];
  readonly hasCallback: boolean;
}

/** Undefined where there is no text, or a command that somebody else has made. */
function beginCall(
  profiler: DatabaseProfiler,
  args: readonly unknown[],
  target: DatabaseTarget,
  boundary: Method,
): Begun | undefined {
  const [first, second] = args;
  const isCommand = typeof propertyOf(first, 'execute') === 'function';
  const sql = typeof first === 'string' ? first : textOf(first, 'sql');
  if (sql === undefined || isCommand) return undefined;
  const values = typeof second === 'object' ? second : propertyOf(first, 'values');
  const call = profiler.begin(sql, values, target, boundary);
  const place = callbackPlace(args);
  const sent = [...args];
  if (place > 0) sent[place] = endingCallback(profiler, call, boundCallback(sent[place]), rowsOf);
  return { call, args: sent, hasCallback: place > 0 };
}

/** Listening to `error` as well would keep an error that nobody listens to from being thrown. */
function onceEnded(command: unknown, run: () => void): void {
  if (isEmitter(command)) command.once('end', run);
}

function isEmitter(value: unknown): value is Pick<EventEmitter, 'once'> {
  return typeof propertyOf(value, 'once') === 'function';
}

/** Rows, of several statements lists of rows, or what a change has affected. */
function rowsOf(result: unknown): number {
  if (!Array.isArray(result)) return numberOf(result, 'affectedRows') ?? 0;
  if (!result.some(isResult)) return result.length;
  return result.reduce((sum: number, one: unknown) => sum + rowsOf(one), 0);
}

/** The class is asked of the prototype: a row may have a column called `constructor`. */
function isResult(one: unknown): boolean {
  if (Array.isArray(one) || typeof one !== 'object' || one === null) return Array.isArray(one);
  const made: unknown = propertyOf(Object.getPrototypeOf(one), 'constructor');
  return typeof made === 'function' && made.name === 'ResultSetHeader';
}

function targetOf(config: unknown): DatabaseTarget {
  const namespace = textOf(config, 'database');
  const address = textOf(config, 'host');
  const port = numberOf(config, 'port');
  return {
    system: 'mysql',
    ...(namespace === undefined ? {} : { namespace }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  };
}
