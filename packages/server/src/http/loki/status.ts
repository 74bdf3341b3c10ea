/** What Loki tells of itself; clients choose by it what to ask. */
import type { FastifyInstance } from 'fastify';
import { formatDurationMs } from '../../config/duration.ts';
import { JSON_TYPE } from '../../queries/answers.ts';
import type { LokiDeps } from './deps.ts';

/** The Loki whose API and LogQL this is. */
const COMPATIBLE_VERSION = '3.5.0';

export function registerLokiStatus(app: FastifyInstance, deps: LokiDeps): void {
  const get = (path: string, answer: () => object): void => {
    app.get(`/loki/api/v1/${path}`, (_request, reply) =>
      reply.type(JSON_TYPE).send(JSON.stringify(answer())),
    );
  };
  get('status/buildinfo', () => ({
    version: COMPATIBLE_VERSION,
    revision: `sightline-${deps.version}`,
    branch: 'HEAD',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  }));
  get('drilldown-limits', () => drilldownLimits(deps));
}

/** `name` of a field of the record, or of a JSON or logfmt line, that may hold its level (Loki's own list). */
const LEVEL_FIELDS = [
  ...['level', 'LEVEL', 'Level', 'severity', 'SEVERITY', 'Severity', 'lvl', 'LVL', 'Lvl'],
  ...['log.level', 'severity_text', 'Severity_Text', 'SEVERITY_TEXT', 'SeverityText'],
];

/** What Logs Drilldown asks before it draws. */
function drilldownLimits(deps: LokiDeps): object {
  const { maxEntries, maxSeries, maxRangeMs, timeoutMs, retentionMs } = deps.limits();
  const retention = Number.isFinite(retentionMs) ? formatDurationMs(retentionMs) : '0s';
  return {
    limits: {
      discover_log_levels: true,
      discover_service_name: ['service.name', 'service_name'],
      log_level_fields: LEVEL_FIELDS,
      max_entries_limit_per_query: maxEntries,
      max_line_size_truncate: false,
      max_query_bytes_read: '0B',
      max_query_length: formatDurationMs(maxRangeMs),
      max_query_lookback: '0s',
      max_query_range: '0s',
      max_query_series: maxSeries,
      metric_aggregation_enabled: false,
      pattern_persistence_enabled: false,
      query_timeout: formatDurationMs(timeoutMs),
      retention_period: retention,
      volume_enabled: true,
      volume_max_series: 1000,
    },
    pattern_ingester_enabled: deps.patterns !== undefined,
    version: COMPATIBLE_VERSION,
  };
}
