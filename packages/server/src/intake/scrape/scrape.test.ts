import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNodeExporter } from '../../../../../test/harness/peers.ts';
import { until } from '../../../../../test/harness/process.ts';
import { folder, rig } from './test-rig.ts';

test('scrapes a target: samples, report, metadata, request headers', async () => {
  const { target, store, manager, own, apply, scrapes } = await rig();
  target.text = '# TYPE a counter\na 1\nb{instance="x",c="d"} 2.5\n';
  await apply({ params: { m: ['x y', 'z'] }, metrics_path: '/other' });
  await scrapes();
  assert.equal(store.values(`a{${own}}`)[0], 1);
  assert.equal(store.values(`b{c="d",exported_instance="x",${own}}`)[0], 2.5);
  assert.equal(store.values(`up{${own}}`)[0], 1);
  assert.equal(store.values(`scrape_samples_scraped{${own}}`)[0], 2);
  assert.equal(store.values(`scrape_samples_post_metric_relabeling{${own}}`)[0], 2);
  assert.equal(store.values(`scrape_series_added{${own}}`)[0], 2);
  assert.ok(store.values(`scrape_duration_seconds{${own}}`).length > 0);
  assert.deepEqual(store.metadata, [{ name: 'a', type: 'counter', help: '', unit: '' }]);
  const { headers, url } = target.last;
  assert.equal(url, '/other?m=x+y&m=z');
  assert.equal(headers['user-agent'], 'Sightline/9.9.9');
  assert.equal(headers['x-prometheus-scrape-timeout-seconds'], '0.25');
  assert.equal(headers['accept-encoding'], 'gzip');
  assert.equal(
    headers.accept,
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  );
  await scrapes();
  assert.deepEqual(store.values(`scrape_series_added{${own}}`).slice(0, 2), [2, 0]);
  const [active] = manager.view.active();
  assert.equal(active?.health, 'up');
  assert.equal(active?.scrapeUrl, `http://${target.address}/other?m=x+y&m=z`);
  assert.deepEqual(active?.labels, { instance: target.address, job: 'j' });
  assert.equal(active?.discoveredLabels.__param_m, 'x y');
  assert.equal(active?.scrapeInterval, '250ms');
  assert.deepEqual(manager.stats(), { up: 1, down: 0, unknown: 0 });
});

test('ends series that vanish, that fail, and those of a removed target', async () => {
  const { target, store, own, apply, scrapes, manager } = await rig();
  target.text = 'a 1\nb 1\nc 1\n';
  await apply({});
  await scrapes();
  target.text = 'c 2\na 2\n';
  await until('b has ended', () => store.values(`b{${own}}`).at(-1) === 'stale');
  assert.deepEqual(store.values(`b{${own}}`).filter((value) => value === 'stale').length, 1);
  target.status = 500;
  await until('a has ended', () => store.values(`a{${own}}`).at(-1) === 'stale');
  await scrapes(2);
  assert.equal(store.values(`a{${own}}`).filter((value) => value === 'stale').length, 1);
  assert.equal(store.values(`up{${own}}`).at(-1), 0);
  const [active] = manager.view.active();
  assert.equal(active?.lastError, 'server returned HTTP status 500 Internal Server Error');
  target.status = 200;
  await until('it is up again', () => store.values(`a{${own}}`).at(-1) === 2);
  await apply();
  assert.equal(store.values(`a{${own}}`).at(-1), 'stale');
  assert.equal(store.values(`up{${own}}`).at(-1), 'stale');
  assert.deepEqual(manager.view.active(), []);
  const rows = store.rows.length;
  await apply();
  assert.equal(store.rows.length, rows);
});

test('keeps series of a target that stays when its job changes, and untouched jobs running', async () => {
  const { target, store, own, apply, scrapes } = await rig();
  target.text = 'a 1\nb 1\n';
  await apply({});
  await scrapes();
  await apply({
    metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'b', action: 'drop' }],
  });
  await until('b has ended', () => store.values(`b{${own}}`).at(-1) === 'stale');
  assert.ok(!store.values(`a{${own}}`).includes('stale'));
  assert.ok(!store.values(`up{${own}}`).includes('stale'));
  assert.equal(store.values(`scrape_samples_scraped{${own}}`).at(-1), 2);
  assert.equal(store.values(`scrape_samples_post_metric_relabeling{${own}}`).at(-1), 1);
});

