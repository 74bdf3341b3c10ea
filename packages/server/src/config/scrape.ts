/**
 * Prometheus' `global` and `scrape_configs` sections.
 *
 * Model: the two sections are parsed by zod schemas with Prometheus' own names, then each job is completed from `global` and from
 * Prometheus' defaults into a ScrapeConfig. What Prometheus knows and we do not is refused by name, so that a copied file never
 * silently does less than it says.
 */

import type { RelabelRule } from '../intake/scrape/relabel.ts';
import * as z from '../zod.ts';
import { relabelRules } from './relabel.ts';
import {
  describeIssue,
  duration,
  interval,
  labelMap,
  limit,
  scalar,
  section,
  size,
} from './scrape-values.ts';

export interface ScrapeConfig {
  jobName: string;
  scrapeIntervalMs: number;
  scrapeTimeoutMs: number;
  metricsPath: string;
  scheme: 'http' | 'https';
  params: Readonly<Record<string, readonly string[]>>;
  honorLabels: boolean;
  honorTimestamps: boolean;
  trackTimestampsStaleness: boolean;
  enableCompression: boolean;
  followRedirects: boolean;
  /** Format of answers whose Content-Type is missing or unknown; undefined: such an answer is an error. */
  fallbackFormat: 'text' | 'openmetrics' | undefined;
  /** Names of Prometheus' scrape protocols, the most wanted first. */
  scrapeProtocols: readonly ScrapeProtocol[];
  /** Limits, 0 for none. */
  bodySizeLimitBytes: number;
  sampleLimit: number;
  targetLimit: number;
  labelLimit: number;
  labelNameLengthLimit: number;
  labelValueLengthLimit: number;
  /** Dropped targets to keep for the API, 0 for all. */
  keepDroppedTargets: number;
  http: ScrapeHttp;
  staticConfigs: readonly TargetGroup[];
  fileSdConfigs: readonly FileDiscovery[];
  relabel: readonly RelabelRule[];
  metricRelabel: readonly RelabelRule[];
}

/** How the request is authenticated and encrypted. Paths of files are as written. */
interface ScrapeHttp {
  basicAuth: { username: Secret; password: Secret } | undefined;
  authorization: { type: string; credentials: Secret } | undefined;
  tls: TlsOptions;
}

/** A text, or the file that holds it. */
export interface Secret {
  text: string | undefined;
  file: string | undefined;
}

export interface TlsOptions {
  ca: Secret;
  cert: Secret;
  key: Secret;
  serverName: string | undefined;
  insecureSkipVerify: boolean;
  minVersion: string | undefined;
  maxVersion: string | undefined;
}

export interface TargetGroup {
  targets: readonly string[];
  labels: Readonly<Record<string, string>>;
}

interface FileDiscovery {
  files: readonly string[];
  refreshIntervalMs: number;
}

const PROTOCOLS = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const;
export type ScrapeProtocol = (typeof PROTOCOLS)[number];

const protocol = z.enum(PROTOCOLS, {
  error: (issue) =>
    `${JSON.stringify(issue.input)} is not supported; allowed: ${PROTOCOLS.join(', ')}`,
});
/** Labels of names in UTF-8 are taken as they are. */
const utf8 = z.literal('utf8', { error: 'only utf8 is supported' });
const allowUtf8 = z.literal('allow-utf-8', { error: 'only allow-utf-8 is supported' });

const limits = {
  body_size_limit: size.optional(),
  sample_limit: limit.optional(),
  target_limit: limit.optional(),
  label_limit: limit.optional(),
  label_name_length_limit: limit.optional(),
  label_value_length_limit: limit.optional(),
  keep_dropped_targets: limit.optional(),
  scrape_protocols: z.array(protocol).min(1).optional(),
  metric_name_validation_scheme: utf8.optional(),
  metric_name_escaping_scheme: allowUtf8.optional(),
};

/** Prometheus' native histograms come over protobuf, which is not read here. */
const NATIVE = [
  'scrape_native_histograms',
  'scrape_classic_histograms',
  'always_scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
];

const globalSchema = section(
  {
    scrape_interval: interval.optional(),
    scrape_timeout: interval.optional(),
    // For rules; accepted because every Prometheus file has it.
    evaluation_interval: duration.optional(),
    ...limits,
  },
  [
    ...NATIVE,
    'external_labels',
    'query_log_file',
    'scrape_failure_log_file',
    'rule_query_offset',
    'runtime',
    'extra_scrape_metrics',
  ],
);

