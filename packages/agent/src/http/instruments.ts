/** The public metrics of an application's HTTP server: names and labels as they stay. */
import { type Instrument, InstrumentSet, type Point } from '../metrics.ts';

export const DEFAULT_BUCKETS: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZE_BUCKETS = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

export class HttpInstruments {
  readonly set = new InstrumentSet();
  readonly total: Instrument;
  readonly duration: Instrument;
  readonly requestSize: Instrument;
  readonly responseSize: Instrument;
  readonly active: Point;
  readonly aborted: Point;
  readonly overflow: Point;
  readonly failures: Point;

  constructor(buckets: readonly number[]) {
    const { set } = this;
    const labels = ['method', 'endpoint'];
    this.total = set.counter(
      'http_requests_total',
      '{request}',
      'Requests answered, or given up by their client (499).',
      ...labels,
      'status_code',
    );
    this.duration = set.histogram(
      'http_request_duration_seconds',
      's',
      'Time from the request to the end of its answer; event streams are left out.',
      buckets,
      ...labels,
    );
    this.requestSize = set.histogram(
      'http_request_size_bytes',
      'By',
      'Size of request bodies.',
      SIZE_BUCKETS,
      ...labels,
    );
    this.responseSize = set.histogram(
      'http_response_size_bytes',
      'By',
      'Size of the bodies of answers; of one without a length what was written to the connection.',
      SIZE_BUCKETS,
      ...labels,
    );
    this.active = set
      .upDownCounter('http_requests_active', '{request}', 'Requests under way.')
      .point();
    this.aborted = set
      .counter(
        'http_requests_aborted_total',
        '{request}',
        'Requests whose client went away before the answer was complete.',
      )
      .point();
    this.overflow = set
      .counter(
        'http_endpoints_overflow_total',
        '{request}',
        'Requests to endpoints past the bound, counted as (other).',
      )
      .point();
    this.failures = set
      .counter('http_monitor_failures_total', '{request}', 'Requests that could not be watched.')
      .point();
    for (const point of [this.active, this.aborted, this.overflow, this.failures]) point.set(0);
  }
}
