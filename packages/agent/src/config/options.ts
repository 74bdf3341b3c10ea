/** What the agent can be told, in code. Every option may be left out. */
import type { HttpMonitorOptions } from '../http/monitor.ts';
import type { LogLevel } from '../log.ts';
import type { OptimizerOptions } from '../optimizer/optimizer.ts';
import type { DatabaseProfilerOptions } from '../profiler/profiler.ts';
import type { Attributes, MonitoringSource } from '../source.ts';
import type { ThresholdOptions } from '../tracking/thresholds.ts';

/** `parentbased` asks a request's own parent first, `ratio` never does. */
export const TRACE_SAMPLERS = ['parentbased', 'ratio'] as const;

export type TraceSampler = (typeof TRACE_SAMPLERS)[number];

/** True: our own spans of requests, statements and fetch, and a place for those of any instrumentation; `sdk`: OpenTelemetry's SDK for Node. */
export type TracesMode = boolean | 'sdk';

export interface AgentOptions {
  /** False: everything is there and does nothing. */
  readonly enabled?: boolean;
  /** Resource attribute `service.name`. */
  readonly service?: string;
  readonly serviceVersion?: string;
  /** Resource attribute `deployment.environment.name`. */
  readonly environment?: string;
  /** Further resource attributes. */
  readonly resource?: Attributes;
  /** Base address of an OTLP/HTTP back end; `/v1/metrics` and `/v1/logs` are added. */
  readonly endpoint?: string;
  /** Whole addresses, in place of `endpoint`. */
  readonly metricsEndpoint?: string;
  readonly logsEndpoint?: string;
  readonly tracesEndpoint?: string;
  /** Headers of every request to the back end. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly metricsHeaders?: Readonly<Record<string, string>>;
  readonly logsHeaders?: Readonly<Record<string, string>>;
  readonly tracesHeaders?: Readonly<Record<string, string>>;
  /** False: metrics are collected, for the page, thresholds and rules, and not sent. */
  readonly metrics?: boolean;
  readonly traces?: TracesMode;
  readonly traceSampler?: TraceSampler;
  /** Share of traces that are kept: 0 to 1. */
  readonly traceRatio?: number;
  /** Sends the log records of OpenTelemetry's logs API. */
  readonly logs?: boolean;
  /** Of a request to the back end. */
  readonly timeoutMs?: number;
  readonly compression?: 'gzip' | 'none';
  /** Points or log records of a request. */
  readonly batchSize?: number;
  /** Longest time that data wait for a request to be full. */
  readonly flushIntervalMs?: number;
  /** Requests that cannot be sent yet are kept up to this size, packed. */
  readonly bufferBytes?: number;
  /** Longest time that stopping, and with it the end of the application, waits for what is still to be sent. */
  readonly flushTimeoutMs?: number;
  /** Flush when the process is about to end by itself or by SIGTERM or SIGINT. */
  readonly flushOnExit?: boolean;
  readonly logLevel?: LogLevel;
  /** Utilisation in percent that counts as 70, and as 80: see the zones. */
  readonly cpuThreshold?: number;
  readonly memoryThreshold?: number;
  readonly redisMemoryThresholdMb?: number;
  readonly adaptiveIntervals?: boolean;
  readonly metricCompression?: boolean;
  /** Warnings and errors carry the vitals of their moment. */
  readonly insightCorrelation?: boolean;
  /** False: only sources of priority critical and high, no stacks, no statements. */
  readonly detailedMonitoring?: boolean;
  /** Serves the Prometheus page; not served unless given. */
  readonly prometheus?: { readonly host?: string; readonly port: number };
  readonly systemIntervalMs?: number;
  readonly processIntervalMs?: number;
  /** Longest time that a source's collect() may wait. */
  readonly collectTimeoutMs?: number;
  /** Rules run dry unless `dryRun` is false: see the optimizer. */
  readonly optimizer?: Pick<
    OptimizerOptions,
    'dryRun' | 'undoWorse' | 'windowMs' | 'deadlineMs' | 'historyLimit' | 'builtIn'
  >;
  /** Further sources from the first moment. */
  readonly sources?: readonly MonitoringSource[];
  /** Limits of the vitals that are told when they are crossed; false leaves one alone. */
  readonly thresholds?: ThresholdOptions;
  /** Buckets and the number of endpoints of the HTTP metrics. */
  readonly http?: HttpMonitorOptions;
  /** Limits of the database profiler. */
  readonly database?: Omit<DatabaseProfilerOptions, 'emit'>;
}
