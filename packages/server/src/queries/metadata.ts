/** `/metadata` and `/query_exemplars`. */
import { type Expr, formatSample, PromqlParseError, parsePromql } from '@sightline/query';
import type { Matcher, Querier } from '@sightline/store';
import { ApiError, emptyAnswer, jsonAnswer, successAnswer } from './answers.ts';
import type { QueryAnswer } from './requests.ts';

/** Limits: 0 or less for all. `metric`: '' for all. */
export function answerMetadata(
  request: { metric: string; limit: number; limitPerMetric: number },
  querier: Querier,
): QueryAnswer {
  const byName = new Map<string, { type: string; help: string; unit: string }[]>();
  for (const { name, type, help, unit } of querier.metadata()) {
    if (request.metric !== '' && request.metric !== name) continue;
    let known = byName.get(name);
    if (known === undefined) {
      if (request.limit > 0 && byName.size >= request.limit) continue;
      known = [];
      byName.set(name, known);
    }
    if (request.limitPerMetric > 0 && known.length >= request.limitPerMetric) continue;
    const isNew = known.every((m) => m.type !== type || m.help !== help || m.unit !== unit);
    if (isNew) known.push({ type, help, unit });
  }
  return successAnswer(Object.fromEntries(byName));
}

export function answerExemplars(
  request: { query: string; startMs: number; endMs: number },
  querier: Querier,
): QueryAnswer {
  const selectors: Matcher[][] = [];
  try {
    collectSelectors(parsePromql(request.query), selectors);
  } catch (error) {
    if (error instanceof PromqlParseError) throw new ApiError('bad_data', error.message);
    throw error;
  }
  if (selectors.length === 0) return emptyAnswer();
  const series = querier.exemplars(selectors, request.startMs, request.endMs);
  const shown = series.map((one) => {
    const labels = JSON.stringify(one.series.toObject());
    const exemplars = one.exemplars.map(
      (e) =>
        `{"labels":${JSON.stringify(e.labels.toObject())},"value":"${formatSample(e.value)}","timestamp":${e.t / 1000}}`,
    );
    return `{"seriesLabels":${labels},"exemplars":[${exemplars.join(',')}]}`;
  });
  return jsonAnswer(200, `{"status":"success","data":[${shown.join(',')}]}`);
}

function collectSelectors(expr: Expr, into: Matcher[][]): void {
  switch (expr.kind) {
    case 'selector':
      into.push(expr.matchers);
      return;
    case 'matrix':
      into.push(expr.selector.matchers);
      return;
    case 'call':
      for (const arg of expr.args) collectSelectors(arg, into);
      return;
    case 'binary':
      collectSelectors(expr.lhs, into);
      collectSelectors(expr.rhs, into);
      return;
    case 'aggregate':
      collectSelectors(expr.expr, into);
      if (expr.param !== null) collectSelectors(expr.param, into);
      return;
    case 'subquery':
    case 'unary':
    case 'paren':
      collectSelectors(expr.expr, into);
      return;
    case 'number':
    case 'string':
      return;
  }
}
