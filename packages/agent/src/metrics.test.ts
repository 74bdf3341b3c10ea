import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstrumentSet } from './metrics.ts';

const MOST = 4096;

test('attribute sets that come and go make room for others, and are seen again when they come back', () => {
  const set = new InstrumentSet();
  const io = set.counter('io', 'By', '', 'interface');
  const seen = (): unknown[] => set.present().map(({ attributes, value }) => [attributes, value]);
  const eth = io.point('eth0');
  const first = io.point('veth0');
  set.begin();
  eth.set(1);
  first.set(1);
  for (let n = 1; n < MOST - 1; n++) io.point(`veth${n}`).set(1);
  assert.equal(set.present().length, MOST);

  set.begin();
  eth.set(2);
  const late = io.point('late');
  late.set(7);
  assert.deepEqual(seen(), [[{ interface: 'eth0' }, 2]], 'there is no room yet');

  set.begin();
  eth.set(3);
  late.set(8);
  assert.deepEqual(seen(), [
    [{ interface: 'eth0' }, 3],
    [{ interface: 'late' }, 8],
  ]);
  assert.equal(io.point('late'), late);

  set.begin();
  first.set(9);
  assert.deepEqual(seen(), [[{ interface: 'veth0' }, 9]]);
});

test('a point that was given up does not stand beside another of its name', () => {
  const set = new InstrumentSet();
  const io = set.gauge('io', 'By', '', 'interface');
  const old = io.point('veth0');
  for (let n = 1; n < MOST; n++) io.point(`veth${n}`);
  set.begin();
  assert.equal(io.points.length, 0);
  const fresh = io.point('veth0');
  assert.notEqual(fresh, old);
  fresh.set(1);
  old.set(2);
  assert.deepEqual(
    set.present().map(({ value }) => value),
    [1],
  );
});
