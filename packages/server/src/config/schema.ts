/**
 * Every setting of the process with its default and its meaning: the one source of the help, the documentation, the flags
 * (`--retention-metrics`), the variables (`SIGHTLINE_RETENTION_METRICS`) and the file (`retention.metrics`).
 *
 * Invariants: a key has at most two parts; a leaf is registered in `settingInfo`; a default that depends on the size of the
 * machine lists one value for each preset. The loader fills in defaults before it parses, so the schema itself has none.
 */
import { searchRemotes } from '../search/remotes.ts';
import * as z from '../zod.ts';
import { logSettings } from './log-settings.ts';
import { retentionSettings } from './retention.ts';
import {
  address,
  addressOrOff,
  bytes,
  filePart,
  flag,
  milliseconds,
  oneOf,
  optionalText,
  PRESET_NAMES,
  text,
  textList,
  wholeNumber,
} from './setting.ts';
import { traces } from './traces.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const limits = z.strictObject({
  body_size_bytes: bytes(1 * KIB, 1 * GIB, {
    description:
      'Largest request body as it arrives, before decompression. A larger one is answered with 413.',
    fallback: '32MiB',
    reloadable: false,
  }),
  decompressed_body_size_bytes: bytes(1 * KIB, 4 * GIB, {
    description:
      'Largest request body after decompression; checked before memory is taken, so that a compression bomb costs nothing.',
    fallback: '64MiB',
    reloadable: true,
  }),
  labels: wholeNumber(1, 1000, {
    description:
      'Most labels of one series. OpenTelemetry allows 128 attributes a point; name, job, instance and others come on top.',
    fallback: 160,
    reloadable: true,
  }),
  label_name_bytes: bytes(1, 64 * KIB, {
    description: 'Longest label name.',
    fallback: 1024,
    reloadable: true,
  }),
  label_value_bytes: bytes(1, 1 * MIB, {
    description: 'Longest label value.',
    fallback: '16KiB',
    reloadable: true,
  }),
  points_per_request: wholeNumber(1, 100_000_000, {
    description: 'Most samples of one request; a request with more is refused whole.',
    fallback: 500_000,
    reloadable: true,
  }),
  future_ms: milliseconds(0, 365 * DAY, {
    description: 'How far ahead of the clock a sample may lie; later ones are refused one by one.',
    fallback: '10m',
    reloadable: true,
  }),
  series: wholeNumber(1000, 1_000_000_000, {
    description:
      'Most series that all tenants together may have active; about 100 bytes of memory each.',
    fallback: { small: 1_000_000, medium: 3_000_000, large: 10_000_000 },
  }),
  series_per_tenant: wholeNumber(1, 1_000_000_000, {
    description:
      'Most series that a tenant may have active. Samples of further series are refused as `series_limit`; known series go on.',
    fallback: { small: 1_000_000, medium: 3_000_000, large: 10_000_000 },
  }),
  request_bytes: bytes(1 * MIB, 64 * GIB, {
    description:
      'Most bytes of all request bodies held at a time; beyond it requests are answered with 503 and Retry-After.',
    fallback: { small: '128MiB', medium: '256MiB', large: '1GiB' },
  }),
});

