import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type LokiServer, startLoki } from './test-loki.ts';

const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const at = (seconds: number): number => NOW - 60_000 + seconds * 1000;
const ns = (seconds: number): string => `${at(seconds)}000000`;
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let loki: LokiServer;
before(async () => {
  loki = await startLoki();
  await loki.push({ service_name: 'shop', env: 'prod' }, [
    [at(1), 'level=info msg="user 12 paid" dur=15ms', { trace_id: TRACE, user: 'a' }],
    [at(2), 'level=error msg="user 13 failed" dur=25ms size=1KB'],
    [at(3), 'level=info msg="user 14 paid" dur=35ms', { user: 'b' }],
  ]);
  await loki.push({ app: 'web', pod: 'p-1' }, [
    [at(1), '{"status":200,"path":"/a","ok":true}'],
    [at(4), '{"status":500,"path":"/b","ok":false}'],
  ]);
  await loki.push({ service_name: 'theirs' }, [[at(1), 'x']], 'them');
});
after(() => loki.stop());

const range = { start: ns(0), end: ns(60) };
const categorized = { 'x-loki-response-encoding-flags': 'categorize-labels' };

test('the health check of Grafana', async () => {
  const { status, body } = await loki.get('query', { query: 'vector(1)+vector(1)', time: ns(0) });
  assert.equal(status, 200);
  assert.equal(body.status, 'success');
  const { stats, ...data } = body.data;
  assert.deepEqual(data, {
    resultType: 'vector',
    result: [{ metric: {}, value: [at(0) / 1000, '2'] }],
  });
  assert.equal(stats.summary.totalEntriesReturned, 1);
  for (const part of ['summary', 'querier', 'ingester']) assert.ok(part in stats);
});

test('lines, with all labels and with categories', async () => {
  const query = '{service_name="shop"} | logfmt | level="info"';
  const { body } = await loki.get('query_range', { query, ...range, limit: '10' });
  const shared = { detected_level: 'info', env: 'prod', level: 'info', service_name: 'shop' };
  assert.equal(body.data.resultType, 'streams');
  assert.ok(!('encodingFlags' in body.data));
  assert.deepEqual(body.data.result, [
    {
      stream: { ...shared, dur: '15ms', msg: 'user 12 paid', trace_id: TRACE, user: 'a' },
      values: [[ns(1), 'level=info msg="user 12 paid" dur=15ms']],
    },
    {
      stream: { ...shared, dur: '35ms', msg: 'user 14 paid', user: 'b' },
      values: [[ns(3), 'level=info msg="user 14 paid" dur=35ms']],
    },
  ]);
  assert.ok(body.data.stats.summary.totalLinesProcessed >= 2);
  assert.ok(body.data.stats.summary.totalBytesProcessed > 50);
  const apart = await loki.get('query_range', { query, ...range }, categorized);
  assert.deepEqual(apart.body.data.encodingFlags, ['categorize-labels']);
  assert.deepEqual(apart.body.data.result, [
    {
      stream: { env: 'prod', service_name: 'shop' },
      values: [
        [
          ns(3),
          'level=info msg="user 14 paid" dur=35ms',
          {
            structuredMetadata: { detected_level: 'info', user: 'b' },
            parsed: { dur: '35ms', level: 'info', msg: 'user 14 paid' },
          },
        ],
        [
          ns(1),
          'level=info msg="user 12 paid" dur=15ms',
          {
            structuredMetadata: { detected_level: 'info', trace_id: TRACE, user: 'a' },
            parsed: { dur: '15ms', level: 'info', msg: 'user 12 paid' },
          },
        ],
      ],
    },
  ]);
});

