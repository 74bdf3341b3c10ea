import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retentionPolicy, retentionSettings, retentionText } from './retention.ts';
import { parseSelector } from './selector.ts';

const DAY_MS = 86_400_000;

function policy(settings: object) {
  return retentionPolicy(retentionSettings.parse({ metrics: '7d', ...settings }));
}

test('without settings traces are thinned, log records are not', () => {
  const { logs, spans } = policy({});
  assert.equal(retentionText(logs), '7d');
  assert.equal(retentionText(spans), '3d, sample 30d, errors 90d, slow 90d');
  assert.deepEqual(
    spans.classes.map(({ share, errors, minDurationMs }) => [share, errors, minDurationMs]),
    [
      [0.1, false, 0],
      [1, true, 0],
      [1, false, 5000],
    ],
  );
});

test('a duration replaces the rules', () => {
  const rules = { trace_rules: [{ keep: '1d' }, { name: 'bad', errors: true, keep: '9d' }] };
  assert.equal(retentionText(policy(rules).spans), '1d, bad 9d');
  assert.equal(retentionText(policy({ ...rules, traces: 'forever' }).spans), 'forever');
});

test('log records are told apart by severity and stream', () => {
  const { logs } = policy({
    log_rules: [
      { keep: '3d' },
      { name: 'audit', keep: '1y', streams: '{service_name="audit", env=~`prod.*`}' },
      { name: 'severe', keep: '30d', min_severity: 'error' },
    ],
  });
  assert.deepEqual(logs, {
    keepMs: 3 * DAY_MS,
    classes: [
      {
        name: 'audit',
        keepMs: 365 * DAY_MS,
        minSeverity: 0,
        streams: [
          { name: 'service_name', op: '=', value: 'audit' },
          { name: 'env', op: '=~', value: 'prod.*' },
        ],
      },
      { name: 'severe', keepMs: 30 * DAY_MS, minSeverity: 17, streams: [] },
    ],
  });
});

test('rules that cannot be meant are refused', () => {
  for (const trace_rules of [
    [],
    [{ name: 'a', keep: '1d', errors: true }],
    [{ keep: '1d' }, { keep: '2d' }],
    [{ keep: '1d' }, { keep: '2d', errors: true }],
    [{ keep: '1d' }, { name: 'A', keep: '2d', errors: true }],
    [
      { keep: '1d' },
      { name: 'a', keep: '2d', errors: true },
      { name: 'a', keep: '3d', share: 0.5 },
    ],
    [{ keep: '1d' }, { name: 'a', keep: '2d', share: 0 }],
    [{ keep: '1d', min_severity: 'error' }],
    [{ keep: '1s' }],
  ]) {
    assert.equal(retentionSettings.safeParse({ metrics: '7d', trace_rules }).success, false);
  }
});

test('selectors', () => {
  const one = (text: string) =>
    parseSelector(text)?.map(({ name, op, value }) => name + op + value);
  assert.deepEqual(one('{a="b"}'), ['a=b']);
  assert.deepEqual(one(' { a != "b\\"c" , d!~`e\\d` } '), ['a!=b"c', 'd!~e\\d']);
  for (const text of ['', '{}', '{a}', '{a="b"', '{a="b" c="d"}', '{a=~"("}', '{a="b"} |= "c"']) {
    assert.equal(one(text), undefined, text);
  }
});
