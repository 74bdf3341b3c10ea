/**
 * Options given in code, the environment and defaults to the configuration.
 *
 * A variable that cannot be used is a warning that names it, and the default holds: an application must not fail because of its
 * environment. An option that cannot be used is a mistake in the program and throws a ConfigError that names it.
 */
import { randomUUID } from 'node:crypto';
import { arch, hostname } from 'node:os';
import { basename } from 'node:path';
import type { Signal } from '../export/buffer.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import type { Attributes, AttributeValue } from '../source.ts';
import { checkOptions } from './check-options.ts';
import {
  type AgentOptions,
  TRACE_SAMPLERS,
  type TraceSampler,
  type TracesMode,
} from './options.ts';
import { ConfigError, isHeader, urlOf } from './parse.ts';
import { DAY_MS, type Draft, UNUSED_VARIABLES, VARIABLES } from './variables.ts';

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318';

export interface Config {
  readonly enabled: boolean;
  readonly resource: Attributes;
  readonly urls: Readonly<Record<Signal, URL>>;
  readonly headers: Readonly<Record<Signal, Readonly<Record<string, string>>>>;
  /** Metrics are sent. */
  readonly metrics: boolean;
  readonly traces: TracesMode;
  readonly sampler: TraceSampler;
  readonly traceRatio: number;
  /** Log records of OpenTelemetry's logs API are taken. */
  readonly logs: boolean;
  readonly timeoutMs: number;
  readonly gzip: boolean;
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  readonly bufferBytes: number;
  readonly flushTimeoutMs: number;
  readonly flushOnExit: boolean;
  readonly logLevel: LogLevel;
  readonly cpuThreshold: number;
  readonly memoryThreshold: number;
  readonly redisMemoryBytes: number;
  readonly adaptiveIntervals: boolean;
  readonly metricCompression: boolean;
  readonly insightCorrelation: boolean;
  readonly detailedMonitoring: boolean;
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
  readonly systemIntervalMs: number;
  readonly processIntervalMs: number;
  readonly collectTimeoutMs: number;
  /** What is wrong in the environment. */
  readonly warnings: readonly string[];
}

/** Numbers: option, least, most, default. docs/agent.md has the defaults. */
export const NUMBERS = {
  traceRatio: [0, 1, 1],
  timeoutMs: [1, DAY_MS, 10_000],
  batchSize: [1, 10_000, 250],
  flushIntervalMs: [100, DAY_MS, 15_000],
  bufferBytes: [65_536, 2 ** 30, 8 * 2 ** 20],
  flushTimeoutMs: [0, 60_000, 3000],
  cpuThreshold: [1, 100, 70],
  memoryThreshold: [1, 100, 80],
  redisMemoryThresholdMb: [1, 1e9, 100],
  systemIntervalMs: [100, DAY_MS, 30_000],
  processIntervalMs: [100, DAY_MS, 30_000],
  collectTimeoutMs: [10, 600_000, 10_000],
} as const;

/** Throws a ConfigError for an option that cannot be used. */
export function resolveConfig(options: AgentOptions, env: NodeJS.ProcessEnv): Config {
  checkOptions(options);
  const { draft: fromEnv, warnings } = readEnvironment(env);
  const given: Draft = { ...fromEnv };
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined) Object.assign(given, { [key]: value });
  }
  const number = (name: keyof typeof NUMBERS): number => {
    const [least, most, standard] = NUMBERS[name];
    const value: unknown = given[name] ?? standard;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw new ConfigError(`option ${name} must be a number from ${least} to ${most}`);
  };
  const flag = (name: keyof Draft, standard: boolean): boolean => {
    const value: unknown = given[name] ?? standard;
    if (typeof value === 'boolean') return value;
    throw new ConfigError(`option ${name} must be true or false`);
  };
  const compression = given.compression ?? 'gzip';
  if (compression !== 'gzip' && compression !== 'none') {
    throw new ConfigError('option compression must be gzip or none');
  }
  const logLevel = given.logLevel ?? 'warn';
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new ConfigError(`option logLevel must be ${LOG_LEVELS.join(', ')}`);
  }
  return {
    enabled: flag('enabled', true),
    resource: resourceOf(given, fromEnv.resource ?? {}),
    urls: {
      metrics: endpointOf(given, 'metrics'),
      logs: endpointOf(given, 'logs'),
      traces: endpointOf(given, 'traces'),
    },
    headers: {
      metrics: headersOf(given.headers, given.metricsHeaders),
      logs: headersOf(given.headers, given.logsHeaders),
      traces: headersOf(given.headers, given.tracesHeaders),
    },
    metrics: flag('metrics', true),
    traces: oneOfOption('traces', given.traces ?? false, [true, false, 'sdk']),
    sampler: oneOfOption('traceSampler', given.traceSampler ?? 'parentbased', TRACE_SAMPLERS),
    traceRatio: number('traceRatio'),
    logs: flag('logs', false),
    timeoutMs: number('timeoutMs'),
    gzip: compression === 'gzip',
    batchSize: number('batchSize'),
    flushIntervalMs: number('flushIntervalMs'),
    bufferBytes: number('bufferBytes'),
    flushTimeoutMs: number('flushTimeoutMs'),
    flushOnExit: flag('flushOnExit', true),
    logLevel,
    cpuThreshold: number('cpuThreshold'),
    memoryThreshold: number('memoryThreshold'),
    redisMemoryBytes: number('redisMemoryThresholdMb') * 1e6,
    adaptiveIntervals: flag('adaptiveIntervals', true),
    metricCompression: flag('metricCompression', true),
    insightCorrelation: flag('insightCorrelation', true),
    detailedMonitoring: flag('detailedMonitoring', true),
    prometheus: prometheusOf(given.prometheus),
    systemIntervalMs: number('systemIntervalMs'),
    processIntervalMs: number('processIntervalMs'),
    collectTimeoutMs: number('collectTimeoutMs'),
    warnings,
  };
}

