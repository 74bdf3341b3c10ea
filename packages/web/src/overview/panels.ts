/**
 * What the Overview draws: queries over the process' own record of its machine and of itself, by the names in
 * docs/metrics.md. `$self` stands for the matchers of this process' series, `$window` for the window of a rate.
 */
import type { Labels } from '../api/prometheus.ts';
import { formatValue, type Unit } from '../format/units.ts';
import { protocolName } from './protocols.ts';

interface PanelSource {
  readonly expression: string;
  /** The legend's name of a series: a label's value, or a fixed text. */
  readonly name: string | ((labels: Labels) => string);
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly sources: readonly PanelSource[];
  /** Names in the order of legend and stack; others follow. The place decides the colour. */
  readonly order?: readonly string[];
  readonly stacked?: boolean;
  /** One area under the first line. */
  readonly filled?: boolean;
  /** Names drawn grey and dashed as a bound rather than as data. */
  readonly bound?: string;
  /** The one number beside the title, from the values by name. */
  readonly headline: (values: ReadonlyMap<string, number>) => string;
}

const total = (unit: Unit) => (values: ReadonlyMap<string, number>) => {
  const sum = [...values.values()].reduce((before, value) => before + value, 0);
  return values.size === 0 ? '' : formatValue(sum, unit);
};

const only = (name: string, unit: Unit) => (values: ReadonlyMap<string, number>) => {
  const value = values.get(name);
  return value === undefined ? '' : formatValue(value, unit);
};

const byLabel = (label: string) => (labels: Labels) => labels[label] ?? '';

export const machinePanels: readonly Panel[] = [
  {
    id: 'cpu',
    title: 'CPU',
    unit: 'ratio',
    stacked: true,
    order: ['user', 'system', 'iowait', 'nice', 'softirq', 'interrupt', 'steal'],
    headline: total('ratio'),
    sources: [
      {
        expression:
          'sum by (cpu_mode) (rate(system_cpu_time_seconds_total{$self,cpu_mode!="idle"}[$window])) / on () group_left () sum(rate(system_cpu_time_seconds_total{$self}[$window]))',
        name: byLabel('cpu_mode'),
      },
    ],
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: 'bytes',
    stacked: true,
    order: ['used', 'cached', 'buffers'],
    bound: 'total',
    headline: (values) => {
      const used = values.get('used');
      const all = values.get('total');
      return used === undefined || all === undefined
        ? ''
        : `${formatValue(used / all, 'ratio')} used`;
    },
    sources: [
      {
        expression:
          'sum by (system_memory_state) (system_memory_usage_bytes{$self,system_memory_state!="free"})',
        name: byLabel('system_memory_state'),
      },
      { expression: 'max(system_memory_limit_bytes{$self})', name: 'total' },
    ],
  },
  {
    id: 'load',
    title: 'Load',
    unit: 'number',
    order: ['1 min', '5 min', '15 min'],
    bound: 'cores',
    headline: only('1 min', 'number'),
    sources: [
      { expression: 'max(system_cpu_load_average_1m{$self})', name: '1 min' },
      { expression: 'max(system_cpu_load_average_5m{$self})', name: '5 min' },
      { expression: 'max(system_cpu_load_average_15m{$self})', name: '15 min' },
      { expression: 'max(system_cpu_logical_count{$self})', name: 'cores' },
    ],
  },
  {
    id: 'disk-io',
    title: 'Disk I/O',
    unit: 'bytes/s',
    order: ['read', 'write'],
    headline: total('bytes/s'),
    sources: [
      {
        expression: 'sum by (disk_io_direction) (rate(system_disk_io_bytes_total{$self}[$window]))',
        name: byLabel('disk_io_direction'),
      },
    ],
  },
  {
    id: 'network',
    title: 'Network',
    unit: 'bytes/s',
    order: ['receive', 'transmit'],
    headline: total('bytes/s'),
    sources: [
      {
        expression:
          'sum by (network_io_direction) (rate(system_network_io_bytes_total{$self,network_interface_name!="lo"}[$window]))',
        name: byLabel('network_io_direction'),
      },
    ],
  },
];

export const processPanels: readonly Panel[] = [
  {
    id: 'points',
    title: 'Points taken in',
    unit: 'per second',
    stacked: true,
    order: ['self', 'scrape', 'remote_write', 'otlp_http', 'otlp_grpc', 'import'].map(protocolName),
    headline: total('per second'),
    sources: [
      {
        expression: 'sum by (protocol) (rate(sightline_intake_points_total{$self}[$window]))',
        name: (labels) => protocolName(labels.protocol ?? ''),
      },
    ],
  },
  {
    id: 'process-cpu',
    title: 'CPU of one core',
    unit: 'ratio',
    stacked: true,
    order: ['user', 'system'],
    headline: total('ratio'),
    sources: [
      {
        expression: 'sum by (cpu_mode) (rate(process_cpu_time_seconds_total{$self}[$window]))',
        name: byLabel('cpu_mode'),
      },
    ],
  },
  {
    id: 'process-memory',
    title: 'Memory',
    unit: 'bytes',
    order: ['resident', 'heap used'],
    filled: true,
    headline: only('resident', 'bytes'),
    sources: [
      { expression: 'sum(process_memory_usage_bytes{$self})', name: 'resident' },
      { expression: 'sum(v8js_memory_heap_used_bytes{$self})', name: 'heap used' },
    ],
  },
  {
    id: 'event-loop',
    title: 'Event-loop delay',
    unit: 'seconds',
    order: ['median', '99th percentile'],
    headline: only('99th percentile', 'seconds'),
    sources: [
      { expression: 'max(nodejs_eventloop_delay_p50_seconds{$self})', name: 'median' },
      { expression: 'max(nodejs_eventloop_delay_p99_seconds{$self})', name: '99th percentile' },
    ],
  },
  {
    id: 'head',
    title: 'Rows not yet on disk',
    unit: 'number',
    order: ['rows'],
    filled: true,
    headline: only('rows', 'number'),
    sources: [{ expression: 'sum(sightline_head_rows{$self})', name: 'rows' }],
  },
  {
    id: 'stored',
    title: 'Stored',
    unit: 'bytes',
    stacked: true,
    order: ['files', 'journal'],
    headline: total('bytes'),
    sources: [
      {
        // The size of the data directory counts the journal too.
        expression: 'sum(sightline_disk_bytes{$self}) - sum(sightline_journal_bytes{$self})',
        name: 'files',
      },
      { expression: 'sum(sightline_journal_bytes{$self})', name: 'journal' },
    ],
  },
];

/** Matchers of the series that this process records about its machine and itself. */
export const selfMatchers = 'job="sightline"';

/** A panel's expression with its placeholders filled in. `windowS` is the rate window in seconds. */
export function fillExpression(expression: string, windowS: number): string {
  return expression.replaceAll('$self', selfMatchers).replaceAll('$window', `${windowS}s`);
}
