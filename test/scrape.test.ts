/** Scraping from end to end: real targets into the running server, and a real Prometheus that scrapes the server itself. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryDirectory } from './harness/directory.ts';
import { startNodeExporter, startPrometheus, startSightline } from './harness/peers.ts';
import { until } from './harness/process.ts';

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** Value of the only series of an instant query, NaN when there is not exactly one. */
async function ask(url: string, query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const answer = JSON.parse(await response.text());
  const result: { value: [number, string] }[] = answer.data?.result ?? [];
  return result.length === 1 ? Number(result[0]?.value[1]) : Number.NaN;
}

async function targets(
  url: string,
): Promise<{ health: string; lastError: string; labels: Record<string, string> }[]> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  return JSON.parse(await response.text()).data.activeTargets;
}

test('scrapes a node_exporter by its configuration, shows the target, follows a reload', async () => {
  const exporter = await startNodeExporter();
  cleanups.push(() => exporter.stop());
  const address = exporter.url.slice('http://'.length);
  const file = join(temporaryDirectory('config'), 'sightline.yaml');
  const configure = (job: string, rest = '') =>
    writeFileSync(
      file,
      `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: ${job}
    static_configs: [{targets: ["${address}"], labels: {env: test}}]
${rest}`,
    );
  configure('node');
  const server = await startSightline({ args: ['--config', file] });
  cleanups.push(() => server.stop());
  const own = `env="test",instance="${address}"`;
  await until(
    'the target is up',
    async () => (await ask(server.url, `up{job="node",${own}}`)) === 1,
  );
  assert.ok((await ask(server.url, `count(node_cpu_seconds_total{job="node",${own}})`)) >= 8);
  assert.equal(await ask(server.url, `scrape_samples_scraped{${own}} > bool 300`), 1);
  const [target] = await targets(server.url);
  assert.equal(target?.health, 'up');
  assert.deepEqual(target?.labels, { env: 'test', instance: address, job: 'node' });

  configure(
    'renamed',
    '    metric_relabel_configs: [{source_labels: [__name__], regex: node_cpu.*, action: drop}]\n',
  );
  server.kill('SIGHUP');
  await until(
    'the new job is up',
    async () => (await ask(server.url, `up{job="renamed",${own}}`)) === 1,
  );
  assert.ok(Number.isNaN(await ask(server.url, `up{job="node",${own}}`)));
  assert.ok(Number.isNaN(await ask(server.url, `count(node_cpu_seconds_total{${own}})`)));

  configure('broken', '    static_config: []\n');
  server.kill('SIGHUP');
  await until('the mistake is told', () => server.output().includes('static_config'));
  assert.equal(await ask(server.url, `up{job="renamed",${own}}`), 1);
});

test('a wrong section stops the start with the key and its place', async () => {
  const file = join(temporaryDirectory('config'), 'sightline.yaml');
  writeFileSync(file, 'scrape_configs:\n  - job_name: a\n    consul_sd_configs: []\n');
  await assert.rejects(
    startSightline({ args: ['--config', file] }),
    /`consul_sd_configs` of Prometheus is not supported here/,
  );
});

test('a real Prometheus scrapes /metrics', async () => {
  const server = await startSightline();
  cleanups.push(() => server.stop());
  const address = server.url.slice('http://'.length);
  const prometheus = await startPrometheus(`global: {scrape_interval: 1s}
scrape_configs:
  - job_name: sightline
    static_configs: [{targets: ["${address}"]}]
`);
  cleanups.push(() => prometheus.stop());
  const up = async () => (await ask(prometheus.url, 'up{job="sightline"}')) === 1;
  await until('Prometheus has it', up);
  const samples = await ask(prometheus.url, 'scrape_samples_scraped{job="sightline"}');
  assert.ok(samples > 100, `${samples} samples`);
  assert.ok((await ask(prometheus.url, 'process_memory_usage_bytes')) > 1e7);
  const response = await fetch(
    `${prometheus.url}/api/v1/targets/metadata?metric=system_cpu_time_seconds`,
  );
  const { data } = JSON.parse(await response.text());
  assert.deepEqual([data[0]?.type, data.length > 0], ['counter', true]);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const present = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.ok(Math.abs(present.length - samples) < 30, `${present.length} lines`);
});

test('stores the same series of a target as a real Prometheus', async () => {
  const exporter = await startNodeExporter();
  cleanups.push(() => exporter.stop());
  const address = exporter.url.slice('http://'.length);
  const config = `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["${address}"]}]
    params: {"collect[]": [cpu, meminfo, filesystem, netdev, loadavg]}
    relabel_configs:
      - {source_labels: [__address__], regex: '(.*):(.*)', target_label: port, replacement: 'p$2'}
      - {source_labels: [__address__], target_label: shard, modulus: 7, action: hashmod}
    metric_relabel_configs:
      - {source_labels: [__name__, mode], regex: 'node_cpu.*;(idle|nice)', action: drop}
      - {regex: 'fs(.*)', replacement: 'file_system_$1', action: labelmap}
      - {regex: fstype, action: labeldrop}
`;
  const file = join(temporaryDirectory('config'), 'sightline.yaml');
  writeFileSync(file, config);
  const server = await startSightline({ args: ['--config', file] });
  cleanups.push(() => server.stop());
  const prometheus = await startPrometheus(config);
  cleanups.push(() => prometheus.stop());
  const seriesOf = async (url: string): Promise<string[]> => {
    await until(`${url} has scraped`, async () => (await ask(url, 'up{job="node"}')) === 1);
    const query = encodeURIComponent('{job="node"}');
    const response = await fetch(`${url}/api/v1/series?match[]=${query}`);
    const series: Record<string, string>[] = JSON.parse(await response.text()).data;
    // Prometheus 2.42 keeps the spelling of quantile="0"; 3 and we write 0.0.
    const spelled = series.map((labels) =>
      Object.hasOwn(labels, 'quantile')
        ? { ...labels, quantile: String(Number(labels.quantile)) }
        : labels,
    );
    return spelled.map((labels) => JSON.stringify(Object.entries(labels).sort())).sort();
  };
  const [ours, theirs] = [await seriesOf(server.url), await seriesOf(prometheus.url)];
  assert.ok(ours.length > 100);
  assert.deepEqual(ours, theirs);
});

test('a pushed text is there with the next query', async () => {
  const server = await startSightline();
  cleanups.push(() => server.stop());
  const response = await fetch(`${server.url}/api/v1/import/prometheus?extra_label=job=cron`, {
    method: 'POST',
    body: '# TYPE backup_bytes gauge\nbackup_bytes{host="a"} 42\n',
  });
  assert.equal(response.status, 204);
  assert.equal(await ask(server.url, 'backup_bytes{host="a",job="cron"}'), 42);
});
