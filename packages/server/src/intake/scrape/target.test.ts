import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScrapeSections } from '../../config/scrape.ts';
import { buildTargets } from './target.ts';

function build(job: Record<string, unknown>, ...labels: Record<string, string>[]) {
  const { configs, problems } = parseScrapeSections(null, [{ job_name: 'j', ...job }]);
  assert.deepEqual(problems, []);
  const [config] = configs;
  assert.ok(config);
  const discovered = labels.map((l) => new Map(Object.entries(l)));
  const { active, dropped, problems: bad } = buildTargets(config, discovered);
  return {
    active: active.map(({ url, labels: own, intervalMs }) => [
      url,
      Object.fromEntries(own),
      intervalMs,
    ]),
    dropped: dropped.map((l) => l.get('__address__')),
    problems: bad,
  };
}

test('a plain address gets job and instance, and no port', () => {
  assert.deepEqual(build({}, { __address__: 'host', a: 'b' }).active, [
    ['http://host/metrics', { a: 'b', instance: 'host', job: 'j' }, 60_000],
  ]);
});

test('an IPv6 address, https, a path, parameters', () => {
  const job = { scheme: 'https', metrics_path: '/a b', params: { x: ['1', '2'], m: ['é'] } };
  assert.deepEqual(build(job, { __address__: '[::1]:9' }).active, [
    ['https://[::1]:9/a%20b?m=%C3%A9&x=1&x=2', { instance: '[::1]:9', job: 'j' }, 60_000],
  ]);
});

test('relabelling directs the scrape by its labels', () => {
  const rule = (target: string, replacement: string) => ({ target_label: target, replacement });
  const job = {
    params: { module: ['old'] },
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      rule('__address__', 'probe:9115'),
      rule('__metrics_path__', '/probe'),
      rule('__scrape_interval__', '5s'),
      rule('__scrape_timeout__', '4s'),
      rule('__param_module', 'new'),
      rule('job', 'other'),
      rule('__tmp', 'x'),
      rule('__meta_x', 'x'),
    ],
  };
  assert.deepEqual(build(job, { __address__: 'site' }).active, [
    ['http://probe:9115/probe?module=new&target=site', { instance: 'site', job: 'other' }, 5000],
  ]);
});

test('equal targets are one; dropped ones are told apart from broken ones', () => {
  const job = {
    relabel_configs: [
      { source_labels: ['drop'], regex: 'yes', action: 'drop' },
      { source_labels: ['timeout'], regex: '(.+)', target_label: '__scrape_timeout__' },
      { regex: 'timeout', action: 'labeldrop' },
    ],
  };
  const built = build(
    job,
    { __address__: 'a' },
    { __address__: 'a' },
    { __address__: 'b', drop: 'yes' },
    { __address__: '' },
    { __address__: 'c/d' },
    { __address__: 'c d' },
    { __address__: 'e', timeout: 'x' },
    { __address__: 'f', timeout: '2h' },
    { __address__: 'g', __scheme__: 'ftp' },
  );
  assert.equal(built.active.length, 1);
  assert.deepEqual(built.dropped, ['b']);
  assert.deepEqual(built.problems, [
    ': no address',
    'c/d: "c/d" is not a valid host:port',
    'c d: "c d" is not a valid host:port',
    'e: __scrape_timeout__ "x" is no duration',
    'f: the scrape timeout is greater than the scrape interval',
    'g: invalid scheme "ftp"',
  ]);
});
