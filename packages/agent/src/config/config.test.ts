import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { start } from '../start.ts';
import type { AgentOptions } from './options.ts';
import { ConfigError } from './parse.ts';
import { type Config, DEFAULT_ENDPOINT, NUMBERS, resolveConfig } from './resolve.ts';
import { VARIABLES } from './variables.ts';

const of = (env: Record<string, string>, options: AgentOptions = {}): Config =>
  resolveConfig(options, env);

test('without anything, defaults', () => {
  const config = of({});
  assert.deepEqual(config.warnings, []);
  assert.equal(config.enabled, true);
  assert.equal(config.urls.metrics.href, `${DEFAULT_ENDPOINT}/v1/metrics`);
  assert.equal(config.urls.logs.href, `${DEFAULT_ENDPOINT}/v1/logs`);
  assert.equal(config.batchSize, 250);
  assert.equal(config.flushIntervalMs, 15_000);
  assert.equal(config.cpuThreshold, 70);
  assert.equal(config.memoryThreshold, 80);
  assert.equal(config.redisMemoryBytes, 100e6);
  assert.match(String(config.resource['service.name']), /^unknown_service:/);
  assert.notEqual(config.resource['service.instance.id'], of({}).resource['service.instance.id']);
});

test('every variable has its effect', () => {
  const cases: [Record<string, string>, (config: Config) => unknown, unknown][] = [
    [{ OTEL_SDK_DISABLED: 'true' }, (c) => c.enabled, false],
    [{ OTEL_SDK_DISABLED: 'false' }, (c) => c.enabled, true],
    [{ ENABLE_PERFORMANCE_MONITORING: 'false' }, (c) => c.enabled, false],
    [{ OTEL_SERVICE_NAME: 'shop' }, (c) => c.resource['service.name'], 'shop'],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a, k=v%20w ,' },
      (c) => [c.resource['service.name'], c.resource.k],
      ['a', 'v w'],
    ],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' },
      (c) => c.resource['service.name'],
      'b',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x:1/otlp/' },
      (c) => c.urls.logs.href,
      'https://x:1/otlp/v1/logs',
    ],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://y/m',
      },
      (c) => [c.urls.metrics.href, c.urls.logs.href],
      ['http://y/m', 'http://x/v1/logs'],
    ],
    [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://y/l' }, (c) => c.urls.logs.href, 'http://y/l'],
    [
      {
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20x,A=1',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=2',
        OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'b=3',
      },
      (c) => [c.headers.metrics, c.headers.logs],
      [
        { authorization: 'Bearer x', a: '2' },
        { authorization: 'Bearer x', a: '1', b: '3' },
      ],
    ],
    [
      { OTEL_EXPORTER_PROMETHEUS_PORT: '9464', OTEL_EXPORTER_PROMETHEUS_HOST: '::1' },
      (c) => c.prometheus,
      { host: '::1', port: 9464 },
    ],
    [{ OTEL_METRICS_EXPORTER: 'none' }, (c) => c.metrics, false],
    [{ OTEL_METRICS_EXPORTER: 'otlp' }, (c) => c.metrics, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, (c) => c.traces, true],
    [{ OTEL_LOGS_EXPORTER: 'otlp' }, (c) => c.logs, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/t' }, (c) => c.urls.traces.href, 'http://t/t'],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=1' }, (c) => c.headers.traces, { a: '1' }],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      (c) => [c.sampler, c.traceRatio],
      ['ratio', 0.25],
    ],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '500' }, (c) => c.timeoutMs, 500],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'none' }, (c) => c.gzip, false],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, (c) => c.warnings, []],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '7000' }, (c) => c.flushIntervalMs, 7000],
    [
      { PERFORMANCE_FLUSH_INTERVAL: '2000', OTEL_METRIC_EXPORT_INTERVAL: '7000' },
      (c) => c.flushIntervalMs,
      2000,
    ],
    [{ PERFORMANCE_BATCH_SIZE: '10' }, (c) => c.batchSize, 10],
    [{ PERFORMANCE_LOG_LEVEL: 'DEBUG' }, (c) => c.logLevel, 'debug'],
    [{ PERFORMANCE_CPU_THRESHOLD: '50' }, (c) => c.cpuThreshold, 50],
    [{ PERFORMANCE_MEMORY_THRESHOLD: '60' }, (c) => c.memoryThreshold, 60],
    [{ PERFORMANCE_REDIS_MEMORY_THRESHOLD: '5' }, (c) => c.redisMemoryBytes, 5e6],
    [{ ENABLE_ADAPTIVE_INTERVALS: 'false' }, (c) => c.adaptiveIntervals, false],
    [{ ENABLE_INSIGHT_CORRELATION: 'no' }, (c) => c.insightCorrelation, false],
    [{ ENABLE_METRIC_COMPRESSION: '0' }, (c) => c.metricCompression, false],
    [{ DISABLE_DETAILED_MONITORING: 'true' }, (c) => c.detailedMonitoring, false],
  ];
  for (const [env, read, want] of cases) {
    const config = of(env);
    assert.deepEqual(read(config), want, JSON.stringify(env));
    assert.deepEqual(config.warnings, []);
  }
  const seen = new Set(cases.flatMap(([env]) => Object.keys(env)));
  assert.deepEqual(
    VARIABLES.map(({ name }) => name).filter((name) => !seen.has(name)),
    [],
  );
});