test('takes timestamps of the text, or not; ends such series only if told to', async () => {
  const { target, store, own, apply, scrapes } = await rig();
  target.text = 'a 1 1700000000000\n';
  await apply({});
  await scrapes();
  assert.equal(store.rows.find(({ series }) => series === `a{${own}}`)?.t, 1_700_000_000_000);
  target.text = 'b 1\n';
  await until('a is gone', () => store.values(`b{${own}}`).length > 1);
  assert.ok(!store.values(`a{${own}}`).includes('stale'));
  target.text = 'c 1 1700000000000\n';
  await apply({ track_timestamps_staleness: true });
  await until('c is there', () => store.values(`c{${own}}`).length > 0);
  target.text = 'd 1 1700000000000\n';
  await until('c has ended', () => store.values(`c{${own}}`).at(-1) === 'stale');
  await apply({ honor_timestamps: false });
  const from = Date.now() - 60_000;
  await until('d has the time of the scrape', () =>
    store.rows.some(({ series, t }) => series === `d{${own}}` && t > from),
  );
});

test('the first of two samples of a series counts; honor_labels keeps the text’s', async () => {
  const { target, store, own, apply, scrapes } = await rig();
  target.text = 'a 1\na 2\nb{job="mine",instance=""} 3\n';
  await apply({ honor_labels: true });
  await scrapes(2);
  assert.deepEqual(new Set(store.values(`a{${own}}`)), new Set([1]));
  assert.equal(store.values('b{job="mine"}')[0], 3);
});

test('finds targets in files, follows their changes, keeps what it has when a file breaks', async () => {
  const { target, manager, apply, warnings } = await rig();
  const sd = join(folder, 'sd');
  mkdirSync(sd);
  const urls = () => manager.view.active().map(({ scrapeUrl }) => scrapeUrl);
  const write = (name: string, text: string) => {
    writeFileSync(join(sd, `${name}.tmp`), text);
    renameSync(join(sd, `${name}.tmp`), join(sd, name));
  };
  write('one.json', `[{"targets": ["${target.address}"], "labels": {"env": "test", "n": 5}}]`);
  await apply({
    static_configs: [],
    file_sd_configs: [{ files: ['sd/*.json', 'sd/two.yml'], refresh_interval: '200ms' }],
    relabel_configs: [{ source_labels: ['env'], regex: 'gone', action: 'drop' }],
  });
  assert.deepEqual(urls(), [`http://${target.address}/metrics`]);
  assert.deepEqual(manager.view.active()[0]?.labels, {
    env: 'test',
    instance: target.address,
    job: 'j',
    n: '5',
  });
  assert.equal(manager.view.active()[0]?.discoveredLabels.__meta_filepath, join(sd, 'one.json'));
  write(
    'two.yml',
    '- targets: ["127.0.0.1:2"]\n- targets: ["127.0.0.1:3"]\n  labels: {env: gone}\n',
  );
  await until('the second is found', () => urls().length === 2);
  assert.deepEqual(manager.view.droppedCounts(), { j: 1 });
  assert.equal(manager.view.dropped()[0]?.discoveredLabels.__address__, '127.0.0.1:3');
  write('two.yml', '- targets: "no list"\n');
  await until('the problem is told', () => warnings.some((text) => text.includes('two.yml')));
  assert.equal(urls().length, 2);
  rmSync(join(sd, 'two.yml'));
  await until('the second is gone', () => urls().length === 1);
  assert.deepEqual(manager.view.pools(), ['j']);
});

test('scrapes a real node_exporter', async () => {
  const { store, apply, scrapes, manager } = await rig();
  const exporter = await startNodeExporter();
  const address = exporter.url.slice('http://'.length);
  const own = `instance="${address}",job="j"`;
  await apply({ scrape_interval: '1s', static_configs: [{ targets: [address] }] });
  await scrapes(2);
  assert.equal(manager.view.active()[0]?.lastError, '');
  assert.ok(store.seriesOf('node_cpu_seconds_total').length >= 8);
  assert.equal(store.values(`node_memory_MemTotal_bytes{${own}}`).length, 2);
  const [scraped] = store.values(`scrape_samples_scraped{${own}}`);
  assert.ok(typeof scraped === 'number' && scraped > 300);
  assert.ok(
    store.metadata.some(
      ({ name, type }) => name === 'node_cpu_seconds_total' && type === 'counter',
    ),
  );
  const [first, second] = store.values(`scrape_series_added{${own}}`);
  assert.ok(typeof first === 'number' && typeof second === 'number' && second < first / 10);
  await exporter.stop();
  await until('it is down', () => store.values(`up{${own}}`).at(-1) === 0);
  assert.equal(store.values(`node_memory_MemTotal_bytes{${own}}`).at(-1), 'stale');
});

test('a store that fails is told as the target’s error', async () => {
  const { store, apply, manager, intake } = await rig();
  store.failure = new Error('disk full');
  await apply({});
  await until('it is down', () => manager.view.active()[0]?.health === 'down');
  assert.equal(manager.view.active()[0]?.lastError, 'not stored: disk full');
  const counters = intake.counters
    .snapshot()
    .protocols.find(({ protocol }) => protocol === 'scrape');
  assert.match(counters?.lastFailure ?? '', /disk full/);
});
