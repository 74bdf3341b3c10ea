import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBatch } from '@sightline/wire';
import { Segments } from './segments.ts';

const ROWS = 1000;

function segments(count: number): Segments {
  const made = new Segments({
    count,
    rows: ROWS,
    maxSeries: 10,
    sideBytes: 1024,
    recordRows: 600_000,
    recordBytes: 1 << 24,
  });
  made.rotate(1);
  return made;
}

function logs(rows: number): LogBatch {
  const batch = new LogBatch();
  for (let i = 0; i < rows; i++) {
    const at = batch.writer.length;
    batch.writer.byte(0);
    batch.push(1, 0, 0, 0, at);
  }
  return batch;
}

test('there is room while the active segment takes more, also when no other is free', () => {
  const two = segments(2);
  two.rotate(2);
  assert.equal(two.hasFree(), false);
  assert.equal(two.hasRoom(), true);
  const batch = logs(300_000);
  assert.equal(two.takes(batch), true);
  two.append(batch);
  // Over its turn, and still the only one.
  assert.equal(two.hasRoom(), true);
  two.append(batch);
  assert.equal(two.takes(logs(1)), false);
  assert.equal(two.hasRoom(), false);
  two.flushed(0);
  assert.equal(two.hasRoom(), true);
});

test('a turn of records is over at its bound when another segment is free', () => {
  const two = segments(2);
  two.append(logs(300_000));
  assert.equal(two.takes(logs(1)), false);
  assert.equal(two.hasRoom(), true);
});