/** Parameters besides `query`, and the seconds of the lines that come, in the order of the answer. */
const ranges: [string, Record<string, string>, string][] = [
  ['as nanoseconds', range, '3 2 1'],
  ['forward', { ...range, direction: 'forward' }, '1 2 3'],
  ['FORWARD', { ...range, direction: 'FORWARD' }, '1 2 3'],
  ['limited', { ...range, limit: '2' }, '3 2'],
  ['limited forward', { ...range, limit: '2', direction: 'forward' }, '1 2'],
  ['the end is exclusive', { start: ns(1), end: ns(3) }, '2 1'],
  ['as seconds', { start: String(at(1) / 1000), end: String(at(3) / 1000) }, '2 1'],
  ['as float seconds', { start: (at(1) / 1000).toFixed(1), end: `${at(2) / 1000}.5` }, '2 1'],
  [
    'as RFC 3339',
    { start: new Date(at(2)).toISOString(), end: new Date(at(60)).toISOString() },
    '3 2',
  ],
  [
    'with a zone',
    { start: new Date(at(2)).toISOString().replace('Z', '+00:00'), end: ns(9) },
    '3 2',
  ],
  ['since', { end: ns(4), since: '2s' }, '3 2'],
  ['since as Go writes it', { end: ns(4), since: '1500ms' }, '3'],
  ['the last hour', {}, '3 2 1'],
  ['at an interval', { ...range, interval: '2s', direction: 'forward' }, '1 3'],
];
for (const [what, params, want] of ranges) {
  test(`range of lines: ${what}`, async () => {
    const query = '{service_name="shop"}';
    const { body } = await loki.get('query_range', { query, ...params }, categorized);
    const seconds = body.data.result.flatMap(({ values }: { values: string[][] }) =>
      values.map(([time = '']) => (Number(time) / 1e6 - at(0)) / 1000),
    );
    assert.equal(seconds.join(' '), want);
  });
}

const steps: [string, string][] = [
  ['30', '30 seconds'],
  ['30s', 'a duration'],
  ['30000ms', 'milliseconds, as Grafana sends it'],
  ['30.0', 'a float'],
];
for (const [step, what] of steps) {
  test(`metric query with a step as ${what}`, async () => {
    const query = 'sum by (detected_level) (count_over_time({service_name="shop"}[1m]))';
    const { body } = await loki.get('query_range', { query, ...range, step });
    assert.equal(body.data.resultType, 'matrix');
    assert.deepEqual(body.data.result, [
      {
        metric: { detected_level: 'error' },
        values: [
          [at(30) / 1000, '1'],
          [at(60) / 1000, '1'],
        ],
      },
      {
        metric: { detected_level: 'info' },
        values: [
          [at(30) / 1000, '2'],
          [at(60) / 1000, '2'],
        ],
      },
    ]);
  });
}

test('instant metric queries, and literals', async () => {
  const query = 'sum(rate({app="web"} | json | status >= 500 [1m]))';
  const { body } = await loki.get('query', { query, time: ns(60) });
  assert.deepEqual(body.data.result, [
    { metric: {}, value: [at(60) / 1000, '0.016666666666666666'] },
  ]);
  const scalar = await loki.get('query', { query: '1+1', time: String(at(0) / 1000) });
  assert.equal(scalar.body.data.resultType, 'scalar');
  assert.deepEqual(scalar.body.data.result, [at(0) / 1000, '2']);
});

const lists: [string, Record<string, string>, unknown][] = [
  ['labels', range, ['app', 'env', 'pod', 'service_name']],
  ['label', range, ['app', 'env', 'pod', 'service_name']],
  ['labels', { ...range, query: '{app="web"}' }, ['app', 'pod', 'service_name']],
  ['label/service_name/values', range, ['shop', 'web']],
  ['label/service_name/values', { ...range, query: '{env=~"p.*"} |= "x"' }, ['shop']],
  ['label/nothing/values', {}, []],
  [
    'series',
    range,
    [
      { app: 'web', pod: 'p-1', service_name: 'web' },
      { env: 'prod', service_name: 'shop' },
    ],
  ],
  ['series', { ...range, 'match[]': '{env="prod"}' }, [{ env: 'prod', service_name: 'shop' }]],
  ['series', { ...range, match: '{env="none"}' }, []],
  ['format_query', { query: '{ a = "b" }|="c"' }, '{a="b"} |= "c"'],
];
for (const [path, params, data] of lists) {
  test(`${path} ${params.query ?? params['match[]'] ?? params.match ?? ''}, by GET and by POST`, async () => {
    const { status, body } = await loki.get(path, params);
    assert.deepEqual({ status, body }, { status: 200, body: { status: 'success', data } });
    assert.deepEqual((await loki.post(path, params)).body, body);
  });
}

