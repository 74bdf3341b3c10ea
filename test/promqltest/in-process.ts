/** The query engine in this process over a store in memory as a target: no server, no disk. */
import { Engine, parsePromql, type QueryResult, type ResultSeries } from '@sightline/query';
import type { QueryBudget } from '@sightline/store';
import { MemoryStore } from './memory-querier.ts';
import type { Answer, AnswerPoint, AnswerSeries, Query, SampleSeries, Target } from './target.ts';

/** The settings that the suite is written for. */
const SETTINGS = { lookbackMs: 300_000, defaultSubqueryStepMs: 60_000, maxSamples: 10_000 };

const unlimited: QueryBudget = { addSamples() {}, addBytes() {}, poll() {} };

export class InProcessTarget implements Target {
  readonly #engine = new Engine(SETTINGS);
  readonly #stores = new Map<string, MemoryStore>();

  async load(tenant: string, series: readonly SampleSeries[]): Promise<void> {
    this.#store(tenant).add(series);
  }

  async query(tenant: string, query: Query): Promise<Answer> {
    const querier = this.#store(tenant).querier();
    try {
      const expr = parsePromql(query.expr);
      const result =
        query.kind === 'instant'
          ? this.#engine.instant(expr, query.timeMs, querier, unlimited, query.expr)
          : this.#engine.range(
              expr,
              query.startMs,
              query.endMs,
              query.stepMs,
              querier,
              unlimited,
              query.expr,
            );
      return toAnswer(result);
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #store(tenant: string): MemoryStore {
    const known = this.#stores.get(tenant);
    if (known !== undefined) return known;
    const store = new MemoryStore();
    this.#stores.set(tenant, store);
    return store;
  }
}

function toAnswer(result: QueryResult): Answer {
  const { type, warnings, infos } = result;
  const notes = { warnings, infos };
  const empty = { series: [], scalars: [], text: '' };
  switch (result.type) {
    case 'scalar':
      return { ok: true, type, ...empty, scalars: [{ t: result.t, v: result.value }], ...notes };
    case 'string':
      return { ok: true, type, ...empty, text: result.value, ...notes };
    case 'vector':
    case 'matrix':
      return { ok: true, type, ...empty, series: result.series.map(toSeries), ...notes };
  }
}

function toSeries({ labels, t, v, h }: ResultSeries): AnswerSeries {
  const points = Array.from(t, (time, i): AnswerPoint => {
    const histogram = h?.[i];
    const answer = histogram === undefined ? null : ({ shape: 'full', histogram } as const);
    return { t: time, v: v[i] ?? 0, h: answer };
  });
  return { labels: labels.toPairs(), points };
}
