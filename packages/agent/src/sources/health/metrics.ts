/** What the health source measures. */
import { define, type MetricDefinition } from '../readings.ts';

const TARGET = 'health.target';

export const M = {
  up: define(
    'health.up',
    'gauge',
    '{target}',
    '1 when the target answers as it should, else 0.',
    TARGET,
  ),
  status: define('health.status_code', 'gauge', '{status}', 'Status of the last answer.', TARGET),
  duration: define(
    'health.duration',
    'gauge',
    's',
    'Time the last probe took in all, without the body unless its text is expected.',
    TARGET,
  ),
  phase: define(
    'health.phase.duration',
    'gauge',
    's',
    'Time of the last probe by phase: dns, connect, tls, first_byte.',
    TARGET,
    'health.phase',
  ),
  certificate: define(
    'health.certificate.remaining',
    'gauge',
    'd',
    'Days until the certificate of the target expires; below 0 when it has.',
    TARGET,
  ),
  probes: define(
    'health.probes',
    'counter',
    '{probe}',
    'Probes by outcome: up or down.',
    TARGET,
    'health.outcome',
  ),
} as const satisfies Record<string, MetricDefinition>;

export const HEALTH_METRICS: readonly MetricDefinition[] = Object.values(M);
