/**
 * Patterns of log lines, mined as the lines arrive.
 *
 * Model: an observer of intake; each service of a tenant has a tree of patterns (pattern-tree.ts). Levels are kept apart. Counts are by
 * the time of the record.
 *
 * Invariants: nothing of a batch is kept; above LINES_PER_SECOND every k-th line counts k times, so that mining takes a bounded share of
 * the main thread; services, patterns of a service and the bytes of all are bounded, the least recently used go. Of what was mined before a
 * restart the counts are known (past-patterns.ts); they go first.
 */
import { detectLevel, isFoundLevel, type LogBatch, levelOfSeverity } from '@sightline/wire';
import { LogRecordReader } from '../log-record.ts';
import type { LabelsOf, LogObserver } from '../record-observers.ts';
import { levelOf } from './line-level.ts';
import { LineWords } from './line-words.ts';
import { type CountedPattern, PastPatterns, savedPatterns } from './past-patterns.ts';
import { PatternTree } from './pattern-tree.ts';
import { Sampler } from './sampler.ts';
import { BUCKET_SECONDS } from './time-counts.ts';

const LINES_PER_SECOND = 20_000;
const MAX_SERVICES = 1000;
const MAX_PATTERNS = 300;
/** Of one answer. */
const MAX_SHOWN = 1000;
/** Records of a time further ahead are not counted. */
const MAX_FUTURE_SECONDS = 600;
const WINDOW_SECONDS = 3 * 3600;
const NO_LABEL_CHARACTER = /[^A-Za-z0-9_]/g;
const UNKNOWN_SERVICE = 'unknown_service';

/** Names and values in turn, as the sender gave them. */
type Pairs = readonly string[];

interface Service {
  tenant: string;
  name: string;
  tree: PatternTree;
  /** Of one of its streams. */
  labels: Pairs;
}

export interface PatternStats {
  patterns: number;
  /** What they take, about. */
  bytes: number;
  /** Patterns that had to make room, since the process began. */
  forgotten: number;
}

export const NO_PATTERNS: PatternStats = { patterns: 0, bytes: 0, forgotten: 0 };

/** A pattern as a query shows it. */
export interface PatternSamples {
  pattern: string;
  level: string;
  /** `[Unix seconds, count]`, ascending. */
  samples: [number, number][];
}

export interface PatternsQuery {
  tenant: string;
  services: ReadonlySet<string>;
  fromSeconds: number;
  toSeconds: number;
  stepSeconds: number;
}

export class LogPatterns implements LogObserver {
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** The most recently used is the last. */
  readonly #services = new Map<string, Service>();
  readonly #sampler = new Sampler(LINES_PER_SECOND);
  readonly #words = new LineWords();
  readonly #record = new LogRecordReader();
  readonly #past = new PastPatterns();
  /** Lines seen since the process began. */
  lines = 0;
  #bytes = 0;
  /** Patterns of services that are gone. */
  #forgotten = 0;

  /** `now`: Unix ms. */
  constructor(maxBytes: number, now: () => number = Date.now) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** What `save` gave in another process; false when that is not what `saved` is. */
  load(saved: unknown): boolean {
    const nowSeconds = this.#now() / 1000;
    // The rest of the memory is for what is mined from now on.
    const done = this.#past.load(saved, this.#maxBytes / 2, nowSeconds + MAX_FUTURE_SECONDS);
    this.#past.forgetBefore(oldestBucket(nowSeconds));
    return done;
  }

