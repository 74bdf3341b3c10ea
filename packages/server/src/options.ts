/** From the configuration to the options of the parts. */
import type { EmbeddedStoreOptions } from '@sightline/store';
import type { OtlpOptions } from '@sightline/wire';
import { retentionPolicy } from './config/retention.ts';
import type { Config } from './config/schema.ts';
import type { LokiLimits } from './http/loki/deps.ts';
import type { IntakeLimits } from './intake/limits.ts';
import type { DeltaLimits } from './intake/otlp/delta.ts';
import type { RedLimits } from './intake/red/red-metrics.ts';
import type { Log } from './log.ts';
import type { PoolLimits } from './queries/pool.ts';

export function storeOptions(
  config: Config,
  log: Log,
  onFatal: (error: Error) => void,
): EmbeddedStoreOptions {
  return {
    dir: config.data,
    durability: config.durability,
    syncMs: config.journal.sync_interval_ms,
    headRows: config.head.rows,
    headSegments: config.head.segments,
    flushMs: config.flush.interval_ms,
    flushMinRows: config.flush.min_rows,
    flushMaxMs: config.flush.max_interval_ms,
    maxTenants: config.max_tenants,
    maxSeriesPerTenant: config.limits.series_per_tenant,
    maxSeries: config.limits.series,
    retention: retentionPolicy(config.retention),
    sealAfterMs: config.flush.seal_after_ms,
    log: (level, message) => log[level](message),
    onFatal,
  };
}

export function intakeLimits(config: Config): Partial<IntakeLimits> {
  const { limits } = config;
  return {
    maxBodyBytes: limits.body_size_bytes,
    maxDecompressedBytes: limits.decompressed_body_size_bytes,
    maxLabels: limits.labels,
    maxLabelNameBytes: limits.label_name_bytes,
    maxLabelValueBytes: limits.label_value_bytes,
    maxPointsPerRequest: limits.points_per_request,
    maxFutureMs: limits.future_ms,
  };
}

export function redLimits({ traces }: Config): RedLimits {
  return {
    intervalMs: traces.metrics_interval_ms,
    maxOperations: traces.metrics_operations,
    maxEdges: traces.metrics_edges,
    maxPending: traces.metrics_pending,
    waitMs: traces.metrics_wait_ms,
  };
}

/** Share of the machine's memory (or the container's) past which queries are ended. */
const MAX_RESIDENT_SHARE = 0.8;

export function poolLimits(config: Config, machineMemoryBytes: number): PoolLimits {
  return {
    queue: config.query.queue,
    maxSamples: config.query.max_samples,
    maxSamplesRead: config.query.max_samples_read,
    maxBytes: config.query.max_bytes,
    maxResidentBytes: Math.floor(machineMemoryBytes * MAX_RESIDENT_SHARE),
  };
}

export function lokiLimits({ logs, query, retention }: Config): LokiLimits {
  return {
    timeoutMs: query.timeout_ms,
    maxEntries: logs.max_entries,
    maxSeries: logs.max_series,
    maxRangeMs: logs.max_range_ms,
    retentionMs: retentionPolicy(retention).logs.keepMs,
  };
}

export function otlpOptions(config: Config): OtlpOptions {
  const { otlp } = config;
  return {
    strategy: otlp.translation_strategy,
    promoteResourceAttributes: otlp.promote_resource_attributes,
    promoteAllResourceAttributes: otlp.promote_all_resource_attributes,
    ignoreResourceAttributes: otlp.ignore_resource_attributes,
    keepIdentifyingResourceAttributes: otlp.keep_identifying_resource_attributes,
    promoteScopeMetadata: otlp.promote_scope_metadata,
    labelNameUnderscoreSanitization: otlp.label_name_underscore_sanitization,
    labelNamePreserveMultipleUnderscores: otlp.label_name_preserve_multiple_underscores,
    lookbackMs: config.query.lookback_ms,
  };
}

export function deltaLimits(config: Config): DeltaLimits {
  const { delta_streams: maxStreams, delta_histogram_streams: maxHistogramStreams } = config.otlp;
  return { maxStreams, maxHistogramStreams };
}
