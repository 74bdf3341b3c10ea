/**
 * Log lines as samples: what a leaf of a metric query reads.
 *
 * Model: one pass over the lines of a selector, forward; each line that passes the pipeline adds to the series of its labels. Times are
 * milliseconds rounded up, or the next bound of a window where lines may be combined (lower.ts).
 *
 * Invariants: times of a series ascend (equal ones stay in order); the number of series is bounded.
 */
import {
  Labels,
  type Querier,
  type QueryBudget,
  QueryLimitError,
  type SampleBuffer,
  type SeriesSet,
} from '@sightline/store';
import { ceilMs, timeOfMs } from '@sightline/wire';
import { labelsText } from '../promql/label-index.ts';
import { utf8Length } from '../promql/parse-error.ts';
import type { Unwrap } from './ast.ts';
import { LogqlEvalError } from './eval-error.ts';
import type { Leaf, Leaves } from './lower.ts';
import { StreamLabels } from './pipeline/entry-labels.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { type Wanted, wantedLabels } from './pipeline/wanted.ts';
import type { LogSelect, LogSource } from './source.ts';

const SAMPLE_BYTES = 16;
const SERIES_BYTES = 400;
const POLL_LINES = 4096;
const NO_METADATA: readonly string[] = [];
/** Into more intervals records are not counted: reading the lines is cheaper then. */
const MAX_INTERVALS = 65_536;

function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : commonDivisor(b, a % b);
}

class LineSeries {
  readonly labels: Labels;
  n = 0;
  t = new Float64Array(8);
  v = new Float64Array(8);

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** Appends; returns the bytes by which the series grew. */
  push(t: number, v: number): number {
    let grown = 0;
    if (this.n === this.t.length) {
      grown = this.n * SAMPLE_BYTES;
      const times = new Float64Array(this.n * 2);
      times.set(this.t);
      const values = new Float64Array(this.n * 2);
      values.set(this.v);
      this.t = times;
      this.v = values;
    }
    this.t[this.n] = t;
    this.v[this.n++] = v;
    return grown;
  }
}

/** The steps of the query. For an instant query, `stepMs` is 0. */
interface Steps {
  startMs: number;
  stepMs: number;
}

/** The querier of one metric query. */
export class LineQuerier implements Querier {
  readonly #leaves: Leaves;
  readonly #source: LogSource;
  readonly #steps: Steps;
  readonly #budget: QueryBudget;
  readonly #maxSeries: number;

  constructor(
    leaves: Leaves,
    source: LogSource,
    steps: Steps,
    budget: QueryBudget,
    maxSeries: number,
  ) {
    this.#leaves = leaves;
    this.#source = source;
    this.#steps = steps;
    this.#budget = budget;
    this.#maxSeries = maxSeries;
  }

