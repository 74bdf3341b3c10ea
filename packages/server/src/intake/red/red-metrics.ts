/**
 * Metrics from spans: requests, errors and durations (span-metrics.ts) and the service graph (service-graph.ts), computed from all spans as
 * they arrive and stored as ordinary samples of the same tenant, under the names of Tempo's metrics-generator.
 *
 * Model: an observer of intake counts; a timer writes what has changed as cumulative samples with their start times. What has not changed
 * is written again once a minute, so that queries see it; what nobody has sent for a quarter of an hour ends.
 *
 * Invariants: a process begins its counters anew, which readers see as a reset by the start time: nothing counts twice. Spans that ended
 * long ago are stored but not counted: they would show as a load of now. One write is under way at a time; what it could not
 * store is part of the next.
 */
import type { MetricBatch, SeriesResolver, SpanBatch } from '@sightline/wire';
import type { Intake } from '../intake.ts';
import type { LabelsOf, SpanObserver } from '../record-observers.ts';
import type { CounterRows } from './counter-rows.ts';
import { Names } from './names.ts';
import { findPeer, lengthAt, lengthEnd, peer } from './peer.ts';
import { type GraphLimits, type GraphSpan, ServiceGraph } from './service-graph.ts';
import { LATENCY, SpanMetrics } from './span-metrics.ts';

export interface RedLimits extends GraphLimits {
  /** Combinations of service, name, kind and status of a tenant. */
  maxOperations: number;
  intervalMs: number;
}

/** Of all tenants. */
export interface RedStats {
  operations: number;
  edges: number;
  pending: number;
  unpaired: number;
  overflown: number;
}

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const STATUS_ERROR = 2;
const REFRESH_MS = 60_000;
const IDLE_MS = 15 * 60_000;
/** Spans that ended longer ago are not counted. */
const LATE_MS = 3_600_000;
/** Rows written in one turn of the event loop, and how long that may take: the series of new rows have to be made. */
const ROWS_AT_ONCE = 500;
const TURN_MS = 5;
/** A store keeps the last exemplars of all metrics; these must not drive out the others. */
const MAX_EXEMPLARS = 50;
const MAX_STREAMS = 100_000;
/** Places in a record (wire's span-batch.ts). */
const ID_AT = 16;
const PARENT_AT = 24;
const NAME_AT = 32;

interface TenantMetrics {
  names: Names;
  spans: SpanMetrics;
  graph: ServiceGraph;
  /** Number of the service of each stream. */
  services: Map<number, number>;
}