const query = z.strictObject({
  timeout_ms: milliseconds(1, 1 * DAY, {
    description:
      'Longest run of one query, waiting included. A request may ask for less, not for more.',
    fallback: '2m',
    reloadable: true,
  }),
  max_samples: wholeNumber(1, 100_000_000_000, {
    description: 'Most samples that one query may hold in memory at a time.',
    fallback: 50_000_000,
    reloadable: true,
  }),
  max_samples_read: wholeNumber(1, 1_000_000_000_000, {
    description: 'Most samples that one query may read from the store.',
    fallback: 1_000_000_000,
    reloadable: true,
  }),
  max_bytes: bytes(1 * MIB, 1024 * GIB, {
    description: 'Most memory that one query may hold in its buffers.',
    fallback: { small: '256MiB', medium: '512MiB', large: '2GiB' },
    reloadable: true,
  }),
  workers: wholeNumber(1, 64, {
    description:
      'Worker threads for queries, each runs one query at a time. A worker starts when it is needed and ends when it has been idle.',
    fallback: { small: 2, medium: 3, large: 8 },
  }),
  worker_heap_bytes: bytes(32 * MIB, 64 * GIB, {
    description:
      'JavaScript heap of one query worker; past it the query fails and the worker is replaced.',
    fallback: { small: '256MiB', medium: '512MiB', large: '1GiB' },
  }),
  worker_idle_ms: milliseconds(100, 1 * DAY, {
    description: 'A query worker without work for this long is ended and its memory given back.',
    fallback: '2m',
  }),
  worker_cache_bytes: bytes(1 * MIB, 64 * GIB, {
    description:
      'Decoded blocks and index segments that one query worker keeps for its next queries.',
    fallback: { small: '16MiB', medium: '32MiB', large: '128MiB' },
  }),
  worker_open_files: wholeNumber(1, 10_000, {
    description: 'Day files that one query worker keeps open.',
    fallback: { small: 32, medium: 64, large: 256 },
  }),
  queue: wholeNumber(0, 100_000, {
    description:
      'Most queries waiting for a worker; further ones are answered with 503 and Retry-After.',
    fallback: { small: 128, medium: 256, large: 1024 },
    reloadable: true,
  }),
  lookback_ms: milliseconds(1, 1 * DAY, {
    description: 'How far an instant selector looks back for the last sample of a series.',
    fallback: '5m',
    reloadable: true,
  }),
});

const search = z.strictObject({
  side_timeout_ms: milliseconds(10, 10 * MINUTE, {
    description:
      'How long one search waits for one signal of one server; what comes later is left out and named in a warning.',
    fallback: '10s',
    reloadable: true,
  }),
  remotes: filePart(
    searchRemotes,
    {
      description:
        'Further servers that `POST /api/v1/search` asks: a list of `{name, type, url, token, tenant}` with type `prometheus`, `loki` or `tempo`; token and tenant may be left out.',
      fallback: undefined,
      reloadable: true,
    },
    'a list of servers',
  ),
});

const log = z.strictObject({
  level: oneOf(['debug', 'info', 'warn', 'error'], {
    description: 'Least severe messages written to stderr.',
    fallback: 'info',
    reloadable: true,
  }),
});

const self = z.strictObject({
  enabled: flag({
    description: 'Record this machine and this process as metrics of the tenant `default`.',
    fallback: true,
  }),
  interval_ms: milliseconds(1 * SECOND, 1 * HOUR, {
    description: 'How often this machine and this process are recorded.',
    fallback: { small: '10s', medium: '10s', large: '5s' },
  }),
});

const head = z.strictObject({
  rows: wholeNumber(10_000, 100_000_000, {
    description:
      'Samples of one segment of the head: shared memory in which samples are visible at once, 16 bytes each, until they are flushed to day files.',
    fallback: { small: 786_432, medium: 2_097_152, large: 4_194_304 },
  }),
  segments: wholeNumber(2, 16, {
    description:
      'Segments of the head that take turns. When all are full, writes wait for a flush.',
    fallback: { small: 2, medium: 3, large: 3 },
  }),
});

const journal = z.strictObject({
  sync_interval_ms: milliseconds(100, 10 * MINUTE, {
    description:
      'How often the journal is forced to the disk under `durability: process`: the loss window of a power cut.',
    fallback: '5s',
  }),
});

const flush = z.strictObject({
  interval_ms: milliseconds(100, 1 * DAY, {
    description:
      'A segment of the head with at least `flush.min_rows` samples, log records and spans is flushed at this age.',
    fallback: '15s',
  }),
  min_rows: wholeNumber(1, 100_000_000, {
    description:
      'Fewest samples, log records and spans for which a flush at `flush.interval_ms` is worth its cost.',
    fallback: 65_536,
  }),
  max_interval_ms: milliseconds(100, 1 * DAY, {
    description: 'A segment of the head is flushed at this age however little it has.',
    fallback: '5m',
  }),
  seal_after_ms: milliseconds(1 * MINUTE, 30 * DAY, {
    description:
      'A day file is merged and closed for good this long after its day has ended; later samples of the day go to a further file.',
    fallback: '1h',
  }),
});

