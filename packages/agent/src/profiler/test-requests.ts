/** Requests of tests: what is run within one, as an application's handler would be. */
import type { TestContext } from 'node:test';
import { type RequestContext, runInRequest, useRequestContext } from '../http/request-context.ts';
import type { AgentEvent } from '../source.ts';
import { DatabaseProfiler, type DatabaseProfilerOptions } from './profiler.ts';

export interface Profiled {
  readonly profiler: DatabaseProfiler;
  readonly events: AgentEvent[];
  /** `statement calls/rows`, sorted; errors as `!`. */
  counted(): string[];
}

export function profiled(t: TestContext, options: DatabaseProfilerOptions = {}): Profiled {
  const events: AgentEvent[] = [];
  const profiler = new DatabaseProfiler({ emit: (event) => events.push(event), ...options });
  t.after(() => profiler.close());
  t.after(useRequestContext());
  const counted = (): string[] =>
    profiler
      .statements()
      .map(
        ({ statement, calls, rows, errors }) =>
          `${statement} ${calls}/${rows}${'!'.repeat(errors)}`,
      )
      .sort();
  return { profiler, events, counted };
}

let lastId = 0;

export async function inRequest(endpoint: string, run: () => unknown): Promise<void> {
  const ended: (() => void)[] = [];
  const request: RequestContext = {
    id: ++lastId,
    method: 'GET',
    endpoint,
    trace: undefined,
    onEnd: (callback) => ended.push(callback),
  };
  await runInRequest(request, run);
  for (const callback of ended) callback();
}
