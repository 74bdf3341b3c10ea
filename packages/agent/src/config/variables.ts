/**
 * The environment variables that the agent knows, and what each sets. Later ones win over earlier ones that set the same option; options
 * given in code win over all. docs/agent.md has this table; a test compares them.
 */
import { LOG_LEVELS } from '../log.ts';
import type { AgentOptions } from './options.ts';
import {
  booleanOf,
  ConfigError,
  headersOf,
  isOtlp,
  oneOf,
  pairsOf,
  urlOf,
  wholeOf,
} from './parse.ts';
import { TRACE_VARIABLES } from './trace-variables.ts';

/** Options while they are being read. */
export type Draft = { -readonly [K in keyof AgentOptions]: AgentOptions[K] };

export interface Variable {
  readonly name: string;
  /** For the documentation: the option, what it means, and what holds without it. */
  readonly option: keyof AgentOptions;
  readonly meaning: string;
  readonly standard: string;
  /** Throws a ConfigError. */
  readonly apply: (draft: Draft, text: string) => void;
}

export const DAY_MS = 86_400_000;

/** Variables of OpenTelemetry that whoever sets them counts on, and that have no effect: each with what to do. */
export const UNUSED_VARIABLES: ReadonlyMap<string, string> = new Map(
  ['', 'METRICS_', 'LOGS_', 'TRACES_'].flatMap((signal) => {
    const prefix = `OTEL_EXPORTER_OTLP_${signal}`;
    const client = 'the agent presents no client certificate';
    return [
      [`${prefix}CERTIFICATE`, 'name the file in NODE_EXTRA_CA_CERTS, which Node itself reads'],
      [`${prefix}CLIENT_CERTIFICATE`, client],
      [`${prefix}CLIENT_KEY`, client],
    ] as const;
  }),
);