/** Only ports are checked later: relabelling may still change an address. */
const address = z
  .string()
  .min(1)
  .refine((text) => !text.includes('/'), {
    error: (issue) => `"${issue.input}" is not a valid host:port: it must not contain "/"`,
  });

export const targetGroupSchema = section({
  targets: z.array(address).default([]),
  labels: labelMap.default({}),
});

const fileSchema = section({
  files: z
    .array(
      z.string().regex(/^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/, {
        error: (issue) =>
          `"${issue.input}" must end with .json, .yml or .yaml and may have * in its last part only`,
      }),
    )
    .min(1),
  refresh_interval: interval.default(300_000),
});

const basicAuthSchema = section({
  username: z.string().optional(),
  username_file: z.string().optional(),
  password: z.string().optional(),
  password_file: z.string().optional(),
});

const authorizationSchema = section({
  type: z.string().trim().min(1).default('Bearer'),
  credentials: z.string().optional(),
  credentials_file: z.string().optional(),
});

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const tlsSchema = section({
  ca: z.string().optional(),
  ca_file: z.string().optional(),
  cert: z.string().optional(),
  cert_file: z.string().optional(),
  key: z.string().optional(),
  key_file: z.string().optional(),
  server_name: z.string().optional(),
  insecure_skip_verify: z.boolean().default(false),
  min_version: z.enum(TLS_VERSIONS).optional(),
  max_version: z.enum(TLS_VERSIONS).optional(),
});

const scrapeConfigSchema = section(
  {
    job_name: z.string().min(1),
    scrape_interval: interval.optional(),
    scrape_timeout: interval.optional(),
    ...limits,
    fallback_scrape_protocol: protocol.optional(),
    metrics_path: z.string().default('/metrics'),
    scheme: z.enum(['http', 'https']).default('http'),
    params: z.record(z.string(), z.array(scalar)).default({}),
    honor_labels: z.boolean().default(false),
    honor_timestamps: z.boolean().default(true),
    track_timestamps_staleness: z.boolean().default(false),
    enable_compression: z.boolean().default(true),
    // We speak HTTP/1.1 to targets either way.
    enable_http2: z.boolean().optional(),
    follow_redirects: z.boolean().default(true),
    basic_auth: basicAuthSchema.optional(),
    authorization: authorizationSchema.optional(),
    tls_config: tlsSchema.optional(),
    static_configs: z.array(targetGroupSchema).default([]),
    file_sd_configs: z.array(fileSchema).default([]),
    relabel_configs: relabelRules.default([]),
    metric_relabel_configs: relabelRules.default([]),
  },
  [
    ...NATIVE,
    /_sd_configs$/,
    /^proxy_/,
    'no_proxy',
    'oauth2',
    'bearer_token',
    'bearer_token_file',
    'http_headers',
    'scrape_failure_log_file',
    'extra_scrape_metrics',
  ],
);

type Global = z.output<typeof globalSchema>;
type Job = z.output<typeof scrapeConfigSchema>;

/** One thing that is wrong, with its place within the file's sections. */
export interface ScrapeProblem {
  /** e.g. `scrape_configs[0].relabel_configs[1].regex` */
  path: string;
  /** The same, key by key. */
  keys: readonly (string | number)[];
  message: string;
}

const sectionsSchema = z.object({
  global: globalSchema.nullish(),
  scrape_configs: z.array(scrapeConfigSchema).nullish(),
});

/** Parses the two sections as they stand in the file; undefined or null where one is absent. */
export function parseScrapeSections(
  global: unknown,
  scrapeConfigs: unknown,
): { configs: ScrapeConfig[]; problems: ScrapeProblem[] } {
  const sections = { global, scrape_configs: scrapeConfigs };
  const parsed = sectionsSchema.safeParse(sections, { error: describeIssue });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => problemAt(path, message));
    return { configs: [], problems };
  }
  const problems: ScrapeProblem[] = [];
  const names = new Set<string>();
  const configs = (parsed.data.scrape_configs ?? []).map((job, i) => {
    const report = (key: string, message: string) => {
      const keys = key === '' ? [] : key.split('.');
      problems.push(problemAt(['scrape_configs', i, ...keys], message));
    };
    if (names.has(job.job_name)) report('job_name', `"${job.job_name}" is used twice`);
    names.add(job.job_name);
    return completed(job, parsed.data.global ?? {}, report);
  });
  return problems.length > 0 ? { configs: [], problems } : { configs, problems };
}

