/**
 * What has been taken in, per protocol, since the process began.
 *
 * Invariants: numbers only grow; everything is bounded: protocols and reasons are closed sets, messages are cut to 200 characters.
 */
import { TenantLimitError } from '@sightline/store';
import type { RejectReason } from '@sightline/wire';

export const PROTOCOLS = [
  'remote_write',
  'otlp_http',
  'otlp_grpc',
  'import',
  'scrape',
  'loki',
  'logs',
  'zipkin',
  'self',
] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What is counted: samples, log records, spans. */
export type IntakeItem = 'points' | 'records' | 'spans';

const MAX_MESSAGE = 200;

/** Items of one kind that came in by one protocol. */
export interface ItemCounters {
  accepted: number;
  /** Of requests that were a repeat of one already stored. */
  repeated: number;
  rejected: number;
}

/** One protocol's counters; `self` is this process and its host, everything else comes from outside. */
export interface ProtocolCounters {
  protocol: Protocol;
  requests: number;
  points: ItemCounters;
  records: ItemCounters;
  spans: ItemCounters;
  /** Bytes of bodies as they arrived. */
  bytes: number;
  /** Requests refused or failed as a whole. */
  failedRequests: number;
  /** Why the last request failed, and when; '' and null while none has. */
  lastFailure: string;
  lastFailureMs: number | null;
  /** When anything was last accepted, Unix ms. */
  lastReceivedMs: number | null;
}

/** Items of one protocol and kind refused for one reason. */
export interface RejectionCounter {
  protocol: Protocol;
  item: IntakeItem;
  reason: RejectReason;
  count: number;
  lastMessage: string;
  lastMs: number;
}

export interface IntakeSnapshot {
  protocols: ProtocolCounters[];
  rejections: RejectionCounter[];
  /** When the first point, log record or span from outside was accepted, Unix ms. */
  firstExternalSampleMs: number | null;
}

export class IntakeCounters {
  readonly #byProtocol = new Map<Protocol, ProtocolCounters>();
  readonly #rejections = new Map<string, RejectionCounter>();
  readonly #now: () => number;
  #firstExternalSampleMs: number | null = null;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Counts a request as it arrives, with the bytes of its body. */
  request(protocol: Protocol, bytes: number): void {
    const counters = this.#of(protocol);
    counters.requests++;
    counters.bytes += bytes;
  }

  accepted(protocol: Protocol, items: number, item: IntakeItem = 'points'): void {
    if (items === 0) return;
    const counters = this.#of(protocol);
    counters[item].accepted += items;
    counters.lastReceivedMs = this.#now();
    if (protocol !== 'self') this.#firstExternalSampleMs ??= counters.lastReceivedMs;
  }

  repeated(protocol: Protocol, items: number, item: IntakeItem = 'points'): void {
    this.#of(protocol)[item].repeated += items;
  }

  rejected(
    protocol: Protocol,
    reason: RejectReason,
    items: number,
    message: string,
    item: IntakeItem = 'points',
  ): void {
    this.#of(protocol)[item].rejected += items;
    const key = `${protocol} ${item} ${reason}`;
    let counter = this.#rejections.get(key);
    if (counter === undefined) {
      counter = { protocol, item, reason, count: 0, lastMessage: '', lastMs: 0 };
      this.#rejections.set(key, counter);
    }
    counter.count += items;
    counter.lastMessage = shortened(message);
    counter.lastMs = this.#now();
  }

  /** Counts a request that was refused or failed as a whole; one without a tenant's room as one item, for it was not decoded. */
  failed(protocol: Protocol, problem: string | Error, item: IntakeItem = 'points'): void {
    const counters = this.#of(protocol);
    const message = typeof problem === 'string' ? problem : problem.message;
    if (problem instanceof TenantLimitError) {
      this.rejected(protocol, 'tenant_limit', 1, message, item);
    }
    counters.failedRequests++;
    counters.lastFailure = shortened(message);
    counters.lastFailureMs = this.#now();
  }

  /** A copy as plain data. */
  snapshot(): IntakeSnapshot {
    return {
      protocols: PROTOCOLS.map((protocol) => {
        const counters = this.#of(protocol);
        const { points, records, spans } = counters;
        return { ...counters, points: { ...points }, records: { ...records }, spans: { ...spans } };
      }),
      rejections: [...this.#rejections.values()].map((counter) => ({ ...counter })),
      firstExternalSampleMs: this.#firstExternalSampleMs,
    };
  }

  #of(protocol: Protocol): ProtocolCounters {
    let counters = this.#byProtocol.get(protocol);
    if (counters === undefined) {
      counters = {
        protocol,
        requests: 0,
        points: noItems(),
        records: noItems(),
        spans: noItems(),
        bytes: 0,
        failedRequests: 0,
        lastFailure: '',
        lastFailureMs: null,
        lastReceivedMs: null,
      };
      this.#byProtocol.set(protocol, counters);
    }
    return counters;
  }
}

function noItems(): ItemCounters {
  return { accepted: 0, repeated: 0, rejected: 0 };
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