  /** The counts of all patterns as JSON values. */
  save(): unknown {
    this.#past.forgetBefore(oldestBucket(this.#now() / 1000));
    return savedPatterns(this.#counted(() => true));
  }

  *#counted(wants: (tenant: string, service: string) => boolean): Generator<CountedPattern> {
    for (const { tenant, name: service, tree } of this.#services.values()) {
      if (!wants(tenant, service)) continue;
      for (const { level, text, counts } of tree.patterns()) {
        yield { tenant, service, level, text, counts };
      }
    }
    for (const one of this.#past.all()) if (wants(one.tenant, one.service)) yield one;
  }

  stats(): PatternStats {
    let patterns = this.#past.size;
    let forgotten = this.#forgotten;
    for (const { tree } of this.#services.values()) {
      patterns += tree.size;
      forgotten += tree.forgotten;
    }
    return { patterns, bytes: this.#bytes + this.#past.bytes, forgotten };
  }

  onLogs(tenant: string, batch: LogBatch, labelsOf: LabelsOf): void {
    const sampler = this.#sampler;
    const nowMs = this.#now();
    this.lines += batch.n;
    sampler.begin(batch.n, nowMs);
    const nowSeconds = nowMs / 1000;
    const services = new Map<number, Service>();
    let row = sampler.first();
    while (row < batch.n) {
      const { weight } = sampler;
      const stream = batch.stream[row] ?? 0;
      let service = services.get(stream);
      if (service === undefined) {
        service = this.#serviceOf(tenant, labelsOf(stream));
        services.set(stream, service);
      }
      this.#addRow(service, batch, row, weight, nowSeconds);
      row = sampler.next(row);
    }
    sampler.end(row, batch.n);
    if (this.#bytes + this.#past.bytes > this.#maxBytes) this.#shrink(nowSeconds);
  }

  #addRow(
    service: Service,
    batch: LogBatch,
    row: number,
    weight: number,
    nowSeconds: number,
  ): void {
    const seconds = ((batch.tHi[row] ?? 0) * 4294967296 + (batch.tLo[row] ?? 0)) / 1e9;
    if (seconds < nowSeconds - WINDOW_SECONDS || seconds > nowSeconds + MAX_FUTURE_SECONDS) return;
    const { side } = batch;
    const at = batch.at[row] ?? 0;
    const record = this.#record;
    const words = this.#words;
    record.at(side, at, at + (batch.length[row] ?? 0), batch.severity[row] ?? 0);
    words.scan(side, record.bodyStart, record.bodyEnd);
    if (words.count === 0) return;
    const level = levelOf(record.severity, words);
    const { tree } = service;
    const before = tree.bytes;
    const bucket = Math.floor(seconds / BUCKET_SECONDS);
    const created = tree.add(level, words, side, bucket, weight);
    if (created !== undefined) created.level = detectedLevel(record, service.labels);
    this.#bytes += tree.bytes - before;
  }

  #serviceOf(tenant: string, labels: Pairs): Service {
    const name =
      labelOf(labels, 'service.name') ?? labelOf(labels, 'service_name') ?? UNKNOWN_SERVICE;
    const key = `${tenant}\0${name}`;
    let service = this.#services.get(key);
    if (service === undefined) {
      service = { tenant, name, tree: new PatternTree(MAX_PATTERNS), labels };
      if (this.#services.size >= MAX_SERVICES) this.#forgetOldestService();
    } else this.#services.delete(key);
    service.labels = labels;
    this.#services.set(key, service);
    return service;
  }

  #forgetOldestService(): void {
    for (const [key, { tree }] of this.#services) {
      this.#services.delete(key);
      this.#bytes -= tree.bytes;
      this.#forgotten += tree.forgotten + tree.size;
      return;
    }
  }

  /** Lets go what is out of the window, then whole services, then patterns of the last. */
  #shrink(nowSeconds: number): void {
    const oldest = oldestBucket(nowSeconds);
    this.#past.forgetBefore(oldest);
    if (this.#bytes + this.#past.bytes > this.#maxBytes) this.#past.clear();
    for (const { tree } of this.#services.values()) {
      const before = tree.bytes;
      tree.forgetBefore(oldest);
      this.#bytes += tree.bytes - before;
    }
    while (this.#bytes > this.#maxBytes && this.#services.size > 1) this.#forgetOldestService();
    for (const { tree } of this.#services.values()) {
      const before = tree.bytes;
      while (this.#bytes + tree.bytes - before > this.#maxBytes && tree.size > 1) {
        tree.forgetOldest();
      }
      this.#bytes += tree.bytes - before;
    }
  }

  /** The patterns of services, the most frequent first, at most MAX_SHOWN. */
  query(query: PatternsQuery): PatternSamples[] {
    const { tenant, services, fromSeconds, toSeconds, stepSeconds } = query;
    const found = new Map<string, PatternSamples & { total: number }>();
    const wants = (of: string, service: string): boolean => of === tenant && services.has(service);
    for (const { level, text, counts } of this.#counted(wants)) {
      const samples = counts.samples(fromSeconds, toSeconds, stepSeconds);
      if (samples.length === 0) continue;
      const key = `${level}\0${text}`;
      const known = found.get(key);
      const all = known === undefined ? samples : merged(known.samples, samples);
      const total = all.reduce((sum, [, count]) => sum + count, 0);
      found.set(key, { pattern: text, level, samples: all, total });
    }
    return [...found.values()]
      .sort((a, b) => b.total - a.total || (a.pattern < b.pattern ? -1 : 1))
      .slice(0, MAX_SHOWN)
      .map(({ pattern, level, samples }) => ({ pattern, level, samples }));
  }
}

/** What is counted in buckets before it is out of the window. */
function oldestBucket(nowSeconds: number): number {
  return Math.floor((nowSeconds - WINDOW_SECONDS) / BUCKET_SECONDS);
}

/** `detected_level` of a record, as queries see it. */
function detectedLevel(record: LogRecordReader, labels: Pairs): string {
  const { severity, fields } = record;
  if (severity > 0 && !isFoundLevel(severity)) return levelOfSeverity(severity);
  for (let i = 0; i < fields.length; i += 2) {
    fields[i] = (fields[i] ?? '').replaceAll(NO_LABEL_CHARACTER, '_');
  }
  const stream = { get: (name: string) => labelOf(labels, name) ?? '' };
  return detectLevel(stream, fields, severity, () => record.body);
}

function labelOf(labels: Pairs, name: string): string | undefined {
  for (let i = 0; i + 1 < labels.length; i += 2) {
    if (labels[i] === name && labels[i + 1] !== '') return labels[i + 1];
  }
  return undefined;
}

function merged(
  a: readonly [number, number][],
  b: readonly [number, number][],
): [number, number][] {
  const sums = new Map(a);
  for (const [time, count] of b) sums.set(time, (sums.get(time) ?? 0) + count);
  return [...sums].sort(([x], [y]) => x - y);
}