  select(matchers: Parameters<Querier['select']>[0], minT: number, maxT: number): SeriesSet {
    const leaf = this.#leaves.get(matchers);
    if (leaf === undefined) throw new Error('selector without log lines');
    const reader = new LeafReader(leaf, this.#steps, this.#budget, this.#maxSeries);
    return new LineSeriesSet(reader.read(this.#source, minT, maxT));
  }

  labelNames(): string[] {
    return [];
  }

  labelValues(): string[] {
    return [];
  }

  metadata(): [] {
    return [];
  }

  exemplars(): [] {
    return [];
  }

  close(): void {}
}

class LineSeriesSet implements SeriesSet {
  readonly #series: readonly LineSeries[];

  constructor(series: readonly LineSeries[]) {
    this.#series = series;
  }

  get length(): number {
    return this.#series.length;
  }

  labels(index: number): Labels {
    return this.#series[index]?.labels ?? Labels.empty;
  }

  read(index: number, into: SampleBuffer): void {
    into.clear();
    const series = this.#series[index];
    if (series === undefined) return;
    into.reserve(series.n);
    into.t.set(series.t.subarray(0, series.n));
    into.v.set(series.v.subarray(0, series.n));
    into.n = series.n;
  }
}

/** Where the lines of one stream go. */
interface StreamState {
  labels: StreamLabels;
  /** The series of lines that have the stream's labels only. */
  plain: LineSeries | null;
  byKey: Map<string, LineSeries>;
}

class LeafReader {
  readonly #leaf: Leaf;
  readonly #wanted: Wanted;
  readonly #pipeline: Pipeline;
  readonly #budget: QueryBudget;
  readonly #maxSeries: number;
  readonly #unwrap: Unwrap | null;
  readonly #stepMs: number;
  /** A step's end and beginning of its window; all others are multiples of the step away. */
  readonly #endMs: number;
  readonly #beginMs: number;
  readonly #streams = new Map<Labels, StreamState>();
  readonly #groups = new Map<string, LineSeries>();
  readonly #byLabels = new Map<string, LineSeries>();
  readonly #all: LineSeries[] = [];

  constructor(leaf: Leaf, { startMs, stepMs }: Steps, budget: QueryBudget, maxSeries: number) {
    this.#leaf = leaf;
    this.#wanted = wantedLabels(leaf.log.stages, leaf.grouping);
    this.#pipeline = new Pipeline(leaf.log.stages, this.#wanted);
    this.#budget = budget;
    this.#maxSeries = maxSeries;
    this.#unwrap = leaf.log.stages.find((stage) => stage.kind === 'unwrap') ?? null;
    this.#endMs = startMs - leaf.offsetMs;
    this.#beginMs = this.#endMs - leaf.windowMs;
    this.#stepMs = stepMs > 0 ? stepMs : leaf.windowMs;
  }

  read(source: LogSource, minT: number, maxT: number): LineSeries[] {
    const pipeline = this.#pipeline;
    const budget = this.#budget;
    const { lines: hints, labels: labelHints } = pipeline.hints;
    const request: LogSelect = {
      matchers: this.#leaf.log.matchers,
      start: timeOfMs(minT - 1, 1),
      end: timeOfMs(maxT, 1),
      direction: 'forward',
      hints,
      labelHints,
      wanted: this.#wanted,
      budget,
    };
    if (this.#readCounts(source, request, minT, maxT)) return this.#all;
    const readsMetadata = this.#wanted === null || this.#wanted.size > 0;
    const readsLine = pipeline.readsLine || this.#leaf.value === 'bytes';
    const cursor = source.select(request);
    let seen = 0;
    try {
      while (cursor.next()) {
        if (++seen % POLL_LINES === 0) budget.poll();
        const { tHi, tLo } = cursor;
        const state = this.#stateOf(cursor.stream);
        const line = readsLine ? cursor.line : '';
        const metadata = readsMetadata ? cursor.metadata : NO_METADATA;
        if (!pipeline.process(state.labels, metadata, line, tHi, tLo)) continue;
        this.#add(this.#seriesOf(state), ceilMs(tHi, tLo));
      }
    } finally {
      cursor.close();
    }
    return this.#all;
  }

  /** Takes counts of the source for samples, where lines are only counted; whether it could. */
  #readCounts(source: LogSource, request: LogSelect, minT: number, maxT: number): boolean {
    const { value, combine, grouping } = this.#leaf;
    const isCount = value === 'one' && combine === 'sum' && this.#pipeline.hints.isAll;
    if (!isCount || grouping === null || grouping.without) return false;
    // Every window, and the range, must begin and end with an interval.
    const windowMs = this.#endMs - this.#beginMs;
    const width = commonDivisor(commonDivisor(this.#stepMs, windowMs), minT - 1 - this.#endMs);
    if (maxT - minT >= width * MAX_INTERVALS) return false;
    const groups = source.count?.(request, grouping.labels, width) ?? null;
    if (groups === null) return false;
    for (const { values, entries } of groups) {
      const pairs = grouping.labels.flatMap((name, i) => [name, values[i] ?? '']);
      const series = this.#seriesWith(Labels.fromPairs(pairs));
      for (const [i, count] of entries.entries()) {
        if (count === 0) continue;
        const grown = series.push(minT - 1 + (i + 1) * width, count);
        if (grown > 0) this.#budget.addBytes(grown);
      }
    }
    return true;
  }

  #add(series: LineSeries, ms: number): void {
    const { value: what, combine } = this.#leaf;
    const pipeline = this.#pipeline;
    const value =
      what === 'one' ? 1 : what === 'bytes' ? utf8Length(pipeline.line) : pipeline.value;
    const t = combine === null ? ms : this.#boundOf(ms);
    const last = series.n - 1;
    if (combine === null || last < 0 || series.t[last] !== t) {
      const grown = series.push(t, value);
      if (grown > 0) this.#budget.addBytes(grown);
      return;
    }
    const known = series.v[last] ?? 0;
    if (combine === 'sum') series.v[last] = known + value;
    else if (combine === 'last') series.v[last] = value;
    else if (combine === 'min' && !(known <= value)) series.v[last] = value;
    else if (combine === 'max' && !(known >= value)) series.v[last] = value;
  }

  /** The first bound of any window at or behind a time. */
  #boundOf(ms: number): number {
    const step = this.#stepMs;
    const end = this.#endMs + Math.ceil((ms - this.#endMs) / step) * step;
    const begin = this.#beginMs + Math.ceil((ms - this.#beginMs) / step) * step;
    return Math.min(end, begin);
  }

  #stateOf(labels: Labels): StreamState {
    let state = this.#streams.get(labels);
    if (state === undefined) {
      state = { labels: new StreamLabels(labels), plain: null, byKey: new Map() };
      this.#streams.set(labels, state);
    }
    return state;
  }

  #seriesOf(state: StreamState): LineSeries {
    const { labels } = this.#pipeline;
    if (labels.error !== '') throw this.#pipelineError();
    if (labels.isPlain) {
      state.plain ??= this.#resolve();
      return state.plain;
    }
    const { grouping } = this.#leaf;
    if (grouping !== null && !grouping.without) return this.#groupOf(grouping.labels);
    const key = labels.key();
    let series = state.byKey.get(key);
    if (series === undefined) {
      series = this.#resolve();
      // Values of an unwrapped label or of those left out make more keys than series.
      if (state.byKey.size >= this.#maxSeries) state.byKey.clear();
      state.byKey.set(key, series);
    }
    return series;
  }

  #groupOf(names: readonly string[]): LineSeries {
    const { labels } = this.#pipeline;
    let key = '';
    for (const name of names) key += `${labels.get(name) ?? ''}\0`;
    let series = this.#groups.get(key);
    if (series === undefined) {
      series = this.#resolve();
      this.#groups.set(key, series);
    }
    return series;
  }

  /** The series of the present labels, by the labels themselves. */
  #resolve(): LineSeries {
    return this.#seriesWith(this.#project());
  }

