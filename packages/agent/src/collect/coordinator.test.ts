import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric, MonitoringSource, Priority } from '../source.ts';
import { ManualTimers } from '../test-timers.ts';
import { Coordinator, type SourceState } from './coordinator.ts';

const MINUTE = 60_000;

class TestSource implements MonitoringSource {
  readonly id: string;
  readonly name = 'a test';
  readonly priority: Priority;
  readonly intervalMs: number;
  enabled = true;
  collected = 0;
  closed = 0;
  answer: MonitoringSource['collect'] = () => [{ name: 'm', value: this.collected }];

  constructor(id: string, priority: Priority = 'medium', intervalMs = MINUTE) {
    this.id = id;
    this.priority = priority;
    this.intervalMs = intervalMs;
  }

  collect: MonitoringSource['collect'] = (context) => {
    this.collected++;
    return this.answer(context);
  };

  close(): void {
    this.closed++;
  }
}

interface Rig {
  timers: ManualTimers;
  coordinator: Coordinator<TestSource>;
  /** Ids and time of each call of the sink. */
  calls: string[];
  state(source: TestSource): SourceState;
}

function rig(...sources: TestSource[]): Rig {
  const timers = new ManualTimers();
  const calls: string[] = [];
  const coordinator = new Coordinator({
    sources,
    timers,
    sink: (collected, timeMs) => {
      calls.push(`${collected.map(({ source }) => source.id).join()} ${timeMs - timers.startMs}`);
    },
  });
  coordinator.start();
  return {
    timers,
    coordinator,
    calls,
    state: (source) => {
      const found = coordinator.states.find((state) => state.source === source);
      assert.ok(found);
      return found;
    },
  };
}

test('collects what is due together, by priority, with one timestamp on multiples of the interval', () => {
  const low = new TestSource('low', 'low');
  const fast = new TestSource('fast', 'high', MINUTE / 2);
  const critical = new TestSource('critical', 'critical');
  const off = new TestSource('off');
  off.enabled = false;
  const { timers, coordinator, calls } = rig(low, fast, critical, off);
  timers.advance(2 * MINUTE);
  assert.deepEqual(calls, [
    'critical,fast,low 0',
    'critical,fast,low 1020',
    'fast 30000',
    'critical,fast,low 60000',
    'fast 90000',
    'critical,fast,low 120000',
  ]);
  coordinator.stop();
  timers.advance(5 * MINUTE);
  assert.equal(calls.length, 6);
  assert.deepEqual([low.closed, off.closed, off.collected], [1, 1, 0]);
});

test('sources come and go while it runs', () => {
  const first = new TestSource('first');
  const { timers, coordinator, calls } = rig(first);
  timers.advance(10_000);
  const late = new TestSource('late', 'critical');
  const remove = coordinator.add(late);
  assert.throws(() => coordinator.add(new TestSource('late')), /late already/);
  timers.advance(MINUTE - 10_000);
  assert.deepEqual(calls, [
    'first 0',
    'first 1020',
    'late 10020',
    'late 11020',
    'late,first 60000',
  ]);
  remove();
  remove();
  timers.advance(MINUTE);
  assert.equal(calls.at(-1), 'first 120000');
  assert.equal(late.closed, 1);
});

test('there is a bound of sources, told where the next is registered', () => {
  const { coordinator } = rig();
  const first = coordinator.add(new TestSource('0'));
  for (let n = 1; n < 500; n++) coordinator.add(new TestSource(String(n)));
  assert.throws(() => coordinator.add(new TestSource('more')), /source more: there are 500/);
  first();
  coordinator.add(new TestSource('more'));
});

test('a source that throws is counted, does not stop the others, and rests longer and longer', () => {
  const bad = new TestSource('bad', 'critical');
  const good = new TestSource('good');
  bad.answer = () => {
    throw new Error('broken sensor');
  };
  const { timers, calls, state } = rig(bad, good);
  timers.advance(60 * MINUTE);
  assert.equal(calls.filter((call) => call.startsWith('good')).length, 62);
  // At 0, a second, 1, then after 2, 4, 8, 10, 10, 10, 10 min.
  assert.equal(bad.collected, 10);
  const { failures, failuresInRow, lastError } = state(bad);
  assert.deepEqual([failures, failuresInRow, lastError], [10, 10, 'broken sensor']);
  bad.answer = () => [];
  timers.advance(20 * MINUTE);
  assert.equal(state(bad).failuresInRow, 0);
  assert.ok(bad.collected > 15);
});