test('statistics and volumes', async () => {
  const query = '{service_name=~".+"}';
  const stats = await loki.get('index/stats', { query, ...range });
  assert.equal(stats.body.streams, 2);
  assert.equal(stats.body.entries, 5);
  assert.ok(stats.body.bytes > 0 && stats.body.chunks > 0);
  const volume = await loki.get('index/volume', { query, ...range });
  assert.equal(volume.body.data.resultType, 'vector');
  const names = volume.body.data.result.map(({ metric }: { metric: object }) => metric);
  assert.deepEqual(names, [{ service_name: 'shop' }, { service_name: 'web' }]);
  const one = await loki.get('index/volume', { query, ...range, targetLabels: 'env', limit: '1' });
  assert.deepEqual(one.body.data.result[0].metric, { env: 'prod' });
  const byName = await loki.get('index/volume', {
    query,
    ...range,
    targetLabels: 'env,pod',
    aggregateBy: 'labels',
  });
  assert.deepEqual(
    byName.body.data.result.map(({ metric }: { metric: object }) => metric),
    [{ env: '' }, { pod: '' }],
  );
  const over = await loki.get('index/volume_range', { query, ...range, step: '30s' });
  assert.equal(over.body.data.resultType, 'matrix');
  assert.deepEqual(
    over.body.data.result[0].values.map(([time]: [number]) => time),
    [at(0) / 1000],
  );
});

test('what Logs Drilldown asks', async () => {
  const labels = await loki.get('detected_labels', range);
  assert.deepEqual(labels.body.detectedLabels, [
    { label: 'app', cardinality: 1 },
    { label: 'env', cardinality: 1 },
    { label: 'pod', cardinality: 1 },
    { label: 'service_name', cardinality: 2 },
  ]);
  const fields = await loki.get('detected_fields', { query: '{service_name=~".+"}', ...range });
  const shown = new Map(
    fields.body.fields.map((field: { label: string; type: string; parsers: string[] | null }) => [
      field.label,
      `${field.type} ${field.parsers?.join() ?? null}`,
    ]),
  );
  assert.equal(shown.get('dur'), 'duration logfmt');
  assert.equal(shown.get('size'), 'bytes logfmt');
  assert.equal(shown.get('status'), 'int json');
  assert.equal(shown.get('ok'), 'boolean json');
  assert.equal(shown.get('user'), 'string null');
  const values = await loki.get('detected_field/user/values', {
    query: '{service_name="shop"}',
    ...range,
  });
  assert.deepEqual(values.body.values.toSorted(), ['a', 'b']);
  const limits = await loki.get('drilldown-limits');
  assert.equal(limits.body.limits.max_entries_limit_per_query, 5000);
  assert.equal(limits.body.limits.volume_enabled, true);
  assert.equal(limits.body.pattern_ingester_enabled, true);
  assert.match((await loki.get('status/buildinfo')).body.version, /^\d+\.\d+\.\d+$/);
});

test('patterns of the services that a selector finds', async () => {
  const query = '{env="prod"}';
  const { body } = await loki.get('patterns', { query, ...range, step: '1m' });
  assert.equal(body.status, 'success');
  const sum = (samples: [number, number][]) => samples.reduce((all, [, count]) => all + count, 0);
  assert.deepEqual(
    body.data.map(
      ({
        pattern,
        level,
        samples,
      }: {
        pattern: string;
        level: string;
        samples: [number, number][];
      }) => [pattern, level, sum(samples)],
    ),
    [
      ['level=info msg="user <_> paid" dur=<_>', 'info', 2],
      ['level=error msg="user <_> failed" dur=<_> size=<_>', 'error', 1],
    ],
  );
  for (const { pattern } of body.data) {
    const found = await loki.get('query_range', {
      query: `${query} |> ${JSON.stringify(pattern)}`,
      ...range,
    });
    assert.ok(found.body.data.result.length > 0, pattern);
  }
  assert.deepEqual(
    (await loki.post('patterns', { query: '{service_name="theirs"}' })).body.data,
    [],
  );
});

test('tenants see their own', async () => {
  const theirs = await loki.get('labels', range, { 'x-scope-orgid': 'them' });
  assert.deepEqual(theirs.body.data, ['service_name']);
  const nobody = await loki.get('query_range', { query: '{a="b"}' }, { 'x-scope-orgid': 'nobody' });
  assert.deepEqual(nobody.body.data.result, []);
});