test('a bad variable is a warning that names it, and the default holds', () => {
  const cases: [string, string, RegExp][] = [
    ['PERFORMANCE_BATCH_SIZE', 'many', /^PERFORMANCE_BATCH_SIZE=many must be a whole number/],
    ['PERFORMANCE_BATCH_SIZE', '0', /from 1 to 10000/],
    ['PERFORMANCE_BATCH_SIZE', '2.5', /whole number/],
    ['PERFORMANCE_CPU_THRESHOLD', '120', /from 1 to 100/],
    ['ENABLE_METRIC_COMPRESSION', 'maybe', /must be true or false/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', /must begin with http/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', '4318', /must be an address/],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken/],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', /must be gzip, none/],
    ['OTEL_METRICS_EXPORTER', 'prometheus', /is neither otlp nor none/],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/ca.pem', /CERTIFICATE is not used: .*NODE_EXTRA_CA_CERTS/],
    ['OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY', '/key', /LOGS_CLIENT_KEY is not used: the agent/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no-value', /must be a list/],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', /percent sign/],
    ['PERFORMANCE_LOG_LEVEL', 'loud', /must be off, error/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=secret', /^OTEL_EXPORTER_OTLP_HEADERS has a b, which/],
  ];
  const { warnings: none, ...defaults } = of({}, { resource: { 'service.instance.id': 'x' } });
  assert.deepEqual(none, []);
  for (const [name, value, want] of cases) {
    const { warnings, ...config } = of(
      { [name]: value },
      { resource: { 'service.instance.id': 'x' } },
    );
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', want);
    assert.deepEqual(config, defaults);
  }
  assert.deepEqual(of({ PERFORMANCE_BATCH_SIZE: ' ' }).warnings, []);
});

test('options win over variables', () => {
  const env = {
    OTEL_SERVICE_NAME: 'env',
    OTEL_RESOURCE_ATTRIBUTES: 'a=env,b=env',
    PERFORMANCE_BATCH_SIZE: '7',
    ENABLE_PERFORMANCE_MONITORING: 'false',
    OTEL_EXPORTER_OTLP_HEADERS: 'x=env',
  };
  const config = of(env, {
    service: 'code',
    batchSize: 8,
    enabled: true,
    resource: { a: 'code' },
    headers: { x: 'code' },
    prometheus: { port: 9464 },
  });
  assert.equal(config.resource['service.name'], 'code');
  assert.deepEqual([config.resource.a, config.resource.b], ['code', 'env']);
  assert.equal(config.batchSize, 8);
  assert.equal(config.enabled, true);
  assert.deepEqual(config.headers.logs, { x: 'code' });
  assert.deepEqual(config.prometheus, { host: '127.0.0.1', port: 9464 });
});

