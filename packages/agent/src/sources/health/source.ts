/**
 * Probes of URLs.
 *
 * Model: each target has an interval of its own; a collection probes those that are due, a few at a time, and hands out the last result of every
 * target. A target that goes down or comes back is told by an event.
 *
 * Invariant: at most MAX_TARGETS targets, MAX_PROBES probes at once; a probe has a deadline.
 */

import { type Clock, systemClock } from '../../clock.ts';
import { counted } from '../../counted.ts';
import type {
  AgentEvent,
  CollectContext,
  Metric,
  MonitoringSource,
  Priority,
} from '../../source.ts';
import { Readings } from '../readings.ts';
import { Reminders } from '../reminders.ts';
import { M } from './metrics.ts';
import { type ProbeResult, type ProbeTarget, probe } from './probe.ts';

export interface HealthTarget {
  /** For people, and attribute `health.target`. */
  readonly name: string;
  /** `http:` or `https:`; may have a user and a password. */
  readonly url: string;
  /** 30,000 by default. */
  readonly intervalMs?: number;
  /** 5000 by default. */
  readonly timeoutMs?: number;
  /** One or several; any from 200 to 399 by default. Redirects are not followed. */
  readonly expectStatus?: number | readonly number[];
  /** Text that the body must have within its first 64 KB. */
  readonly expectText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates to trust in place of the usual ones, PEM. */
  readonly ca?: string;
}

export interface HealthSourceOptions {
  readonly targets: readonly HealthTarget[];
  /** Certificates that expire within so many days are told; 14 by default. */
  readonly certificateDays?: number;
  readonly clock?: Clock;
}

const MAX_TARGETS = 200;
const MAX_PROBES = 8;
/** Timers fire a little early. */
const SLACK_MS = 50;

interface Watched {
  readonly name: string;
  readonly intervalMs: number;
  readonly target: ProbeTarget;
  dueMs: number;
  last: ProbeResult | undefined;
  up: number;
  down: number;
}

export class HealthSource implements MonitoringSource {
  readonly id = 'health';
  readonly name = 'Health of URLs';
  readonly priority: Priority = 'high';
  readonly intervalMs: number;
  enabled = true;
  readonly #watched: readonly Watched[];
  readonly #certificateDays: number;
  readonly #clock: Clock;
  readonly #reminders: Reminders;

  constructor(options: HealthSourceOptions) {
    const { targets } = options;
    if (targets.length > MAX_TARGETS) {
      throw new RangeError(
        `HealthSource takes ${MAX_TARGETS} targets at most, not ${targets.length}`,
      );
    }
    const names = new Set(targets.map(({ name }) => name));
    if (names.size < targets.length) throw new TypeError('HealthSource: two targets have one name');
    this.#watched = targets.map(watch);
    this.intervalMs = Math.min(30_000, ...this.#watched.map(({ intervalMs }) => intervalMs));
    this.#certificateDays = options.certificateDays ?? 14;
    this.#clock = options.clock ?? systemClock;
    this.#reminders = new Reminders(this.#clock);
  }

  async collect({ signal, emit }: CollectContext): Promise<readonly Metric[]> {
    const nowMs = this.#clock.now();
    const due = this.#watched.filter(({ dueMs }) => dueMs <= nowMs + SLACK_MS);
    const waiting = [...due];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const result = await probe(next.target, signal);
        // A probe that was cut off by the collection's end says nothing of the target.
        if (signal.aborted) return;
        this.#take(next, result, emit);
        next.dueMs = nowMs + next.intervalMs;
      }
    };
    await Promise.all(Array.from({ length: MAX_PROBES }, work));
    const readings = new Readings();
    for (const watched of this.#watched) read(watched, readings);
    return readings.metrics;
  }

  #take(watched: Watched, result: ProbeResult, emit: (event: AgentEvent) => void): void {
    const before = watched.last;
    watched.last = result;
    if (result.up) watched.up++;
    else watched.down++;
    // A target that is up from the start is as it should be.
    if (result.up !== (before?.up ?? true)) emit(changeEvent(watched, result));
    const { certificateDays: days } = result;
    const expiring = `certificate ${watched.name}`;
    if (!(days < this.#certificateDays)) this.#reminders.forget(expiring);
    else if (this.#reminders.due(expiring)) emit(certificateEvent(watched, days));
  }
}

function watch(options: HealthTarget): Watched {
  const { name, expectStatus = [] } = options;
  const url = URL.parse(options.url);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new TypeError(`HealthSource: the url of target ${name} is no http or https address`);
  }
  const intervalMs = options.intervalMs ?? 30_000;
  const timeoutMs = options.timeoutMs ?? 5000;
  if (!(intervalMs >= 1000)) {
    throw new RangeError(`HealthSource: intervalMs of target ${name} must be 1000 or more`);
  }
  if (!(timeoutMs > 0)) {
    throw new RangeError(`HealthSource: timeoutMs of target ${name} must be more than 0`);
  }
  return {
    name,
    intervalMs,
    target: {
      url,
      timeoutMs,
      expectStatus: typeof expectStatus === 'number' ? [expectStatus] : expectStatus,
      expectText: options.expectText ?? '',
      headers: options.headers ?? {},
      ca: options.ca ?? '',
    },
    dueMs: 0,
    last: undefined,
    up: 0,
    down: 0,
  };
}

function read({ name, last, up, down }: Watched, readings: Readings): void {
  if (last === undefined) return;
  readings.add(M.up, last.up ? 1 : 0, name);
  if (last.status > 0) readings.add(M.status, last.status, name);
  readings.add(M.duration, last.totalMs / 1000, name);
  for (const [phase, ms] of Object.entries(last.phasesMs)) {
    readings.add(M.phase, ms / 1000, name, phase);
  }
  readings.add(M.certificate, last.certificateDays, name);
  readings.add(M.probes, up, name, 'up');
  readings.add(M.probes, down, name, 'down');
}

/** Without user and password. */
function shownUrl({ target: { url } }: Watched): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function changeEvent(watched: Watched, result: ProbeResult): AgentEvent {
  const { up, reason, status, totalMs } = result;
  return {
    name: up ? 'health.up' : 'health.down',
    severity: up ? 'info' : 'error',
    message: up ? `${watched.name} answers again.` : `${watched.name} is down: ${reason}.`,
    attributes: {
      'health.target': watched.name,
      'url.full': shownUrl(watched),
      'health.reason': reason,
      'http.response.status_code': status,
      'health.duration_ms': Math.round(totalMs),
    },
  };
}

function certificateEvent(watched: Watched, days: number): AgentEvent {
  const left = Math.floor(days);
  return {
    name: 'health.certificate_expires',
    severity: 'warn',
    message:
      days < 0
        ? `The certificate of ${watched.name} has expired.`
        : `The certificate of ${watched.name} expires in ${counted(left, 'day')}.`,
    attributes: {
      'health.target': watched.name,
      'url.full': shownUrl(watched),
      'health.certificate.remaining_days': left,
    },
  };
}