const NESTED = '('.repeat(200);
const refused: [string, Record<string, string>, RegExp][] = [
  ['query_range', {}, /parse error/],
  ['query_range', { query: '{' }, /^parse error at line 1, col 2/],
  ['query_range', { query: '{a=~".*"}' }, /at least one/],
  ['query_range', { query: '{a="b"}', start: 'x' }, /start/],
  ['query_range', { query: '{a="b"}', start: '99999999999999999999' }, /start/],
  ['query_range', { query: '{a="b"}', start: '2', end: '1' }, /end timestamp must not be before/],
  ['query_range', { query: '{a="b"}', step: '0' }, /zero or negative/],
  ['query_range', { query: '{a="b"}', step: '-1s' }, /duration/],
  ['query_range', { query: '{a="b"}', step: 'x' }, /duration/],
  ['query_range', { query: '{a="b"}', ...range, step: '1ms' }, /11,000 points/],
  ['query_range', { query: '{a="b"}', limit: '0' }, /positive/],
  ['query_range', { query: '{a="b"}', limit: 'x' }, /strconv\.Atoi/],
  ['query_range', { query: '{a="b"}', limit: '5001' }, /5001 > 5000/],
  ['query_range', { query: '{a="b"}', direction: 'up' }, /direction/],
  ['query_range', { query: '{a="b"}', interval: '-1' }, /interval/],
  ['query_range', { query: '{a="b"}', start: '1', end: ns(0) }, /exceeds the limit/],
  ['query', { query: '{a="b"}' }, /not supported as an instant query/],
  ['query', { query: 'sum(1)' }, /parse error/],
  ['query', { query: 'rate({a="b"}[1m])', time: 'x' }, /time/],
  [
    'query',
    { query: 'sum_over_time({service_name="shop"} | logfmt | unwrap msg [1h])' },
    /pipeline error/,
  ],
  ['labels', { query: '{' }, /parse error/],
  ['label/a/values', { query: 'rate({a="b"}[1m])' }, /only label matchers/],
  ['series', { 'match[]': '{a="b"} |= "c"' }, /parse error/],
  ['index/volume', { query: '{a="b"}', aggregateBy: 'x' }, /aggregateBy/],
  ['detected_fields', { query: '' }, /parse error/],
  ['detected_fields', { query: '{a="b"}', line_limit: '0' }, /line_limit/],
  ['patterns', {}, /parse error/],
  ['format_query', { query: ')' }, /parse error/],
  ['query', { query: `${NESTED}1` }, /nested too deeply/],
  ['query', { query: `{a="${'x'.repeat(140_000)}"}` }, /too long/],
  ['query', { query: '1'.padEnd(4000, '+1') }, /too many binary operations/],
];
for (const [path, params, message] of refused) {
  test(`refuses ${path} ${JSON.stringify(params).slice(0, 80)}`, async () => {
    const { status, body } = await loki.post(path, params);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.message, message);
    assert.deepEqual(
      { ...body, message: '' },
      { code: 400, status: 'error', message: '', errorType: body.errorType, error: body.message },
    );
  });
}

test('there is nothing at other paths, in the shape of the API', async () => {
  const { status, body } = await loki.get('nothing');
  assert.equal(status, 404);
  assert.match(body.message, /nothing/);
});

/** Queries that would take for ever where expressions backtrack, over a line made for them. */
const hostile = [
  '{service_name="evil"} |~ "(a+)+$"',
  '{service_name="evil"} |~ "(a|aa)*b"',
  '{service_name="evil"} | regexp "(?P<x>(a*)*)c"',
  '{service_name=~"(e+)+v(i|i)*l"}',
  '{service_name="evil"} | line_format "{{ regexReplaceAll \\"(a*)*b\\" .x \\"\\" }}"',
  `{service_name="evil"} ${'| logfmt '.repeat(100)}`,
];
for (const query of hostile) {
  test(`takes linear time: ${query.slice(0, 60)}`, async () => {
    await loki.push({ service_name: 'evil' }, [[Date.now(), 'a'.repeat(20_000)]]);
    const { status } = await loki.get('query_range', { query });
    assert.equal(status, 200);
  });
}

test('a client that leaves ends its query', async () => {
  const lines = Array.from({ length: 200 }, (_, i): [number, string] => [
    Date.now(),
    `${i} q${'ab'.repeat(5000)}q`,
  ]);
  await loki.push({ service_name: 'slow' }, lines);
  const client = new AbortController();
  const query = encodeURIComponent(`{service_name="slow"} | regexp "(?P<x>((.*b){15}){15})q"`);
  const url = `${loki.url}/loki/api/v1/query_range?query=${query}`;
  const asked = fetch(url, { signal: client.signal });
  setTimeout(() => client.abort(), 100);
  await assert.rejects(asked, { name: 'AbortError' });
  const running = async () => {
    const status: { queries: { running: number } } = JSON.parse(
      await (await fetch(`${loki.url}/api/v1/status/system`)).text(),
    );
    return status.queries.running;
  };
  while ((await running()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});