export const VARIABLES: readonly Variable[] = [
  {
    name: 'OTEL_SDK_DISABLED',
    option: 'enabled',
    meaning: '`true` switches the agent off',
    standard: '`false`',
    apply: (draft, text) => {
      if (booleanOf(text)) draft.enabled = false;
    },
  },
  {
    name: 'ENABLE_PERFORMANCE_MONITORING',
    option: 'enabled',
    meaning: '`false` switches the agent off',
    standard: '`true`',
    apply: (draft, text) => {
      if (!booleanOf(text)) draft.enabled = false;
    },
  },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    option: 'resource',
    meaning: 'resource attributes, `key=value,key=value`',
    standard: '',
    apply: (draft, text) => {
      draft.resource = pairsOf(text);
    },
  },
  {
    name: 'OTEL_SERVICE_NAME',
    option: 'service',
    meaning: 'resource attribute `service.name`',
    standard: '`unknown_service:` and the program',
    apply: (draft, text) => {
      draft.service = text;
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    option: 'endpoint',
    meaning: 'base address of the back end; `/v1/metrics` and `/v1/logs` are added',
    standard: '`http://127.0.0.1:4318`',
    apply: (draft, text) => {
      draft.endpoint = urlOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    option: 'metricsEndpoint',
    meaning: 'whole address for metrics',
    standard: '',
    apply: (draft, text) => {
      draft.metricsEndpoint = urlOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
    option: 'logsEndpoint',
    meaning: 'whole address for log records (events)',
    standard: '',
    apply: (draft, text) => {
      draft.logsEndpoint = urlOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    option: 'headers',
    meaning: 'headers of every request, `key=value,key=value`',
    standard: '',
    apply: (draft, text) => {
      draft.headers = headersOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
    option: 'metricsHeaders',
    meaning: 'further headers of requests with metrics',
    standard: '',
    apply: (draft, text) => {
      draft.metricsHeaders = headersOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_LOGS_HEADERS',
    option: 'logsHeaders',
    meaning: 'further headers of requests with log records',
    standard: '',
    apply: (draft, text) => {
      draft.logsHeaders = headersOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    option: 'timeoutMs',
    meaning: 'longest time of a request, ms',
    standard: '`10000`',
    apply: (draft, text) => {
      draft.timeoutMs = wholeOf(text, 1, DAY_MS);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_COMPRESSION',
    option: 'compression',
    meaning: '`gzip` or `none`',
    standard: '`gzip`',
    apply: (draft, text) => {
      draft.compression = oneOf(text, ['gzip', 'none'] as const);
    },
  },
  {
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    option: 'endpoint',
    meaning: 'only `http/protobuf` is spoken; anything else is warned of',
    standard: '`http/protobuf`',
    apply: (_, text) => {
      if (text.trim() === 'http/protobuf') return;
      throw new ConfigError(
        'is not spoken: the agent sends http/protobuf (to the OTLP/HTTP port, usually 4318)',
      );
    },
  },
  {
    name: 'OTEL_METRIC_EXPORT_INTERVAL',
    option: 'flushIntervalMs',
    meaning: 'as `PERFORMANCE_FLUSH_INTERVAL`, which wins',
    standard: '',
    apply: (draft, text) => {
      draft.flushIntervalMs = wholeOf(text, 100, DAY_MS);
    },
  },
  {
    name: 'PERFORMANCE_FLUSH_INTERVAL',
    option: 'flushIntervalMs',
    meaning: 'longest time that data wait for a request to be full, ms',
    standard: '`15000`',
    apply: (draft, text) => {
      draft.flushIntervalMs = wholeOf(text, 100, DAY_MS);
    },
  },
  {
    name: 'PERFORMANCE_BATCH_SIZE',
    option: 'batchSize',
    meaning: 'points or log records of a request',
    standard: '`250`',
    apply: (draft, text) => {
      draft.batchSize = wholeOf(text, 1, 10_000);
    },
  },
  {
    name: 'PERFORMANCE_LOG_LEVEL',
    option: 'logLevel',
    meaning: 'what the agent says on standard error: `off`, `error`, `warn`, `info`, `debug`',
    standard: '`warn`',
    apply: (draft, text) => {
      draft.logLevel = oneOf(text, LOG_LEVELS);
    },
  },
  {
    name: 'PERFORMANCE_CPU_THRESHOLD',
    option: 'cpuThreshold',
    meaning: 'CPU in percent that counts as 70 in the zones',
    standard: '`70`',
    apply: (draft, text) => {
      draft.cpuThreshold = wholeOf(text, 1, 100);
    },
  },
  {
    name: 'PERFORMANCE_MEMORY_THRESHOLD',
    option: 'memoryThreshold',
    meaning: 'memory in percent that counts as 80 in the zones',
    standard: '`80`',
    apply: (draft, text) => {
      draft.memoryThreshold = wholeOf(text, 1, 100);
    },
  },
  {
    name: 'PERFORMANCE_REDIS_MEMORY_THRESHOLD',
    option: 'redisMemoryThresholdMb',
    meaning: 'memory of a Redis past which an event is raised, MB',
    standard: '`100`',
    apply: (draft, text) => {
      draft.redisMemoryThresholdMb = wholeOf(text, 1, 1e9);
    },
  },
  {
    name: 'ENABLE_ADAPTIVE_INTERVALS',
    option: 'adaptiveIntervals',
    meaning: 'intervals follow cost and change',
    standard: '`true`',
    apply: (draft, text) => {
      draft.adaptiveIntervals = booleanOf(text);
    },
  },
  {
    name: 'ENABLE_INSIGHT_CORRELATION',
    option: 'insightCorrelation',
    meaning: 'warnings and errors carry the vitals of their moment',
    standard: '`true`',
    apply: (draft, text) => {
      draft.insightCorrelation = booleanOf(text);
    },
  },
  {
    name: 'ENABLE_METRIC_COMPRESSION',
    option: 'metricCompression',
    meaning: 'what is sent is compressed from zone yellow on',
    standard: '`true`',
    apply: (draft, text) => {
      draft.metricCompression = booleanOf(text);
    },
  },
  {
    name: 'DISABLE_DETAILED_MONITORING',
    option: 'detailedMonitoring',
    meaning:
      '`true`: only sources of priority critical and high, no watch for blocking calls, no profile of statements',
    standard: '`false`',
    apply: (draft, text) => {
      draft.detailedMonitoring = !booleanOf(text);
    },
  },
  {
    name: 'OTEL_EXPORTER_PROMETHEUS_PORT',
    option: 'prometheus',
    meaning: 'serves the Prometheus page on this port',
    standard: 'not served',
    apply: (draft, text) => {
      draft.prometheus = { ...draft.prometheus, port: wholeOf(text, 0, 65_535) };
    },
  },
  {
    name: 'OTEL_EXPORTER_PROMETHEUS_HOST',
    option: 'prometheus',
    meaning: 'address of the page, where it is served',
    standard: '`127.0.0.1`',
    apply: (draft, text) => {
      if (draft.prometheus !== undefined)
        draft.prometheus = { ...draft.prometheus, host: text.trim() };
    },
  },
  {
    name: 'OTEL_METRICS_EXPORTER',
    option: 'metrics',
    meaning: '`none` sends no metrics (events and spans still go), `otlp` does',
    standard: '`otlp`',
    apply: (draft, text) => {
      draft.metrics = isOtlp(text);
    },
  },
  ...TRACE_VARIABLES,
];