const otlp = z.strictObject({
  translation_strategy: oneOf(
    [
      'UnderscoreEscapingWithSuffixes',
      'NoUTF8EscapingWithSuffixes',
      'UnderscoreEscapingWithoutSuffixes',
      'NoTranslation',
    ],
    {
      description:
        'How OpenTelemetry metric and attribute names become Prometheus names, as Prometheus calls it.',
      fallback: 'UnderscoreEscapingWithSuffixes',
      reloadable: true,
    },
  ),
  promote_resource_attributes: textList({
    description: 'Resource attributes that become labels of every series of the resource.',
    fallback: [],
    reloadable: true,
  }),
  promote_all_resource_attributes: flag({
    description: 'Make every resource attribute a label of every series of the resource.',
    fallback: false,
    reloadable: true,
  }),
  ignore_resource_attributes: textList({
    description: 'Resource attributes that `otlp.promote_all_resource_attributes` leaves out.',
    fallback: [],
    reloadable: true,
  }),
  promote_scope_metadata: flag({
    description:
      'Add the name, version, schema URL and attributes of the instrumentation scope as otel_scope_* labels.',
    fallback: false,
    reloadable: true,
  }),
  keep_identifying_resource_attributes: flag({
    description:
      'Keep service.name, service.namespace and service.instance.id on target_info as well.',
    fallback: false,
    reloadable: true,
  }),
  label_name_underscore_sanitization: flag({
    description: 'Prefix label names that begin with one underscore with `key`.',
    fallback: true,
    reloadable: true,
  }),
  label_name_preserve_multiple_underscores: flag({
    description: 'Leave runs of underscores in label names as they are.',
    fallback: true,
    reloadable: true,
  }),
  delta_streams: wholeNumber(0, 100_000_000, {
    description:
      'Most series with delta temporality whose running sums are kept; further ones are refused. A bucket of a histogram is a series.',
    fallback: { small: 100_000, medium: 300_000, large: 1_000_000 },
  }),
  delta_histogram_streams: wholeNumber(0, 10_000_000, {
    description: 'Most exponential histograms with delta temporality whose running sums are kept.',
    fallback: { small: 5000, medium: 15_000, large: 50_000 },
  }),
});

export const configSchema = z.strictObject({
  http: address({
    description: 'Where the page, every API and OTLP over HTTP listen.',
    fallback: '127.0.0.1:4300',
  }),
  otlp_http: addressOrOff({
    description: 'A second listener for OTLP over HTTP at the default port of the SDKs.',
    fallback: '127.0.0.1:4318',
  }),
  otlp_grpc: addressOrOff({
    description: 'Where OTLP over gRPC listens.',
    fallback: '127.0.0.1:4317',
  }),
  data: text({ description: 'The data directory; created when missing.', fallback: './data' }),
  token: optionalText({
    description:
      'Secret that every request must carry: `Authorization: Bearer TOKEN`, or Basic with it as the password. Needed when an address is not loopback. Prefer the variable to the flag: flags are visible in the process list.',
    secret: true,
  }),
  allowed_hosts: textList({
    description:
      'Host names, besides localhost and IP addresses, under which a process without a token answers (protects from DNS rebinding). `*` allows all.',
    fallback: [],
    reloadable: true,
  }),
  durability: oneOf(['process', 'power'], {
    description:
      '`process`: what was acknowledged survives a kill of the process; a power cut may lose the last seconds. `power`: forced to the disk before the answer.',
    fallback: 'process',
  }),
  preset: oneOf(['auto', ...PRESET_NAMES], {
    description:
      'Defaults by the size of the machine. `auto`: small below 8 GB or 4 cores, large from 16 GB and 8 cores, medium otherwise; limits of the container count.',
    fallback: 'auto',
  }),
  max_tenants: wholeNumber(1, 100_000, {
    description: 'Most tenants. Writes for a further one are refused.',
    fallback: 1000,
  }),
  retention: retentionSettings,
  limits,
  query,
  logs: logSettings,
  head,
  journal,
  flush,
  otlp,
  self,
  traces,
  search,
  log,
  global: filePart(
    z.unknown().optional(),
    {
      description: 'Defaults of `scrape_configs`, as in Prometheus.',
      fallback: undefined,
      reloadable: true,
    },
    "Prometheus' `global` section",
  ),
  scrape_configs: filePart(
    z.unknown().optional(),
    { description: 'What to scrape, as in Prometheus.', fallback: undefined, reloadable: true },
    "Prometheus' `scrape_configs` section",
  ),
});

export type Config = z.output<typeof configSchema>;
