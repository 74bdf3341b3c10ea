/**
 * Wrapper of `node:sqlite`, `better-sqlite3` and what has its interface (`libsql`): databases with prepare (run, get, all, iterate) and exec.
 *
 * Invariant: a call of the application is counted once, also where a method is made of another one (`all` of `iterate`).
 */
import type { DatabaseTarget } from './call.ts';
import { countedRows } from './callback.ts';
import type { DatabaseProfiler } from './profiler.ts';
import { isWrapped, type Method, propertyOf, wrapMethods } from './wrapped.ts';

const TARGET: DatabaseTarget = { system: 'sqlite' };

export function wrapSqlite(profiler: DatabaseProfiler, database: object): void {
  const active = (): boolean => isWrapped(database);
  wrapMethods(database, {
    exec: (original) => {
      const exec: Method = (...args) =>
        measured(profiler, args[0], undefined, exec, original, args, () => 0);
      return exec;
    },
    prepare:
      (original) =>
      (...args) => {
        const statement = original(...args);
        const [sql] = args;
        if (typeof statement === 'object' && statement !== null && typeof sql === 'string') {
          wrapStatement(profiler, statement, sql, active);
        }
        return statement;
      },
  });
}

function wrapStatement(
  profiler: DatabaseProfiler,
  statement: object,
  sql: string,
  active: () => boolean,
): void {
  let running = false;
  const counts = (): boolean => !running && active();
  const method =
    (rowsOf: (result: unknown) => number) =>
    (original: Method): Method => {
      const unnested: Method = (...args) => {
        running = true;
        try {
          return original(...args);
        } finally {
          running = false;
        }
      };
      const run: Method = (...args) =>
        counts() ? measured(profiler, sql, args, run, unnested, args, rowsOf) : original(...args);
      return run;
    };
  wrapMethods(statement, {
    run: method((result) => Number(propertyOf(result, 'changes') ?? 0)),
    get: method((row) => (row === undefined ? 0 : 1)),
    all: method((rows) => (Array.isArray(rows) ? rows.length : 0)),
    iterate: (original) => {
      const iterate: Method = (...args) => {
        const iterator = original(...args);
        if (counts() && typeof iterator === 'object' && iterator !== null) {
          wrapIterator(profiler, iterator, sql, args, iterate);
        }
        return iterator;
      };
      return iterate;
    },
  });
}

function measured(
  profiler: DatabaseProfiler,
  sql: unknown,
  parameters: unknown,
  boundary: Method,
  original: Method,
  args: readonly unknown[],
  rowsOf: (result: unknown) => number,
): unknown {
  if (typeof sql !== 'string') return original(...args);
  const call = profiler.begin(sql, parameters, TARGET, boundary);
  profiler.started(call);
  let result: unknown;
  try {
    result = original(...args);
  } catch (error) {
    profiler.ended(call, error ?? new Error('unknown'), 0);
    throw error;
  }
  profiler.ended(call, undefined, countedRows(rowsOf, result));
  return result;
}

/** Between two rows the application does its own work: what counts is the time that fetching takes. */
function wrapIterator(
  profiler: DatabaseProfiler,
  iterator: object,
  sql: string,
  parameters: unknown,
  boundary: Method,
): void {
  const call = profiler.begin(sql, parameters, TARGET, boundary);
  profiler.started(call);
  let rows = 0;
  let spentMs = 0;
  let ended = false;
  const end = (error?: unknown): void => {
    if (!ended) profiler.record(call, spentMs, error, rows);
    ended = true;
  };
  const step =
    (original: Method): Method =>
    (...args) => {
      const startMs = performance.now();
      try {
        const result = original(...args);
        spentMs += performance.now() - startMs;
        if (propertyOf(result, 'done') === true) end();
        else rows++;
        return result;
      } catch (error) {
        end(error ?? new Error('unknown'));
        throw error;
      }
    };
  // A loop that is left early says so; not every library's iterator wants to know.
  if (propertyOf(iterator, 'return') === undefined) {
    const value = (): unknown => ({ done: true, value: undefined });
    Object.defineProperty(iterator, 'return', { value, configurable: true });
  }
  wrapMethods(iterator, { next: step, return: step });
}