test('odd things that sources throw or return are failures', async () => {
  const odd: unknown[] = [undefined, null, 7, 'text', {}, new Map()];
  for (const value of odd) {
    const returns = new TestSource('returns');
    const throws = new TestSource('throws');
    Object.assign(returns, { answer: () => value });
    throws.answer = () => {
      throw value;
    };
    const rejects = new TestSource('rejects');
    rejects.answer = () => Promise.reject(value);
    const { timers, calls, state } = rig(returns, throws, rejects);
    timers.advance(100);
    await timers.settle();
    timers.advance(500);
    assert.deepEqual(calls, []);
    for (const source of [returns, throws, rejects]) assert.equal(state(source).failures, 1);
  }
});

test('those that wait share the call of the others when they are quick, and come later when not', async () => {
  const now = new TestSource('now');
  const quick = new TestSource('quick');
  const slow = new TestSource('slow');
  const answers: (() => void)[] = [];
  for (const source of [quick, slow]) {
    source.answer = () =>
      new Promise<Metric[]>((resolve) => answers.push(() => resolve([{ name: 'm', value: 1 }])));
  }
  const { timers, calls, state } = rig(now, quick, slow);
  timers.advance(100);
  assert.deepEqual(calls, []);
  answers[0]?.();
  await timers.settle();
  timers.advance(300);
  assert.deepEqual(calls, ['now,quick 0']);
  answers[1]?.();
  await timers.settle();
  assert.deepEqual(calls, ['now,quick 0', 'slow 0']);
  assert.equal(state(slow).lastDurationMs, 380);
});

test('events of a source are its own, until its collection has failed', async () => {
  const timers = new ManualTimers();
  const source = new TestSource('s');
  const events: string[] = [];
  const coordinator = new Coordinator({
    sources: [source],
    timers,
    sink: () => {},
    emit: (from, { name }) => events.push(`${from.id} ${name}`),
  });
  source.answer = ({ emit, signal }) => {
    emit({ name: 'now', severity: 'info', message: '' });
    signal.addEventListener('abort', () => emit({ name: 'late', severity: 'info', message: '' }));
    return new Promise(() => {});
  };
  coordinator.start();
  timers.advance(MINUTE);
  await timers.settle();
  assert.deepEqual(events, ['s now']);
});

test('one that hangs is told to stop, left alone and never run twice at once', async () => {
  const hanging = new TestSource('hanging', 'critical');
  const good = new TestSource('good');
  let release = (): void => {};
  let aborted: unknown;
  hanging.answer = ({ signal }) => {
    signal.addEventListener('abort', () => {
      aborted = signal.reason;
    });
    return new Promise((resolve) => {
      release = () => resolve([{ name: 'late', value: 1 }]);
    });
  };
  const { timers, calls, state } = rig(hanging, good);
  timers.advance(10 * MINUTE);
  await timers.settle();
  assert.equal(hanging.collected, 1);
  assert.match(String(aborted), /did not end within 10000 ms/);
  assert.equal(state(hanging).lastError, 'did not end within 10000 ms');
  assert.ok(state(hanging).overlaps > 3);
  assert.equal(calls.length, 12);
  assert.ok(calls.every((call) => call.startsWith('good')));
  release();
  await timers.settle();
  assert.equal(state(hanging).running, false);
  hanging.answer = () => [];
  timers.advance(2 * MINUTE);
  assert.ok(calls.some((call) => call.startsWith('hanging')));
});

test('one whose properties begin to throw does not keep the others from being collected', () => {
  const [enabled, interval, good] = ['enabled', 'interval', 'good'].map((id) => new TestSource(id));
  assert.ok(enabled && interval && good);
  const { timers, calls, state } = rig(enabled, interval, good);
  timers.advance(2000);
  const get = (): never => {
    throw new Error('no');
  };
  Object.defineProperty(enabled, 'enabled', { get });
  Object.defineProperty(interval, 'intervalMs', { get });
  calls.length = 0;
  timers.advance(3 * MINUTE);
  assert.equal(calls.filter((call) => call.includes('good')).length, 3);
  assert.ok(!calls.some((call) => call.includes('enabled')));
  assert.equal(state(good).failures, 0);
});
