/** `GET /api/v1/status/intake` and `/api/v1/status/system`: what the page's overview asks for. */
import type { RetentionReport, Store } from '@sightline/store';
import type { IntakeSnapshot } from '../../intake/counters.ts';
import type { QueryPool } from '../../queries/pool.ts';
import * as z from '../../zod.ts';
import type { ApiRoutes } from '../openapi.ts';

const count = z.int().nonnegative();
const unixMs = z.int();

export const intakeStatus = z.object({
  protocols: z.array(
    z.object({
      protocol: z
        .string()
        .describe('remote_write, otlp_http, otlp_grpc, import, scrape, loki, logs, zipkin or self'),
      requests: count,
      points_accepted: count,
      points_rejected: count,
      points_repeated: count.describe('Points of requests that had been stored already'),
      records_accepted: count.describe('Log records'),
      records_rejected: count,
      records_repeated: count,
      spans_accepted: count,
      spans_rejected: count,
      spans_repeated: count,
      bytes: count.describe('Bodies as they arrived'),
      failed_requests: count.describe('Requests refused or failed as a whole'),
      last_failure: z.string(),
      last_received_ms: unixMs.nullable(),
    }),
  ),
  rejections: z.array(
    z.object({
      protocol: z.string(),
      item: z.enum(['points', 'records', 'spans']),
      reason: z.string(),
      points: count.describe('How many points, log records or spans: see item'),
      last_message: z.string(),
      last_ms: unixMs,
    }),
  ),
  first_external_sample_ms: unixMs
    .nullable()
    .describe('When the first point, record or span came from outside'),
});

export const systemStatus = z.object({
  version: z.string(),
  started_ms: unixMs,
  uptime_s: z.number(),
  preset: z.object({
    name: z.enum(['small', 'medium', 'large']),
    reason: z.string(),
    memory_bytes: z.number(),
    cores: z.number(),
  }),
  data_dir: z.string(),
  durability: z.enum(['process', 'power']),
  listeners: z.array(
    z.object({
      name: z.enum(['http', 'otlp_http', 'otlp_grpc']),
      url: z.string(),
      state: z.enum(['listening', 'off', 'failed']),
      detail: z.string().describe('Why it is not listening'),
    }),
  ),
  token_required: z.boolean().describe('Whether requests must carry the token'),
  tenants: count,
  retention: z.object({
    metrics: z.string().describe('A duration such as 7d, or forever'),
    logs: z.string().describe('Everything first, then the rules by which some is kept for longer'),
    traces: z.string(),
  }),
  retention_rules: z.array(
    z.object({
      signal: z.enum(['metrics', 'logs', 'traces']),
      rule: z.string().describe('Empty for the one about everything'),
      keep_s: z.number().nullable().describe('null for ever'),
      files: count,
      bytes: count.describe('What the rule keeps now'),
      deleted_bytes: count.describe('What has ended by this rule since the directory was made'),
    }),
  ),
  store: z.record(z.string(), z.number()).describe('Counters and gauges of the store'),
  ready: z.boolean(),
  not_ready_reason: z.string(),
  queries: z.object({
    running: count,
    queued: count,
    workers: count,
    answered: count,
    refused: count,
    cancelled: count,
    timed_out: count,
    died: count,
  }),
});

export type ListenerStatus = z.output<typeof systemStatus>['listeners'][number];

export interface StatusDeps {
  version: string;
  startedMs: number;
  preset: {
    name: 'small' | 'medium' | 'large';
    reason: string;
    memoryBytes: number;
    cores: number;
  };
  dataDir: string;
  durability: 'process' | 'power';
  listeners(): ListenerStatus[];
  tokenRequired: boolean;
  retention(): { metrics: string; logs: string; traces: string };
  retentionRules(): RetentionReport[];
  store: Pick<Store, 'stats' | 'tenants' | 'readiness'>;
  intake(): IntakeSnapshot;
  queries: Pick<QueryPool, 'stats'>;
  /** Unix ms. */
  now(): number;
}

export function registerStatusRoutes(routes: ApiRoutes, deps: StatusDeps): void {
  routes.get(
    {
      path: '/api/v1/status/intake',
      operation: 'getIntakeStatus',
      summary: 'What has been taken in and what was refused, since the process began',
      answer: intakeStatus,
    },
    () => intakeOf(deps.intake()),
  );
  routes.get(
    {
      path: '/api/v1/status/system',
      operation: 'getSystemStatus',
      summary: 'The process, its settings, its listeners, its store and its queries',
      answer: systemStatus,
    },
    () => systemOf(deps),
  );
}

function intakeOf(snapshot: IntakeSnapshot): z.input<typeof intakeStatus> {
  return {
    protocols: snapshot.protocols.map((one) => ({
      protocol: one.protocol,
      requests: one.requests,
      points_accepted: one.points.accepted,
      points_rejected: one.points.rejected,
      points_repeated: one.points.repeated,
      records_accepted: one.records.accepted,
      records_rejected: one.records.rejected,
      records_repeated: one.records.repeated,
      spans_accepted: one.spans.accepted,
      spans_rejected: one.spans.rejected,
      spans_repeated: one.spans.repeated,
      bytes: one.bytes,
      failed_requests: one.failedRequests,
      last_failure: one.lastFailure,
      last_received_ms: one.lastReceivedMs,
    })),
    rejections: snapshot.rejections.map((one) => ({
      protocol: one.protocol,
      item: one.item,
      reason: one.reason,
      points: one.count,
      last_message: one.lastMessage,
      last_ms: one.lastMs,
    })),
    first_external_sample_ms: snapshot.firstExternalSampleMs,
  };
}

function systemOf(deps: StatusDeps): z.input<typeof systemStatus> {
  const { ready, reason } = deps.store.readiness();
  const { timedOut, ...queries } = deps.queries.stats();
  return {
    version: deps.version,
    started_ms: deps.startedMs,
    uptime_s: (deps.now() - deps.startedMs) / 1000,
    preset: {
      name: deps.preset.name,
      reason: deps.preset.reason,
      memory_bytes: deps.preset.memoryBytes,
      cores: deps.preset.cores,
    },
    data_dir: deps.dataDir,
    durability: deps.durability,
    listeners: deps.listeners(),
    token_required: deps.tokenRequired,
    tenants: deps.store.tenants().length,
    retention: deps.retention(),
    retention_rules: deps.retentionRules().map(ruleOf),
    store: snakeCased(deps.store.stats()),
    ready,
    not_ready_reason: reason,
    queries: { ...queries, timed_out: timedOut },
  };
}

function ruleOf({ signal, name, keepMs, files, bytes, deletedBytes }: RetentionReport) {
  return {
    signal: signal === 'spans' ? ('traces' as const) : signal,
    rule: name,
    keep_s: Number.isFinite(keepMs) ? keepMs / 1000 : null,
    files,
    bytes,
    deleted_bytes: deletedBytes,
  };
}

/** `headRows` -> `head_rows`. */
function snakeCased(numbers: object): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value !== 'number') continue;
    result[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  return result;
}
