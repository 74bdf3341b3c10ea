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
  'self',
] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const MAX_MESSAGE = 200;

/** One protocol's counters; `self` is this process and its host, everything else comes from outside. */
export interface ProtocolCounters {
  protocol: Protocol;
  requests: number;
  pointsAccepted: number;
  /** Points of requests that were a repeat of one already stored. */
  pointsRepeated: number;
  pointsRejected: number;
  /** Bytes of bodies as they arrived. */
  bytes: number;
  /** Requests refused or failed as a whole. */
  failedRequests: number;
  /** Why the last request failed, and when; '' and null while none has. */
  lastFailure: string;
  lastFailureMs: number | null;
  /** When points were last accepted, Unix ms. */
  lastReceivedMs: number | null;
}

/** Points of one protocol refused for one reason. */
export interface RejectionCounter {
  protocol: Protocol;
  reason: RejectReason;
  points: number;
  lastMessage: string;
  lastMs: number;
}

export interface IntakeSnapshot {
  protocols: ProtocolCounters[];
  rejections: RejectionCounter[];
  /** When the first point from outside was accepted, Unix ms. */
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

  accepted(protocol: Protocol, points: number): void {
    if (points === 0) return;
    const counters = this.#of(protocol);
    counters.pointsAccepted += points;
    counters.lastReceivedMs = this.#now();
    if (protocol !== 'self') this.#firstExternalSampleMs ??= counters.lastReceivedMs;
  }

  repeated(protocol: Protocol, points: number): void {
    this.#of(protocol).pointsRepeated += points;
  }

  rejected(protocol: Protocol, reason: RejectReason, points: number, message: string): void {
    this.#of(protocol).pointsRejected += points;
    const key = `${protocol} ${reason}`;
    let counter = this.#rejections.get(key);
    if (counter === undefined) {
      counter = { protocol, reason, points: 0, lastMessage: '', lastMs: 0 };
      this.#rejections.set(key, counter);
    }
    counter.points += points;
    counter.lastMessage = shortened(message);
    counter.lastMs = this.#now();
  }

  /** Counts a request that was refused or failed as a whole; one without a tenant's room as one point, for it was not decoded. */
  failed(protocol: Protocol, problem: string | Error): void {
    const counters = this.#of(protocol);
    const message = typeof problem === 'string' ? problem : problem.message;
    if (problem instanceof TenantLimitError) this.rejected(protocol, 'tenant_limit', 1, message);
    counters.failedRequests++;
    counters.lastFailure = shortened(message);
    counters.lastFailureMs = this.#now();
  }

  /** A copy as plain data. */
  snapshot(): IntakeSnapshot {
    return {
      protocols: PROTOCOLS.map((protocol) => ({ ...this.#of(protocol) })),
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
        pointsAccepted: 0,
        pointsRepeated: 0,
        pointsRejected: 0,
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

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
