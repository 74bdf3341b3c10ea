import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '../../../../../test/harness/process.ts';
import { certificate, key } from './test-certificate.ts';
import { cleanups, folder, rig, type Target } from './test-rig.ts';

/** A change of the target that makes the next scrapes fail with this error. */
function fails(
  what: string,
  change: (target: Target) => void,
  error: RegExp,
  job: Record<string, unknown> = {},
): void {
  test(`a scrape fails: ${what}`, async () => {
    const { target, store, own, apply, manager } = await rig();
    change(target);
    await apply(job);
    const told = () => manager.view.active()[0]?.lastError ?? '';
    await until(`it fails with ${error}`, () => error.test(told()));
    assert.equal(store.values(`up{${own}}`).at(-1), 0);
    assert.deepEqual(store.seriesOf('a'), []);
  });
}

fails('garbage', (t) => (t.text = 'a 1\n<html> 5\n'), /line 2: unexpected "<" in a metric name/);
fails('hangs', (t) => (t.hangs = true), /no complete answer within 250ms/);
fails('hangs in the body', (t) => (t.answer = (r) => void r.write('a 1\n')), /no complete answer/);
fails(
  'ends early',
  (t) =>
    (t.answer = (r) => {
      r.writeHead(200, { 'content-length': '99' });
      r.write('a 1\n', () => r.destroy());
    }),
  /closed|terminated|aborted/,
);
fails('no such server', (t) => t.stop(), /ECONNREFUSED/);
fails('not found', (t) => (t.status = 404), /server returned HTTP status 404 Not Found/);
fails('no content type', (t) => (t.contentType = undefined), /no Content-Type/);
fails('web page', (t) => (t.contentType = 'text/html'), /unsupported Content-Type "text\/html"/);
fails(
  'not OpenMetrics',
  (t) => (t.contentType = 'application/openmetrics-text'),
  /does not end with # EOF/,
);
fails(
  'sample limit',
  (t) => (t.text = 'a 1\nb 2\n'),
  /sample_limit exceeded \(samples: 2, limit: 1\)/,
  { sample_limit: 1 },
);
fails(
  'label limit',
  (t) => (t.text = 'a{b="c"} 1\n'),
  /label_limit exceeded \(metric: "a", number of labels: 4, limit: 3\)/,
  { label_limit: 3 },
);
fails(
  'label name limit',
  (t) => (t.text = 'a{toolonglong="c"} 1\n'),
  /label_name_length_limit exceeded/,
  { label_name_length_limit: 10 },
);
fails(
  'label value limit',
  (t) => (t.text = `a{b="${'x'.repeat(50)}"} 1\n`),
  /label_value_length_limit exceeded/,
  { label_value_length_limit: 40 },
);
fails('body limit', (t) => (t.text = `# ${'x'.repeat(2000)}\n`), /body size limit exceeded/, {
  body_size_limit: '1KB',
});
fails(
  'body limit in gzip',
  (t) =>
    (t.answer = (r) => {
      r.setHeader('content-encoding', 'gzip');
      r.end(gzipSync(`# ${'x'.repeat(2000)}\n`));
    }),
  /body size limit exceeded/,
  { body_size_limit: '1KB' },
);
fails(
  'gzip that is none',
  (t) =>
    (t.answer = (r) => {
      r.setHeader('content-encoding', 'gzip');
      r.end('a 1\n');
    }),
  /body is not gzip/,
);
fails('target limit', () => undefined, /target_limit exceeded \(number of targets: 2, limit: 1\)/, {
  target_limit: 1,
  relabel_configs: [],
  file_sd_configs: [{ files: ['more.json'] }],
});
writeFileSync(join(folder, 'more.json'), '[{"targets": ["127.0.0.1:1"]}]');

test('reads gzip, OpenMetrics, and a fallback format', async () => {
  const { target, store, own, apply, scrapes } = await rig();
  target.contentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
  target.answer = (response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync('# TYPE a gauge\na 7\n# EOF\n'));
  };
  await apply({});
  await scrapes();
  assert.equal(store.values(`a{${own}}`)[0], 7);
  target.answer = undefined;
  target.contentType = undefined;
  target.text = 'a 8\n';
  await apply({ fallback_scrape_protocol: 'PrometheusText0.0.4' });
  await until('the fallback is used', () => store.values(`a{${own}}`).at(-1) === 8);
});

test('authenticates with secrets in files, told anew for every scrape', async () => {
  const { target, apply, scrapes, manager } = await rig();
  writeFileSync(join(folder, 'token'), 'first\n');
  await apply({ authorization: { credentials_file: 'token' } });
  await scrapes();
  assert.equal(target.last.headers.authorization, 'Bearer first');
  writeFileSync(join(folder, 'token'), 'second\n');
  await until('the new one is used', () => target.last.headers.authorization === 'Bearer second');
  await apply({ basic_auth: { username: 'u', password_file: 'token' } });
  const basic = `Basic ${Buffer.from('u:second').toString('base64')}`;
  await until('basic is used', () => target.last.headers.authorization === basic);
  rmSync(join(folder, 'token'));
  await until('it fails', () =>
    /cannot read "token"/.test(manager.view.active()[0]?.lastError ?? ''),
  );
});

test('follows redirects, or not', async () => {
  const { target, store, own, apply, scrapes, manager } = await rig();
  target.answer = (response) => {
    if (target.last.url === '/metrics') response.writeHead(302, { location: '/there' }).end();
    else response.end('a 5\n');
  };
  await apply({});
  await scrapes();
  assert.equal(store.values(`a{${own}}`)[0], 5);
  await apply({ follow_redirects: false });
  await until('it is down', () => manager.view.active()[0]?.health === 'down');
  assert.equal(manager.view.active()[0]?.lastError, 'server returned HTTP status 302 Found');
});

test('TLS: a certificate is checked against ca_file and server_name, or not at all', async () => {
  const { apply, manager } = await rig();
  const server = createTlsServer({ cert: certificate, key }, (_, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('a 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const job = {
    scheme: 'https',
    scrape_interval: '500ms',
    static_configs: [{ targets: [`127.0.0.1:${address.port}`] }],
  };
  const health = () => manager.view.active()[0]?.health;
  const error = () => manager.view.active()[0]?.lastError ?? '';
  await apply(job);
  await until('it is down', () => health() === 'down');
  assert.match(error(), /self-signed certificate/);
  writeFileSync(join(folder, 'ca.pem'), certificate);
  await apply({ ...job, tls_config: { ca_file: 'ca.pem' } });
  await until('the name is wrong', () => /not in the cert's list|does not match/.test(error()));
  await apply({ ...job, tls_config: { ca_file: 'ca.pem', server_name: 'target.test' } });
  await until('it is up', () => health() === 'up');
  await apply({ ...job, tls_config: { insecure_skip_verify: true } });
  await until('it is up without checks', () => health() === 'up');
});

test('a job whose TLS file cannot be read is told; the job as it was goes on', async () => {
  const { target, apply, manager, warnings, scrapes } = await rig();
  await apply({ tls_config: { ca_file: 'missing.pem' } });
  assert.match(warnings.join(), /job "j" is not scraped: cannot read "missing.pem"/);
  assert.deepEqual(manager.view.active(), []);
  await apply({});
  await scrapes();
  await apply({ tls_config: { ca_file: 'missing.pem' } });
  assert.match(warnings.join(), /job "j" is not changed/);
  assert.equal(manager.view.active()[0]?.scrapeUrl, `http://${target.address}/metrics`);
  await scrapes();
});
