import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCommandLine } from './flags.ts';
import { settings } from './keys.ts';
import { type ConfigSources, loadConfig } from './load.ts';
import type { MachineSize } from './machine.ts';
import { ConfigError } from './problem.ts';

const SMALL: MachineSize = {
  memoryBytes: 4e9,
  cores: 2,
  memoryFrom: 'machine',
  coresFrom: 'machine',
};

function load(args: string, env: ConfigSources['env'] = {}, file?: string) {
  const line = parseCommandLine(args === '' ? [] : args.split(' '));
  assert.deepEqual(line.problems, []);
  return loadConfig({ flags: line.flags, env, file, machine: SMALL });
}

async function refusal(args: string, env: ConfigSources['env'] = {}, file?: string) {
  try {
    await load(args, env, file);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sightline-config-')), 's.yaml');
  writeFileSync(path, text);
  return path;
}

test('defaults stand without any source', async () => {
  const { config, preset } = await load('');
  assert.deepEqual(config.http, { host: '127.0.0.1', port: 4300 });
  assert.deepEqual(config.otlp_http, { host: '127.0.0.1', port: 4318 });
  assert.equal(config.retention.metrics, 7 * 86_400_000);
  assert.equal(config.query.timeout_ms, 120_000);
  assert.equal(config.token, undefined);
  assert.equal(preset.name, 'small');
  assert.equal(config.query.workers, 2);
});

test('every default is allowed under every preset', async () => {
  for (const preset of ['small', 'medium', 'large']) await load(`--preset ${preset}`);
});

test('flags win over variables, variables over the file, the file over defaults', async () => {
  const file = fileOf('retention:\n  metrics: 3d\n  logs: 3d\n  traces: 3d\n');
  const env = { SIGHTLINE_RETENTION_METRICS: '2d', SIGHTLINE_RETENTION_LOGS: '2d' };
  const { config, origins } = await load('--retention-metrics 1d', env, file);
  const day = 86_400_000;
  assert.deepEqual(config.retention, { metrics: day, logs: 2 * day, traces: 3 * day });
  assert.equal(origins.get('retention.metrics')?.place, 'flag --retention-metrics');
  assert.equal(origins.get('retention.logs')?.place, 'variable SIGHTLINE_RETENTION_LOGS');
  assert.equal(origins.get('retention.traces')?.place, `${file}:4`);
  assert.equal(origins.get('query.lookback_ms')?.source, 'default');
  assert.equal(origins.get('query.workers')?.place, 'preset small');
});

const accepted: [string, (c: Awaited<ReturnType<typeof load>>['config']) => unknown, unknown][] = [
  ['--retention-metrics forever', (c) => c.retention.metrics, Number.POSITIVE_INFINITY],
  ['--retention-metrics=1y', (c) => c.retention.metrics, 365 * 86_400_000],
  ['--http [::1]:9000', (c) => c.http, { host: '::1', port: 9000 }],
  ['--http localhost:0', (c) => c.http, { host: 'localhost', port: 0 }],
  ['--otlp-grpc off', (c) => c.otlp_grpc, null],
  ['--http 0.0.0.0:4300 --token t', (c) => c.token, 't'],
  ['--limits-body-size-bytes 1MiB', (c) => c.limits.body_size_bytes, 1 << 20],
  ['--query-timeout-ms 30s', (c) => c.query.timeout_ms, 30_000],
  ['--query-timeout-ms 30000', (c) => c.query.timeout_ms, 30_000],
  ['--query-max-samples 50e6', (c) => c.query.max_samples, 50_000_000],
  ['--no-self-enabled', (c) => c.self.enabled, false],
  ['--self-enabled=false', (c) => c.self.enabled, false],
  ['--self-enabled --data x', (c) => [c.self.enabled, c.data], [true, 'x']],
  [
    '--otlp-promote-resource-attributes a.b,c',
    (c) => c.otlp.promote_resource_attributes,
    ['a.b', 'c'],
  ],
];
for (const [args, read, want] of accepted) {
  test(`takes ${args}`, async () => assert.deepEqual(read((await load(args)).config), want));
}

const refused: [string, RegExp][] = [
  ['--retention-metrics soon', /^retention.metrics: "soon" is not allowed \(flag --retention-m/],
  ['--retention-metrics 5m', /allowed: a duration of at least 1h/],
  ['--http 4300', /http: "4300" is not allowed .*\n {2}allowed: HOST:PORT/],
  ['--http localhost:99999', /not allowed/],
  ['--http 0.0.0.0:4300', /http: 0.0.0.0 can be reached from other machines, so a token/],
  ['--otlp-grpc [::]:4317', /otlp_grpc: :: can be reached/],
  ['--durability none', /allowed: process, power/],
  ['--query-workers 0', /allowed: a whole number from 1 to 64/],
  ['--query-workers 1.5', /not allowed/],
  ['--query-workers=', /not allowed/],
  ['--limits-labels 1e99', /not allowed/],
];
for (const [args, want] of refused) {
  test(`refuses ${args}`, async () => assert.match(await refusal(args), want));
}

test('names the line of a wrong value and of an unknown key, all at once', async () => {
  const file = fileOf('http: 127.0.0.1:1\nretention:\n  metrcs: 7d\n  logs: x\nqeury: {}\n');
  const text = await refusal('', {}, file);
  assert.match(text, /retention\.metrcs: there is no such setting \(.*s\.yaml:3\)/);
  assert.match(text, /did you mean retention\.metrics\?/);
  assert.match(text, /retention\.logs: "x" is not allowed \(.*s\.yaml:4\)/);
  assert.match(text, /qeury: there is no such setting \(.*:5\)\n {2}did you mean query\?/);
});

test('names the line of a wrong scrape setting', async () => {
  const file = fileOf(
    'scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets: [x:1]\n  - job_name: b\n    scheme: ftp\n',
  );
  assert.match(await refusal('', {}, file), /^scrape_configs\[1\]\.scheme: .* \(.*s\.yaml:6\)/);
});

const wrongScraping: [string, string][] = [
  ['global: {scrape_interval: 5}', 'global.scrape_interval: 5 is not a duration such as 15s or 1m'],
  ['global: {scrape_interval: [1]}', 'global.scrape_interval: a list is not a duration such as'],
  ['global: {body_size_limit: {}}', 'global.body_size_limit: a mapping is not a size such as 10MB'],
  ['global: {sample_limit: -1}', 'global.sample_limit: must be at least 0, not -1'],
  ['scrape_configs: [{}]', 'scrape_configs[0].job_name: is missing; it must be a text'],
  ['scrape_configs: [{job_name: ""}]', 'scrape_configs[0].job_name: must not be empty'],
  [
    'scrape_configs: [{job_name: a, scheme: ftp}]',
    'scrape_configs[0].scheme: "ftp" is not allowed; allowed: http, https',
  ],
  [
    'scrape_configs: [{job_name: a, honor_labels: maybe}]',
    'scrape_configs[0].honor_labels: must be true or false, not "maybe"',
  ],
  [
    'scrape_configs: [{job_name: a, static_configs: [{labels: {a.b: [1]}}]}]',
    'scrape_configs[0].static_configs[0].labels.a.b: must be a text, not a list',
  ],
];
for (const [yaml, want] of wrongScraping) {
  test(`says what is allowed: ${yaml}`, async () => {
    const text = await refusal('', {}, fileOf(`# first line\n${yaml}\n`));
    assert.ok(text.startsWith(want), text);
    assert.match(text, /\(.*s\.yaml:2\)$/);
  });
}

test('files that jobs name must be there when they are asked for', async () => {
  const file = fileOf(
    'scrape_configs:\n  - job_name: a\n    tls_config:\n      key: k\n      ca_file: ca.pem\n      cert_file: s.yaml\n',
  );
  const sources = { flags: new Map(), env: {}, file, machine: SMALL };
  await loadConfig(sources);
  await assert.rejects(loadConfig({ ...sources, checkFiles: true }), {
    message: `scrape_configs[0].tls_config.ca_file: there is no file ${dirname(file)}/ca.pem (${file}:5)`,
  });
});

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const brokenFiles: [string, RegExp][] = [
  ['a: [', /not valid YAML/],
  ['- 1', /the file: must be a mapping/],
  ['retention: 7d', /retention: must be a mapping/],
  ['http: 127.0.0.1:1\nhttp: 127.0.0.1:2', /not valid YAML: Map keys must be unique/],
  [`a: ${nested(20_000)}`, /^the file: is nested deeper than 50 levels \(.*s\.yaml:1\)$/],
  [`http: ${nested(60)}`, /^http: is nested deeper than 50 levels \(.*s\.yaml:1\)$/],
  [
    `allowed_hosts:\n- &a [x,x,x,x,x,x,x,x]\n- &b [*a,*a,*a,*a,*a,*a]\n- &c [*b,*b,*b,*b,*b]\n- [*c,*c,*c]`,
    /^allowed_hosts: cannot be read: Excessive alias count.* \(.*s\.yaml:1\)$/,
  ],
];
for (const [text, want] of brokenFiles) {
  test(`refuses the file ${JSON.stringify(text.slice(0, 60))}`, async () =>
    assert.match(await refusal('', {}, fileOf(text)), want));
}

test('takes an empty file and keys without a value as defaults', async () => {
  await load('', {}, fileOf(''));
  await load('', {}, fileOf('http:\nretention:\n'));
});

test('refuses a file that is not there', async () => {
  assert.match(await refusal('', {}, '/nowhere/s.yaml'), /\/nowhere\/s\.yaml: cannot be read/);
});

test('refuses unknown variables but not those of a service of our name', async () => {
  const text = await refusal('', { SIGHTLINE_RETENTION_METRIC: '1d' });
  assert.match(
    text,
    /SIGHTLINE_RETENTION_METRIC: .*\n {2}did you mean SIGHTLINE_RETENTION_METRICS/,
  );
  assert.match(
    await refusal('', { SIGHTLINE_QUERY_WORKER: '1' }),
    /mean SIGHTLINE_QUERY_WORKERS\?$/,
  );
  assert.equal(
    await refusal('', { SIGHTLINE_BOGUS: '1' }),
    'SIGHTLINE_BOGUS: there is no such setting (environment)\n  allowed: the settings that `sightline --help` lists',
  );
  await load('', {
    SIGHTLINE_SERVICE_HOST: '10.0.0.1',
    SIGHTLINE_PORT_4300_TCP_ADDR: '10.0.0.1',
    SIGHTLINE_PORT: 'tcp://10.0.0.1:4300',
  });
});

test('never shows a secret', async () => {
  const env = { SIGHTLINE_TOKEN: ' ' };
  assert.match(await refusal('', env), /^token: the value is not allowed/);
});

test('says what is wrong with flags', () => {
  const problems = (args: string) =>
    parseCommandLine(args.split(' ')).problems.map(
      (p) => `${p.subject} ${p.message} ${p.suggestion}`,
    );
  assert.deepEqual(problems('--retention-metric 1d'), [
    '--retention-metric there is no such flag --retention-metrics',
  ]);
  assert.deepEqual(problems('--data --json'), ['--data needs a value undefined']);
  assert.deepEqual(problems('--data a --data b'), ['--data is given twice undefined']);
  assert.deepEqual(problems('-x'), ['-x there is no such flag undefined']);
});

test('flags and variables are unique', () => {
  assert.equal(new Set(settings.map((s) => s.flag)).size, settings.length);
  assert.equal(new Set(settings.map((s) => s.variable)).size, settings.length);
});

test('any text of a flag is taken or refused with an explanation', async () => {
  const names = settings.filter((s) => !s.fileOnly).map((s) => s.key);
  const pair = fc.tuple(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 30 }));
  await fc.assert(
    fc.asyncProperty(pair, async ([key, value]) => {
      try {
        await loadConfig({
          flags: new Map([[key, value]]),
          env: {},
          file: undefined,
          machine: SMALL,
        });
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        assert.ok(error.message.includes(key));
      }
    }),
    { numRuns: 300 },
  );
});