test('a bad option is an error that names it', () => {
  const cases: [object, RegExp][] = [
    [{ batchSize: 0 }, /option batchSize must be a number from 1 to 10000/],
    [{ batchSize: '5' }, /option batchSize/],
    [{ enabled: 'yes' }, /option enabled must be true or false/],
    [{ endpoint: 'x' }, /option endpoint must be an address/],
    [{ logsEndpoint: 'ftp://x' }, /option logsEndpoint must begin with http/],
    [{ compression: 'br' }, /option compression/],
    [{ logLevel: 'loud' }, /option logLevel/],
    [{ headers: { 'a b': 'x' } }, /option headers: a b cannot be a header/],
    [{ headers: { a: 'x\ny' } }, /option headers/],
    [{ prometheus: { port: 70_000 } }, /option prometheus.port/],
    [{ prometheus: 9464 }, /option prometheus must be an object with any of host, port, not 9464/],
    [{ service: 5 }, /option service must be a text, not 5/],
    [{ resource: { team: {} } }, /option resource.team must be a text, a number, .* not an object/],
    [{ headers: { a: undefined } }, /option headers.a must be a text, not undefined/],
    [{ sources: 5 }, /option sources must be a list of sources, not 5/],
    [{ sources: [null] }, /option sources\[0\]: a source is an object/],
    [{ sources: [{ id: 'a' }] }, /option sources\[0\]: source a: collect is not a function/],
    [{ thresholds: 80 }, /option thresholds must be an object with any of cpuPct, memoryPct/],
    [{ thresholds: { nosuch: 1 } }, /^there is no option thresholds.nosuch$/],
    [{ thresholds: { cpu: 1 } }, /no option thresholds.cpu; is thresholds.cpuPct meant\?$/],
    [{ thresholds: { cpuPct: 0 } }, /option thresholds.cpuPct must be a number above 0, or false/],
    [{ database: { slowQueryMs: 'x' } }, /option database.slowQueryMs must be .*, not a text/],
    [{ optimizer: { dryRun: 'no' } }, /option optimizer.dryRun must be true or false, not a text/],
    [{ http: { buckets: [1, 1] } }, /option http.buckets must be a list of ascending numbers/],
    [{ http: { buckets: 'x' } }, /option http.buckets/],
    [{ http: null }, /option http must be an object .* not null/],
    [{ servcie: 'shop' }, /^there is no option servcie; is service meant\?$/],
    [{ serviceName: 'shop' }, /; is service meant\?$/],
    [{ FlushIntervalMS: 1 }, /; is flushIntervalMs meant\?$/],
    [{ nonsense: 1 }, /^there is no option nonsense$/],
    [{ ['__proto__']: 1 }, /^there is no option __proto__$/],
    [{ constructor: 1 }, /^there is no option constructor$/],
  ];
  for (const [options, want] of cases) {
    assert.throws(
      () => of({}, options),
      (error) => error instanceof ConfigError && want.test(error.message),
      want.source,
    );
  }
  assert.deepEqual(of({}, { resource: { a: 1 } }).resource.a, 1);
});

test('options that are no object are refused by name', async () => {
  for (const options of [5, null, 'shop', []]) {
    const started: unknown = Reflect.apply(start, undefined, [options]);
    await assert.rejects(Promise.resolve(started), {
      message: /^options must be an object such as/,
    });
  }
});

test('register tells what it cannot use, and the application runs', async () => {
  const register = new URL('../register.ts', import.meta.url).href;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'x',
    OTEL_EXPORTER_OTLP_HEADERS: 'a b=secret',
    OTEL_TRACES_SAMPLER: 'x',
    PERFORMANCE_BATCH_SIZE: '-1',
    OTEL_EXPORTER_PROMETHEUS_PORT: '99999',
  };
  const args = ['--conditions=development', '--import', register, '--eval', 'console.log("runs")'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, PERFORMANCE_LOG_LEVEL: 'warn', ...env, OTEL_SDK_DISABLED: 'true' },
  });
  assert.equal(stdout, 'runs\n');
  for (const name of Object.keys(env)) assert.ok(stderr.includes(name), name);
  assert.ok(!stderr.includes('secret'));
});

test('docs/agent.md has every variable, every option and the defaults', () => {
  const page = readFileSync(new URL('../../../../docs/agent.md', import.meta.url), 'utf8');
  for (const { name, option, meaning, standard } of VARIABLES) {
    assert.ok(
      page.includes(`| \`${name}\` | \`${option}\` | ${meaning} | ${standard} |`),
      `docs/agent.md: | \`${name}\` | \`${option}\` | ${meaning} | ${standard} |`,
    );
  }
  const optionsTable = page.slice(page.indexOf('## Options'), page.indexOf('## Environment'));
  const source = readFileSync(new URL('./options.ts', import.meta.url), 'utf8');
  const options = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name ?? '');
  assert.ok(options.length > 25);
  const rows = new Map(
    [...optionsTable.matchAll(/^\| `(\w+)` \|([^|]*)\|([^|]*)\|$/gm)].map(
      ([, name, , standard]) => [name, standard?.trim()],
    ),
  );
  for (const name of options) assert.ok(rows.has(name), `docs/agent.md has no option ${name}`);
  for (const name of rows.keys())
    assert.ok(options.includes(name ?? ''), `there is no option ${name}`);
  for (const [name, [, , standard]] of Object.entries(NUMBERS)) {
    assert.equal(rows.get(name), `\`${standard}\``, `default of ${name}`);
  }
});