/** Prometheus' defaults of `global`. */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

type Report = (key: string, message: string) => void;

function completed(job: Job, global: Global, report: Report): ScrapeConfig {
  const scrapeIntervalMs = job.scrape_interval ?? global.scrape_interval ?? DEFAULT_INTERVAL_MS;
  const timeout = global.scrape_timeout ?? DEFAULT_TIMEOUT_MS;
  const scrapeTimeoutMs = job.scrape_timeout ?? Math.min(timeout, scrapeIntervalMs);
  if (scrapeTimeoutMs > scrapeIntervalMs) {
    report('scrape_timeout', 'is greater than the scrape interval');
  }
  return {
    jobName: job.job_name,
    scrapeIntervalMs,
    scrapeTimeoutMs,
    metricsPath: job.metrics_path,
    scheme: job.scheme,
    params: job.params,
    honorLabels: job.honor_labels,
    honorTimestamps: job.honor_timestamps,
    trackTimestampsStaleness: job.track_timestamps_staleness,
    enableCompression: job.enable_compression,
    followRedirects: job.follow_redirects,
    fallbackFormat: formatOf(job.fallback_scrape_protocol),
    scrapeProtocols: job.scrape_protocols ?? global.scrape_protocols ?? PROTOCOLS,
    bodySizeLimitBytes: job.body_size_limit ?? global.body_size_limit ?? 0,
    sampleLimit: job.sample_limit ?? global.sample_limit ?? 0,
    targetLimit: job.target_limit ?? global.target_limit ?? 0,
    labelLimit: job.label_limit ?? global.label_limit ?? 0,
    labelNameLengthLimit: job.label_name_length_limit ?? global.label_name_length_limit ?? 0,
    labelValueLengthLimit: job.label_value_length_limit ?? global.label_value_length_limit ?? 0,
    keepDroppedTargets: job.keep_dropped_targets ?? global.keep_dropped_targets ?? 0,
    http: httpOf(job, report),
    staticConfigs: job.static_configs,
    fileSdConfigs: job.file_sd_configs.map(({ files, refresh_interval }) => ({
      files,
      refreshIntervalMs: refresh_interval,
    })),
    relabel: job.relabel_configs,
    metricRelabel: job.metric_relabel_configs,
  };
}

function formatOf(name: ScrapeProtocol | undefined): 'text' | 'openmetrics' | undefined {
  if (name === undefined) return undefined;
  return name.startsWith('OpenMetrics') ? 'openmetrics' : 'text';
}

function httpOf(job: Job, report: Report): ScrapeHttp {
  const secret = (at: string, text: string | undefined, file: string | undefined): Secret => {
    if (text !== undefined && file !== undefined)
      report(at, `has ${at}_file as well: set only one`);
    return { text, file };
  };
  const { basic_auth: basic, authorization, tls_config: tls } = job;
  if (basic !== undefined && authorization !== undefined) {
    report('', 'has both basic_auth and authorization: set only one');
  }
  if (authorization?.type.toLowerCase() === 'basic') {
    report('authorization.type', 'must not be "basic": use basic_auth');
  }
  return {
    basicAuth:
      basic === undefined
        ? undefined
        : {
            username: secret('basic_auth.username', basic.username, basic.username_file),
            password: secret('basic_auth.password', basic.password, basic.password_file),
          },
    authorization:
      authorization === undefined
        ? undefined
        : {
            type: authorization.type,
            credentials: secret(
              'authorization.credentials',
              authorization.credentials,
              authorization.credentials_file,
            ),
          },
    tls: {
      ca: secret('tls_config.ca', tls?.ca, tls?.ca_file),
      cert: secret('tls_config.cert', tls?.cert, tls?.cert_file),
      key: secret('tls_config.key', tls?.key, tls?.key_file),
      serverName: tls?.server_name,
      insecureSkipVerify: tls?.insecure_skip_verify ?? false,
      minVersion: tls?.min_version,
      maxVersion: tls?.max_version,
    },
  };
}

export function problemAt(path: readonly PropertyKey[], message: string): ScrapeProblem {
  const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
  const text = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return { path: text.slice(1), keys, message };
}