  #seriesWith(labels: Labels): LineSeries {
    let series = this.#byLabels.get(labels.key);
    if (series === undefined) {
      if (this.#all.length >= this.#maxSeries) {
        throw new QueryLimitError(
          `maximum number of series (${this.#maxSeries}) reached for a single query; consider reducing query cardinality by adding more ` +
            'specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()',
        );
      }
      this.#budget.addBytes(SERIES_BYTES);
      series = new LineSeries(labels);
      this.#all.push(series);
      this.#byLabels.set(labels.key, series);
    }
    return series;
  }

  #project(): Labels {
    const { grouping } = this.#leaf;
    const { labels } = this.#pipeline;
    if (grouping !== null && !grouping.without) {
      return Labels.fromPairs(grouping.labels.flatMap((name) => [name, labels.get(name) ?? '']));
    }
    const left = new Set(grouping?.labels ?? []);
    if (this.#unwrap !== null) left.add(this.#unwrap.label);
    const pairs: string[] = [];
    for (const name of labels.names()) {
      if (!left.has(name)) pairs.push(name, labels.get(name) ?? '');
    }
    return Labels.fromPairs(pairs);
  }

  #pipelineError(): LogqlEvalError {
    const { labels } = this.#pipeline;
    const { error } = labels;
    const pairs = [...labels.streamPairs(), ...labels.metadataPairs(), ...labels.parsedPairs()];
    return new LogqlEvalError(
      `pipeline error: '${error}' for series: '${labelsText(Labels.fromPairs(pairs))}'.\n` +
        `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
        'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
    );
  }
}
