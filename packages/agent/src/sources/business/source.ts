/**
 * What the application does for its users, in its own words: operations, errors, queues.
 *
 * Model: calls count; a collection turns the counts since the last one into rates. Rates are absent where nothing happened.
 *
 * Invariants: at most MAX_NAMES names of a kind of MAX_NAME characters, further ones are counted as `(other)`, queues past them by the calls about
 * them; a call never throws, costs no allocation once its name is known, and what is no number is ignored. Ids of users are hashed, never kept.
 */
import { type Clock, systemClock } from '../../clock.ts';
import { type Instrument, InstrumentSet, type Point } from '../../metrics.ts';
import type { Metric, MonitoringSource, Priority } from '../../source.ts';
import { textOf } from '../../text-of.ts';
import { DistinctCounter } from './distinct.ts';

/** Names that the application uses; give your own union types to have them checked. */
export interface BusinessNames {
  operation: string;
  userError: string;
  userAction: string;
  queue: string;
}

export interface BusinessOptions {
  /** 15,000 by default. */
  intervalMs?: number;
  /** Users count as active for this long; 5 minutes by default. */
  activeUsersWindowMs?: number;
  clock?: Clock;
}

const MAX_NAMES = 100;
/** Characters of a name. */
const MAX_NAME = 200;
const OTHER = '(other)';
/** Seconds. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Operation {
  readonly succeeded: Point;
  readonly failed: Point;
  readonly duration: Point;
  readonly failureRate: Point;
  readonly average: Point;
  lastSucceeded: number;
  lastFailed: number;
  lastCount: number;
  lastSum: number;
}

export class BusinessMetrics<Names extends Partial<BusinessNames> = BusinessNames>
  implements MonitoringSource
{
  readonly id = 'business';
  readonly name = 'Business';
  readonly priority: Priority = 'medium';
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  enabled = true;
  readonly #clock: Clock;
  readonly #set = new InstrumentSet();
  readonly #counts: Instrument;
  readonly #durations: Instrument;
  readonly #failureRates: Instrument;
  readonly #averages: Instrument;
  readonly #actions: Instrument;
  readonly #errors: Instrument;
  readonly #errorRate: Point;
  readonly #activeUsers: Point;
  readonly #backlogs: Instrument;
  readonly #queuesRefused: Point;
  readonly #operations = new Map<string, Operation>();
  readonly #queues = new Map<string, number | (() => number)>();
  readonly #users: DistinctCounter;
  #usersKnown = false;
  #actionsSince = 0;
  #errorsSince = 0;

  constructor(options: BusinessOptions = {}) {
    this.intervalMs = options.intervalMs ?? 15_000;
    this.#clock = options.clock ?? systemClock;
    this.#users = new DistinctCounter(options.activeUsersWindowMs ?? 300_000);
    const set = this.#set;
    this.#counts = set.counter(
      'business.operation.count',
      '{operation}',
      'Operations processed, by outcome: success or failure.',
      'operation',
      'outcome',
    );
    this.#durations = set.histogram(
      'business.operation.duration',
      's',
      'Time that operations took.',
      DURATION_BOUNDS,
      'operation',
    );
    this.#failureRates = set.gauge(
      'business.operation.failure_rate',
      '1',
      'Part of the operations that failed since the last collection.',
      'operation',
    );
    this.#averages = set.gauge(
      'business.operation.average_duration',
      's',
      'Average time of the operations since the last collection.',
      'operation',
    );
    this.#actions = set.counter(
      'business.user.actions',
      '{action}',
      'What users did, failed or not.',
      'action',
    );
    this.#errors = set.counter(
      'business.user.errors',
      '{error}',
      'Errors that users met, by kind.',
      'error.type',
    );
    this.#errorRate = set
      .gauge(
        'business.user.error_rate',
        '1',
        'Errors that users met per action since the last collection.',
      )
      .point();
    this.#activeUsers = set
      .gauge('business.active_users', '{user}', 'Different users within the window, estimated.')
      .point();
    this.#backlogs = set.gauge(
      'business.queue.backlog',
      '{item}',
      'What waits in a queue.',
      'queue',
    );
    this.#queuesRefused = set
      .counter(
        'business.queue.overflow',
        '{call}',
        'Calls about queues past the bound, which are left out.',
      )
      .point();
    this.instruments = set.instruments;
  }

  /** One operation has been processed: well unless `ok` is false. */
  processed(
    operation: NameOf<Names, 'operation'>,
    outcome?: { readonly ok?: boolean; readonly durationMs?: number } | null,
  ): void {
    const known = this.#operation(nameOf(operation));
    const count = outcome?.ok === false ? known.failed : known.succeeded;
    count.set(count.value + 1);
    const durationMs = outcome?.durationMs;
    if (durationMs !== undefined && durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY) {
      this.#durations.observe(known.duration, durationMs / 1000);
    }
  }

  /** A user did something; count it whether it succeeds or not. */
  userAction(action: NameOf<Names, 'userAction'>): void {
    this.#actionsSince++;
    count(this.#actions, nameOf(action));
  }

  /** What a user did ended in an error. */
  userError(kind: NameOf<Names, 'userError'>): void {
    this.#errorsSince++;
    count(this.#errors, nameOf(kind));
  }

  /** This user is active now. */
  activeUser(id: string | number): void {
    this.#usersKnown = true;
    this.#users.add(typeof id === 'string' ? id : textOf(id), this.#clock.now());
  }

  /** How much waits in a queue now, or a function that tells whenever it is collected. */
  queueBacklog(queue: NameOf<Names, 'queue'>, items: number | (() => number)): void {
    const name = nameOf(queue);
    const isNew = !this.#queues.has(name);
    if (isNew && this.#queues.size >= MAX_NAMES) {
      this.#queuesRefused.set(this.#queuesRefused.value + 1);
      return;
    }
    this.#queues.set(name, items);
  }

  collect(): readonly Metric[] {
    for (const instrument of [this.#failureRates, this.#averages, this.#backlogs]) {
      for (const point of instrument.points) point.present = false;
    }
    for (const operation of this.#operations.values()) setRates(operation);
    this.#errorRate.present = false;
    const attempts = Math.max(this.#actionsSince, this.#errorsSince);
    if (attempts > 0) this.#errorRate.set(this.#errorsSince / attempts);
    this.#actionsSince = 0;
    this.#errorsSince = 0;
    if (this.#usersKnown) this.#activeUsers.set(this.#users.count(this.#clock.now()));
    for (const [queue, items] of this.#queues) {
      const waiting = sizeOf(items);
      if (Number.isFinite(waiting)) this.#backlogs.point(queue).set(waiting);
    }
    return this.#set.present();
  }

  #operation(name: string): Operation {
    const known = this.#operations.get(name);
    if (known !== undefined) return known;
    if (this.#operations.size >= MAX_NAMES && name !== OTHER) return this.#operation(OTHER);
    const operation = {
      succeeded: this.#counts.point(name, 'success'),
      failed: this.#counts.point(name, 'failure'),
      duration: this.#durations.point(name),
      failureRate: this.#failureRates.point(name),
      average: this.#averages.point(name),
      lastSucceeded: 0,
      lastFailed: 0,
      lastCount: 0,
      lastSum: 0,
    };
    // Both from the start, so that the rate over the first failure is right.
    operation.succeeded.set(0);
    operation.failed.set(0);
    this.#operations.set(name, operation);
    return operation;
  }
}

/** Without types a name may be anything. */
function nameOf(name: unknown): string {
  if (typeof name !== 'string') return textOf(name).slice(0, MAX_NAME);
  return name.length > MAX_NAME ? name.slice(0, MAX_NAME) : name;
}

type NameOf<Names, Kind extends keyof BusinessNames> =
  Names extends Record<Kind, infer Name extends string> ? Name : string;

function setRates(operation: Operation): void {
  const { succeeded, failed, duration } = operation;
  const bad = failed.value - operation.lastFailed;
  const all = bad + succeeded.value - operation.lastSucceeded;
  const timed = duration.value - operation.lastCount;
  if (all > 0) operation.failureRate.set(bad / all);
  if (timed > 0) operation.average.set((duration.sum - operation.lastSum) / timed);
  operation.lastFailed = failed.value;
  operation.lastSucceeded = succeeded.value;
  operation.lastCount = duration.value;
  operation.lastSum = duration.sum;
}

function count(instrument: Instrument, name: string): void {
  const { points } = instrument;
  const full = points.length >= MAX_NAMES;
  const isNew = full && !points.some(({ attributeValues: [known] }) => known === name);
  const point = instrument.point(isNew ? OTHER : name);
  point.set(point.value + 1);
}

/** NaN when the function fails: the others are measured all the same. */
function sizeOf(items: number | (() => number)): number {
  try {
    return typeof items === 'number' ? items : items();
  } catch {
    return Number.NaN;
  }
}
