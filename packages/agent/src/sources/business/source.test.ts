import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Metric } from '../../source.ts';
import { DistinctCounter } from './distinct.ts';
import { BusinessMetrics } from './source.ts';

function value(
  metrics: readonly Metric[],
  name: string,
  attributes: Metric['attributes'] = {},
): number | undefined {
  return metrics.find(
    (metric) =>
      metric.name === name &&
      Object.entries(attributes).every(([key, want]) => metric.attributes?.[key] === want),
  )?.value;
}

test('failure rate and average time are those since the last collection', () => {
  const business = new BusinessMetrics();
  for (const ok of [true, true, true, false]) business.processed('pay', { ok, durationMs: 250 });
  let metrics = business.collect();
  const pay = { operation: 'pay' };
  assert.equal(value(metrics, 'business.operation.failure_rate', pay), 0.25);
  assert.equal(value(metrics, 'business.operation.average_duration', pay), 0.25);
  business.processed('pay', { durationMs: 125 });
  business.processed('pay', { ok: false, durationMs: 375 });
  metrics = business.collect();
  assert.equal(value(metrics, 'business.operation.failure_rate', pay), 0.5);
  assert.equal(value(metrics, 'business.operation.average_duration', pay), 0.25);
  assert.equal(value(metrics, 'business.operation.count', { ...pay, outcome: 'failure' }), 2);
  metrics = business.collect();
  assert.equal(value(metrics, 'business.operation.failure_rate', pay), undefined);
  assert.equal(value(metrics, 'business.operation.count', { ...pay, outcome: 'success' }), 4);
});

test('user error rate: errors per action', () => {
  const business = new BusinessMetrics();
  assert.equal(value(business.collect(), 'business.user.error_rate'), undefined);
  for (let i = 0; i < 4; i++) business.userAction('login');
  business.userError('wrong_password');
  const metrics = business.collect();
  assert.equal(value(metrics, 'business.user.error_rate'), 0.25);
  assert.equal(value(metrics, 'business.user.actions', { action: 'login' }), 4);
  assert.equal(value(metrics, 'business.user.errors', { 'error.type': 'wrong_password' }), 1);
  business.userError('timeout');
  assert.equal(value(business.collect(), 'business.user.error_rate'), 1);
});

test('queues: what was said last, or a function asked now; one that fails is left out', () => {
  const business = new BusinessMetrics<{ queue: 'mail' | 'jobs' | 'broken' }>();
  let jobs = 3;
  business.queueBacklog('mail', 10);
  business.queueBacklog('jobs', () => jobs);
  business.queueBacklog('broken', () => {
    throw new Error('no');
  });
  business.collect();
  jobs = 5;
  business.queueBacklog('mail', 7);
  const metrics = business.collect();
  assert.equal(value(metrics, 'business.queue.backlog', { queue: 'mail' }), 7);
  assert.equal(value(metrics, 'business.queue.backlog', { queue: 'jobs' }), 5);
  assert.equal(value(metrics, 'business.queue.backlog', { queue: 'broken' }), undefined);
});

test('active users are those of the window', () => {
  const clock = { at: 0, now: () => clock.at, unixMs: () => clock.at };
  const business = new BusinessMetrics({ clock, activeUsersWindowMs: 5000 });
  assert.equal(value(business.collect(), 'business.active_users'), undefined);
  for (const id of ['ann', 'bob', 'ann', 7]) business.activeUser(id);
  assert.equal(value(business.collect(), 'business.active_users'), 3);
  clock.at = 4000;
  business.activeUser('eve');
  assert.equal(value(business.collect(), 'business.active_users'), 4);
  clock.at = 6000;
  assert.equal(value(business.collect(), 'business.active_users'), 1);
  clock.at = 60_000;
  assert.equal(value(business.collect(), 'business.active_users'), 0);
});

test('counts of many ids are within 6 % (four standard errors)', () => {
  for (const [n, prefix] of [
    [100, 'user-'],
    [3000, ''],
    [20_000, 'c0ffee-'],
    [200_000, ''],
  ] as const) {
    const counter = new DistinctCounter(1000);
    for (let i = 0; i < n; i++) counter.add(prefix + i, 0);
    for (let i = 0; i < n; i += 2) counter.add(prefix + i, 0);
    const error = Math.abs(counter.count(0) - n) / n;
    assert.ok(error < 0.06, `${n}: ${error}`);
  }
});

test('names are bounded, further ones are one', () => {
  const business = new BusinessMetrics();
  for (let i = 0; i < 5000; i++) {
    business.processed(`operation-${i}`);
    business.userAction(`action-${i}`);
    business.userError(`error-${i}`);
    business.queueBacklog(`queue-${i}`, i);
  }
  const metrics = business.collect();
  assert.ok(metrics.length < 700, String(metrics.length));
  assert.equal(value(metrics, 'business.user.actions', { action: '(other)' }), 4900);
  assert.equal(value(metrics, 'business.queue.overflow'), 4900);
  const other = { operation: '(other)', outcome: 'success' };
  assert.equal(value(metrics, 'business.operation.count', other), 4900);
});

test('nothing that it is told makes it throw or measure what is no number', () => {
  fc.assert(
    fc.property(fc.string(), fc.double(), fc.boolean(), (name, number, ok) => {
      const business = new BusinessMetrics();
      business.processed(name, { ok, durationMs: number });
      business.processed(name, null);
      business.queueBacklog(name, number);
      business.activeUser(number);
      assert.ok(business.collect().every((metric) => Number.isFinite(metric.value)));
    }),
  );
});

test('names and ids of any kind are taken as texts, and cut', () => {
  const business = new BusinessMetrics();
  const hostile = Object.create(null);
  for (const name of [Symbol('s'), hostile, undefined, 'x'.repeat(10_000), '__proto__']) {
    for (const call of [
      business.processed,
      business.userAction,
      business.userError,
      business.activeUser,
    ]) {
      Reflect.apply(call, business, [name]);
    }
    Reflect.apply(business.queueBacklog, business, [name, 1]);
  }
  const queues = business.collect().filter(({ name }) => name === 'business.queue.backlog');
  assert.deepEqual(
    queues.map(({ attributes }) => attributes?.queue),
    ['Symbol(s)', 'object', 'undefined', 'x'.repeat(200), '__proto__'],
  );
});
