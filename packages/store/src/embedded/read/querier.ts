/**
 * The embedded store's Querier: one query of one tenant over a snapshot.
 *
 * Invariants: files are opened in the snapshot's order after the head was pinned, so a row that is being flushed is seen at least once;
 * a file's transaction lasts until `close`.
 */
import type { MetricMetadata } from '@sightline/wire';
import { compareBytes, Labels } from '../../labels.ts';
import type { Matcher } from '../../matcher.ts';
import type { ExemplarSeries, Querier, QueryBudget, SeriesSet } from '../../querier.ts';
import type { EmbeddedSnapshot } from '../embedded-store.ts';
import type { StoredExemplar } from '../flush/messages.ts';
import type { FileSource } from './file-source.ts';
import type { HeadSource } from './head-source.ts';
import type { SeriesInterner } from './interner.ts';
import type { Selector } from './selectors.ts';
import { JoinedSeries } from './series-set.ts';

/** What a querier needs of its thread's reader. */
interface QuerierContext {
  head: HeadSource;
  interner: SeriesInterner;
  selector(matchers: readonly Matcher[]): Selector;
  /** The open file, its transaction begun, for this querier alone. */
  openFile(tenant: string, fileName: string): FileSource;
  /** Takes back a file that `openFile` gave. */
  closeFile(file: FileSource): void;
  /** The querier is closed. */
  closed(): void;
}

/** Exemplars in one answer. */
const MAX_EXEMPLARS = 10_000;

export class EmbeddedQuerier implements Querier {
  readonly #context: QuerierContext;
  readonly #snapshot: EmbeddedSnapshot;
  readonly #budget: QueryBudget;
  readonly #files = new Map<string, FileSource>();
  #closed = false;

  constructor(context: QuerierContext, snapshot: EmbeddedSnapshot, budget: QueryBudget) {
    this.#context = context;
    this.#snapshot = snapshot;
    this.#budget = budget;
  }

  select(matchers: readonly Matcher[], minT: number, maxT: number): SeriesSet {
    const { head, interner } = this.#context;
    const selector = this.#context.selector(matchers);
    const { segments, tenantIndex } = this.#snapshot;
    const files = this.#filesIn(minT, maxT).map((file) => ({
      file,
      dsids: file.select(selector, this.#budget),
    }));
    const sids = head.select(tenantIndex, segments, selector, this.#budget);
    const heads = { head, pinned: segments, sids };
    return new JoinedSeries(files, heads, interner, this.#budget, minT, maxT);
  }

  /** The files whose range meets [minT, maxT]; each is begun once per query. */
  #filesIn(minT: number, maxT: number): FileSource[] {
    const inRange = this.#snapshot.files.filter(
      ({ startMs, endMs }) => startMs <= maxT && endMs > minT,
    );
    return inRange.map(({ fileName }) => {
      let file = this.#files.get(fileName);
      if (file === undefined) {
        this.#budget.poll();
        file = this.#context.openFile(this.#snapshot.tenant, fileName);
        this.#files.set(fileName, file);
      }
      return file;
    });
  }

  labelNames(matcherSets: readonly (readonly Matcher[])[], minT: number, maxT: number): string[] {
    const names = new Set<string>();
    if (matcherSets.length === 0) {
      for (const file of this.#filesIn(minT, maxT)) {
        for (const postings of file.postings())
          for (const name of postings.names()) names.add(name);
      }
      this.#eachHeadSeries((labels) => addNames(names, labels));
    }
    for (const matchers of matcherSets) {
      const set = this.select(matchers, minT, maxT);
      for (let i = 0; i < set.length; i++) addNames(names, set.labels(i));
    }
    return [...names].sort(compareBytes);
  }

  labelValues(
    name: string,
    matcherSets: readonly (readonly Matcher[])[],
    minT: number,
    maxT: number,
  ): string[] {
    const values = new Set<string>();
    if (matcherSets.length === 0) {
      for (const file of this.#filesIn(minT, maxT)) {
        for (const postings of file.postings()) {
          for (const value of postings.values(name)) values.add(value);
        }
      }
      this.#eachHeadSeries((labels) => values.add(labels.get(name)));
    }
    for (const matchers of matcherSets) {
      const set = this.select([...matchers, { name, op: '!=', value: '' }], minT, maxT);
      for (let i = 0; i < set.length; i++) values.add(set.labels(i).get(name));
    }
    values.delete('');
    return [...values].sort(compareBytes);
  }

  #eachHeadSeries(visit: (labels: Labels) => void): void {
    const { head, interner } = this.#context;
    const { tenantIndex, segments } = this.#snapshot;
    const everything = this.#context.selector([]);
    for (const sid of head.select(tenantIndex, segments, everything, this.#budget)) {
      visit(interner.labels(head.idOf(sid, interner)));
    }
  }

  metadata(): MetricMetadata[] {
    const byName = new Map<string, MetricMetadata>();
    for (const file of this.#filesIn(-Infinity, Infinity)) {
      for (const item of file.metadata()) byName.set(item.name, item);
    }
    for (const item of this.#snapshot.metadata) byName.set(item.name, item);
    return [...byName.values()];
  }

  exemplars(
    matcherSets: readonly (readonly Matcher[])[],
    minT: number,
    maxT: number,
  ): ExemplarSeries[] {
    const compiled = matcherSets.map((matchers) => this.#context.selector(matchers).matchers);
    const series = new Map<string, ExemplarSeries & { seen: Set<string> }>();
    let count = 0;
    const add = (exemplar: StoredExemplar): void => {
      if (exemplar.t < minT || exemplar.t > maxT || count >= MAX_EXEMPLARS) return;
      const labels = Labels.fromPairs(exemplar.series);
      if (!compiled.some((matchers) => matchers.every((m) => m.test(labels.get(m.name))))) return;
      let found = series.get(labels.key);
      if (found === undefined) {
        found = { series: labels, exemplars: [], seen: new Set() };
        series.set(labels.key, found);
      }
      const identity = JSON.stringify([exemplar.t, exemplar.value, exemplar.labels]);
      if (found.seen.has(identity)) return;
      found.seen.add(identity);
      const own = Labels.fromPairs(exemplar.labels);
      found.exemplars.push({ labels: own, value: exemplar.value, t: exemplar.t });
      count++;
    };
    for (const file of this.#filesIn(minT, maxT)) {
      for (const text of file.exemplars(minT, maxT)) {
        this.#budget.poll();
        for (const exemplar of parseExemplars(text)) add(exemplar);
      }
    }
    for (const exemplar of this.#snapshot.exemplars) add(exemplar);
    const answer = [...series.values()].map(({ series: labels, exemplars }) => ({
      series: labels,
      exemplars: exemplars.sort((a, b) => a.t - b.t),
    }));
    return answer.sort((a, b) => Labels.compare(a.series, b.series));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of this.#files.values()) this.#context.closeFile(file);
    this.#files.clear();
    this.#context.closed();
  }
}

function addNames(names: Set<string>, labels: Labels): void {
  const pairs = labels.toPairs();
  for (let i = 0; i < pairs.length; i += 2) names.add(pairs[i]);
}

/** Exemplars of one row of a file; rows that are not what was written are skipped. */
function parseExemplars(text: string): StoredExemplar[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.filter(isStoredExemplar) : [];
}

function isStoredExemplar(value: unknown): value is StoredExemplar {
  return (
    typeof value === 'object' &&
    value !== null &&
    'series' in value &&
    Array.isArray(value.series) &&
    'labels' in value &&
    Array.isArray(value.labels) &&
    't' in value &&
    typeof value.t === 'number' &&
    'value' in value
  );
}