function oneOfOption<Value>(name: string, value: Value, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value;
  throw new ConfigError(`option ${name} must be ${allowed.map(String).join(', ')}`);
}

/** As OpenTelemetry has it, an empty variable is as none. */
function readEnvironment(env: NodeJS.ProcessEnv): { draft: Draft; warnings: string[] } {
  const draft: Draft = {};
  const warnings: string[] = [];
  for (const { name, apply } of VARIABLES) {
    const text = env[name];
    if (text === undefined || text.trim() === '') continue;
    try {
      apply(draft, text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // Headers are where secrets are.
      const shown = name.endsWith('_HEADERS') ? name : `${name}=${text.slice(0, 60)}`;
      warnings.push(`${shown} ${error.message}; it is left out of account`);
    }
  }
  for (const [name, advice] of UNUSED_VARIABLES) {
    if ((env[name] ?? '').trim() !== '') warnings.push(`${name} is not used: ${advice}`);
  }
  return { draft, warnings };
}

function endpointOf(given: Draft, signal: Signal): URL {
  const own = given[`${signal}Endpoint`];
  const base = given.endpoint ?? DEFAULT_ENDPOINT;
  const name = own === undefined ? 'endpoint' : `${signal}Endpoint`;
  try {
    const url = new URL(urlOf(own ?? base));
    if (own === undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
    return url;
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`option ${name} ${error.message}`);
    throw error;
  }
}

function headersOf(
  ...lists: readonly (Readonly<Record<string, string>> | undefined)[]
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const list of lists) {
    for (const [name, value] of Object.entries(list ?? {})) {
      if (!isHeader(name, value)) {
        throw new ConfigError(`option headers: ${name} cannot be a header`);
      }
      headers[name.toLowerCase()] = value;
    }
  }
  return headers;
}

function prometheusOf(given: AgentOptions['prometheus']): Config['prometheus'] {
  if (given === undefined) return undefined;
  const { host = '127.0.0.1', port } = given;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError('option prometheus.port must be a port from 0 to 65535');
  }
  return { host, port };
}

/** Those given in code win over those of the environment, OTEL_SERVICE_NAME over `service.name` in OTEL_RESOURCE_ATTRIBUTES. */
function resourceOf(given: Draft, fromEnv: Attributes): Attributes {
  const told: Record<string, AttributeValue> = { ...fromEnv };
  for (const [key, value] of Object.entries(given.resource ?? {})) {
    if (value !== undefined) told[key] = value;
  }
  if (given.service !== undefined) told['service.name'] = given.service;
  if (given.serviceVersion !== undefined) told['service.version'] = given.serviceVersion;
  if (given.environment !== undefined) told['deployment.environment.name'] = given.environment;
  return {
    'service.name': `unknown_service:${basename(process.argv[1] ?? 'node')}`,
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'host.arch': arch(),
    'os.type': process.platform,
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'sightline',
    'telemetry.sdk.language': 'nodejs',
    ...told,
  };
}
