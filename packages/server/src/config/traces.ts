/** The settings of traces (schema.ts has the rest). */
import * as z from '../zod.ts';
import { flag, milliseconds, wholeNumber } from './setting.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const traces = z.strictObject({
  metrics: flag({
    description:
      'Compute requests, errors and durations by operation (`traces_spanmetrics_*`) and the service graph (`traces_service_graph_*`) from all spans as they arrive.',
    fallback: true,
  }),
  metrics_interval_ms: milliseconds(1 * SECOND, 5 * MINUTE, {
    description: 'How often the metrics from spans are written.',
    fallback: '15s',
  }),
  metrics_operations: wholeNumber(10, 1_000_000, {
    description:
      'Most combinations of service, span name, kind and status of a tenant in these metrics, 18 series each; further span names of a service count as `(other)`.',
    fallback: 5000,
  }),
  metrics_edges: wholeNumber(10, 100_000, {
    description:
      'Most edges of the service graph of a tenant, up to 36 series each; further requests count as calls of `(other)`, and so do those of one client to more than 50 servers that only its attributes name.',
    fallback: 2000,
  }),
  metrics_pending: wholeNumber(100, 10_000_000, {
    description:
      'Most spans of a tenant that wait for the other side of their request to make an edge of the service graph.',
    fallback: 50_000,
  }),
  metrics_wait_ms: milliseconds(100, 10 * MINUTE, {
    description:
      'How long a span waits for the other side of its request; then whom it has called is taken from its attributes.',
    fallback: '10s',
  }),
});
