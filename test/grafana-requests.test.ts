/**
 * The requests that Grafana's Prometheus data source sends (grafana-prometheus-datasource), replayed against the real server: health check,
 * discovery, dashboards, Explore.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const startS = startMs / 1000;
const endS = startS + 600;

before(async () => {
  server = await startSightline({ args: ['--no-self-enabled'] });
  const points = Array.from({ length: 41 }, (_, i) => ({
    timeUnixNano: `${startMs + i * 15_000}000000`,
    asDouble: i * 3,
    attributes: [{ key: 'http.route', value: { stringValue: '/a' } }],
  }));
  const answer = await fetch(`${server.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'shop' } },
              { key: 'service.instance.id', value: { stringValue: 'shop-1' } },
            ],
          },
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'http.requests',
                  unit: '1',
                  description: 'Requests served',
                  sum: {
                    aggregationTemporality: 2,
                    isMonotonic: true,
                    dataPoints: points,
                  },
                },
              ],
            },
          ],
        },
      ],
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
});

after(() => server.stop());

async function get(path: string, parameters: Record<string, string> = {}) {
  const query = new URLSearchParams(parameters);
  return read(await fetch(`${server.url}/api/v1/${path}?${query}`));
}

async function post(path: string, parameters: Record<string, string>) {
  const body = new URLSearchParams(parameters);
  return read(await fetch(`${server.url}/api/v1/${path}`, { method: 'POST', body }));
}

async function read(response: Response) {
  const text = await response.text();
  return { status: response.status, text, body: text === '' ? null : JSON.parse(text) };
}

test('health check: the instant query 1+1, then buildinfo', async () => {
  const { status, text, body } = await post('query', { query: '1+1', time: `${endS}` });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    status: 'success',
    data: { resultType: 'scalar', result: [endS, '2'] },
  });
  // The plugin reads the answer as a stream: the type has to come first.
  assert.ok(text.indexOf('resultType') < text.indexOf('"result"'));
  const info = await get('status/buildinfo');
  assert.equal(info.status, 200);
  assert.equal(info.body.data.features, undefined);
});

test('the probe for exemplars sends milliseconds and needs success', async () => {
  const { status, body } = await get('query_exemplars', {
    query: 'test',
    start: `${Date.now() - 1000}`,
    end: `${Date.now()}`,
  });
  assert.deepEqual([status, body], [200, { status: 'success', data: [] }]);
});

test('discovery: names, labels, values, metadata, series', async () => {
  const range = { start: `${startS}`, end: `${endS}`, limit: '40000' };
  const names = await get('label/__name__/values', range);
  assert.ok(names.body.data.includes('http_requests_total'));
  const labels = await post('labels', { ...range, 'match[]': 'http_requests_total' });
  assert.deepEqual(labels.body.data, ['__name__', 'http_route', 'instance', 'job']);
  const values = await get('label/job/values', { ...range, 'match[]': 'http_requests_total' });
  assert.deepEqual(values.body.data, ['shop']);
  const metadata = await get('metadata', { limit: '40000' });
  assert.equal(metadata.body.data.http_requests_total[0].type, 'counter');
  const series = await post('series', { ...range, 'match[]': '{__name__!=""}' });
  assert.equal(series.body.data[0].job, 'shop');
});

test('a panel: query_range by form, float times and steps', async () => {
  const { status, body } = await post('query_range', {
    query: 'sum by (job) (rate(http_requests_total[1m]))',
    start: `${startS + 120}.001`,
    end: `${endS}.001`,
    step: '60',
    timeout: '60s',
  });
  assert.equal(status, 200);
  assert.equal(body.data.resultType, 'matrix');
  const [series] = body.data.result;
  assert.deepEqual(series.metric, { job: 'shop' });
  const [time, value] = series.values[0];
  assert.equal(time, startS + 120.001);
  assert.ok(Math.abs(Number(value) - 0.2) < 1e-9);
  assert.equal(series.values.length, 9);
});

test('errors come as JSON with 400, 422 or 503', async () => {
  const wrong = await post('query', { query: 'sum(', time: `${endS}` });
  assert.equal(wrong.status, 400);
  assert.equal(wrong.body.errorType, 'bad_data');
  assert.match(wrong.body.error, /^invalid parameter "query": 1:5: parse error: /);
  const failed = await post('query', {
    query:
      'http_requests_total * on() group_left() {__name__=~".+"} or label_replace(http_requests_total, "x", "$1", "job", "(")',
    time: `${endS}`,
  });
  assert.equal(failed.status, 422);
  assert.equal(failed.body.errorType, 'execution');
  const late = await post('query', { query: 'http_requests_total', timeout: '0' });
  assert.equal(late.status, 503);
  assert.equal(late.body.errorType, 'timeout');
});

test('alerting asks for rules and alerts', async () => {
  assert.deepEqual((await get('rules')).body, { status: 'success', data: { groups: [] } });
  assert.deepEqual((await get('alerts')).body, { status: 'success', data: { alerts: [] } });
});

test('annotations become warnings and infos', async () => {
  const { body } = await post('query', { query: 'rate(http_requests[1m])', time: `${endS}` });
  assert.equal(body.status, 'success');
  assert.deepEqual(body.data.result, []);
  const quantile = await post('query', {
    query: 'quantile(2, http_requests_total)',
    time: `${endS}`,
  });
  assert.equal(quantile.body.warnings.length, 1);
  assert.match(
    quantile.body.warnings[0],
    /^PromQL warning: quantile value should be between 0 and 1/,
  );
});
