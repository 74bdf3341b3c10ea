import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseScrapeSections } from './scrape.ts';

function sections(text: string) {
  const file: { global?: unknown; scrape_configs?: unknown } = parse(text);
  return parseScrapeSections(file.global, file.scrape_configs);
}

test('Prometheus’ own example file is accepted', () => {
  const { configs, problems } = sections(`
global:
  scrape_interval: 15s
  evaluation_interval: 15s
scrape_configs:
  - job_name: "prometheus"
    static_configs:
      - targets: ["localhost:9090"]
        labels:
          app: "prometheus"
`);
  assert.deepEqual(problems, []);
  const [job] = configs;
  assert.equal(job?.scrapeIntervalMs, 15_000);
  assert.equal(job?.scrapeTimeoutMs, 10_000);
  assert.equal(job?.metricsPath, '/metrics');
  assert.deepEqual(job?.staticConfigs, [
    { targets: ['localhost:9090'], labels: { app: 'prometheus' } },
  ]);
});

test('jobs take the defaults of global, and their own over them', () => {
  const { configs, problems } = sections(`
global: {scrape_interval: 30s, scrape_timeout: 5s, sample_limit: 7, body_size_limit: 10MB}
scrape_configs:
  - {job_name: a}
  - {job_name: b, scrape_interval: 2s, sample_limit: 0, body_size_limit: 1KiB}
`);
  assert.deepEqual(problems, []);
  const shown = configs.map((c) => [
    c.scrapeIntervalMs,
    c.scrapeTimeoutMs,
    c.sampleLimit,
    c.bodySizeLimitBytes,
  ]);
  assert.deepEqual(shown, [
    [30_000, 5000, 7, 10 * 1024 * 1024],
    [2000, 2000, 0, 1024],
  ]);
});

test('absent sections are no jobs', () => {
  assert.deepEqual(parseScrapeSections(undefined, undefined), { configs: [], problems: [] });
  assert.deepEqual(parseScrapeSections(null, null), { configs: [], problems: [] });
});

/** YAML in, one problem out. */
function refuses(text: string, path: string, message: RegExp): void {
  test(`refuses ${text}`, () => {
    const { configs, problems } = sections(text);
    assert.deepEqual(configs, []);
    assert.equal(problems[0]?.path, path);
    assert.match(problems[0]?.message ?? '', message);
  });
}

const job = (rest: string) => `scrape_configs: [{job_name: j, ${rest}}]`;
const at = (key: string) => `scrape_configs[0]${key}`;
refuses('scrape_configs: {a: b}', 'scrape_configs', /must be a list/);
refuses('scrape_configs: [{}]', at('.job_name'), /./);
refuses('scrape_configs: [{job_name: a}, {job_name: a}]', 'scrape_configs[1].job_name', /twice/);
refuses(
  'global: {scrape_intervall: 5s}',
  'global',
  /no key `scrape_intervall` here; allowed: scrape_interval/,
);
refuses(
  'global: {external_labels: {a: b}}',
  'global',
  /`external_labels` of Prometheus is not supported/,
);
refuses(
  job('kubernetes_sd_configs: []'),
  at(''),
  /`kubernetes_sd_configs` of Prometheus is not supported/,
);
refuses(
  job('proxy_url: x, oauth2: {}'),
  at(''),
  /`proxy_url`, `oauth2` of Prometheus is not supported/,
);
refuses(job('scrape_native_histograms: true'), at(''), /not supported here/);
refuses(job('scrape_interval: 15'), at('.scrape_interval'), /./);
refuses(job('scrape_interval: 5x'), at('.scrape_interval'), /"5x" is not a duration/);
refuses(job('scrape_interval: 0s'), at('.scrape_interval'), /above zero/);
refuses(job('scrape_interval: 5s, scrape_timeout: 6s'), at('.scrape_timeout'), /greater than/);
refuses(job('body_size_limit: 5XB'), at('.body_size_limit'), /not a size/);
refuses(job('scheme: ftp'), at('.scheme'), /./);
refuses(
  job('static_configs: [{targets: ["http://x/metrics"]}]'),
  at('.static_configs[0].targets[0]'),
  /not a valid host:port/,
);
refuses(job('static_configs: [{target: ["x"]}]'), at('.static_configs[0]'), /no key `target`/);
refuses(
  job('file_sd_configs: [{files: ["a/*/b.json"]}]'),
  at('.file_sd_configs[0].files[0]'),
  /last part only/,
);
refuses(
  job('file_sd_configs: [{files: [a.txt]}]'),
  at('.file_sd_configs[0].files[0]'),
  /must end with/,
);
refuses(job('basic_auth: {username: a}, authorization: {credentials: b}'), at(''), /only one/);
refuses(job('basic_auth: {password: a, password_file: b}'), at('.basic_auth.password'), /only one/);
refuses(
  job('authorization: {type: Basic, credentials: b}'),
  at('.authorization.type'),
  /use basic_auth/,
);
refuses(
  job('scrape_protocols: [PrometheusProto]'),
  at('.scrape_protocols[0]'),
  /"PrometheusProto" is not supported; allowed: OpenMetricsText1.0.0/,
);
refuses(
  job('metric_name_validation_scheme: legacy'),
  at('.metric_name_validation_scheme'),
  /only utf8/,
);