export class RedMetrics implements SpanObserver {
  readonly #intake: Intake;
  readonly #limits: RedLimits;
  readonly #tenants = new Map<string, TenantMetrics>();
  readonly #span: GraphSpan = {
    service: 0,
    durationNs: 0,
    failed: false,
    isMessage: false,
    peer: -1,
    callsDatabase: false,
    trace: 0,
    id: 0,
    parent: 0,
  };
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(intake: Intake, limits: RedLimits) {
    this.#intake = intake;
    this.#limits = limits;
    intake.store.onForget((handles) => this.#forget(handles));
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#writing = this.write();
    }, this.#limits.intervalMs);
    this.#timer.unref();
  }

  /** Writes what has been counted since the last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.write();
  }

  stats(): RedStats {
    const sum: RedStats = { operations: 0, edges: 0, pending: 0, unpaired: 0, overflown: 0 };
    for (const { spans, graph } of this.#tenants.values()) {
      sum.operations += spans.rows.count;
      sum.edges += graph.edges.count;
      sum.pending += graph.pending.count;
      sum.unpaired += graph.unpaired;
      sum.overflown += spans.overflown;
    }
    return sum;
  }

  onSpans(tenant: string, batch: SpanBatch, labelsOf: LabelsOf): void {
    const metrics = this.#metricsOf(tenant);
    const { side } = batch;
    const view = new DataView(side.buffer, side.byteOffset, side.byteLength);
    const nowMs = this.#intake.now();
    const earliestHi = Math.floor(((nowMs - LATE_MS) * 1e6) / 4294967296);
    metrics.graph.expire(nowMs);
    let stream = 0;
    let service = 0;
    for (let i = 0; i < batch.n; i++) {
      if (batch.endHi[i] < earliestHi) continue;
      if (batch.stream[i] !== stream) {
        stream = batch.stream[i];
        service = serviceOf(metrics, stream, labelsOf);
      }
      const nameLength = lengthAt(side, batch.at[i] + NAME_AT);
      const nameStart = lengthEnd();
      this.#count(metrics, batch, i, service, view, nameStart, nameStart + nameLength, nowMs);
    }
  }

  /** Stores what has changed since the last time. Never rejects: what could not be stored goes with the next. */
  async write(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (const [tenant, metrics] of this.#tenants) await this.#writeTenant(tenant, metrics);
    } catch (error) {
      this.#intake.counters.failed('self', error instanceof Error ? error : String(error));
    } finally {
      this.#busy = false;
    }
  }

  #count(
    metrics: TenantMetrics,
    batch: SpanBatch,
    row: number,
    service: number,
    view: DataView,
    nameStart: number,
    nameEnd: number,
    nowMs: number,
  ): void {
    const kind = batch.kind[row];
    const status = batch.status[row];
    const durationNs =
      (batch.endHi[row] - batch.startHi[row]) * 4294967296 + batch.endLo[row] - batch.startLo[row];
    const at = batch.at[row];
    const { spans, graph } = metrics;
    spans.span(service, kind, status, view, nameStart, nameEnd, durationNs, at, nowMs);
    if (kind < SERVER) return;
    const span = this.#span;
    span.service = service;
    span.durationNs = durationNs;
    span.failed = status === STATUS_ERROR;
    span.isMessage = kind === PRODUCER || kind === CONSUMER;
    span.peer = -1;
    span.callsDatabase = false;
    span.trace = at;
    span.id = at + ID_AT;
    if (kind === CLIENT || kind === PRODUCER) {
      const { side } = batch;
      const length = lengthAt(side, nameEnd);
      const fields = lengthEnd();
      if (findPeer(side, fields, fields + length)) {
        span.peer = metrics.names.numberOf(side, peer.start, peer.end);
        span.callsDatabase = peer.isDatabase;
      }
      graph.client(span, view, nowMs);
    } else {
      const parent = at + PARENT_AT;
      const hasParent = view.getInt32(parent) !== 0 || view.getInt32(parent + 4) !== 0;
      span.parent = hasParent ? parent : -1;
      graph.server(span, view, nowMs);
    }
  }

  async #writeTenant(tenant: string, metrics: TenantMetrics): Promise<void> {
    const { spans, graph } = metrics;
    const t = this.#intake.now();
    graph.expire(t);
    await this.#writeRows(tenant, spans.rows, t, LATENCY);
    await this.#writeRows(tenant, graph.edges, t, -1);
    spans.recount();
    graph.recount();
  }

  async #writeRows(
    tenant: string,
    rows: CounterRows,
    t: number,
    exemplarAt: number,
  ): Promise<void> {
    const { count } = rows;
    let exemplars = MAX_EXEMPLARS;
    for (let row = 0; row < count; ) {
      await this.#append(tenant, (resolver, batch) => {
        if (!rows.described) batch.metadata.push(...rows.metadata());
        const endMs = performance.now() + TURN_MS;
        for (let left = ROWS_AT_ONCE; left > 0 && row < count; row++) {
          if (!rows.isDue(row, t - REFRESH_MS)) continue;
          left = performance.now() < endMs ? left - 1 : 0;
          const before = batch.exemplars.length;
          rows.write(row, t, resolver, batch, exemplars > 0 ? exemplarAt : -1);
          exemplars -= batch.exemplars.length - before;
        }
      });
      rows.described = true;
    }
    await this.#append(tenant, (_resolver, batch) => rows.removeIdle(t - IDLE_MS, t, batch));
  }

  async #append(
    tenant: string,
    fill: (resolver: SeriesResolver, batch: MetricBatch) => void,
  ): Promise<void> {
    const intake = this.#intake;
    const batch = intake.batch();
    try {
      fill(intake.resolver(tenant), batch);
      if (batch.n > 0) await intake.append('self', tenant, batch, null);
    } finally {
      intake.release(batch);
    }
  }

  #metricsOf(tenant: string): TenantMetrics {
    let metrics = this.#tenants.get(tenant);
    if (metrics === undefined) {
      const names = new Names();
      metrics = {
        names,
        spans: new SpanMetrics(names, this.#limits.maxOperations),
        graph: new ServiceGraph(names, this.#limits),
        services: new Map(),
      };
      this.#tenants.set(tenant, metrics);
    }
    return metrics;
  }

  #forget(handles: ReadonlySet<number>): void {
    for (const { spans, graph, services } of this.#tenants.values()) {
      spans.rows.forget(handles);
      graph.edges.forget(handles);
      for (const handle of handles) services.delete(handle);
    }
  }
}

/** Number of the name of a stream's service. */
function serviceOf({ names, services }: TenantMetrics, stream: number, labelsOf: LabelsOf): number {
  const known = services.get(stream);
  if (known !== undefined) return known;
  if (services.size >= MAX_STREAMS) services.clear();
  const labels = labelsOf(stream);
  const at = Math.max(labels.indexOf('service.name'), labels.indexOf('service_name'));
  const number = names.number(at < 0 ? 'unknown_service' : labels[at + 1]);
  services.set(stream, number);
  return number;
}
