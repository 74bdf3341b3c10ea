/** Partition files of records: what is flushed is found again by time, trace and field. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldWriter } from '@sightline/wire';
import { RecordBlockEncoder } from './block-encoder.ts';
import { COLUMN_TEXT, type RecordBlock } from './block-format.ts';
import { jointsOf } from './joints.ts';
import { RecordFileReader, RecordFileWriter } from './record-file.ts';
import { mayContainAll } from './tokens.ts';

const traceId = (n: number): Uint8Array => {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, n * 0x9e3779b1);
  return id;
};

/** A block of two spans for each of the traces; `second` is its time. */
function blockOf(traces: readonly number[], second: number): RecordBlock {
  const encoder = new RecordBlockEncoder('spans');
  const side = new FieldWriter();
  const time = BigInt(second) * 1_000_000_000n;
  for (const n of traces) {
    for (const name of ['GET /', 'SELECT']) {
      side.clear();
      side.copy(traceId(n), 0, 16);
      side.copy(Uint8Array.of(n, name.length, 0, 0, 0, 0, 0, 1), 0, 8);
      side.copy(new Uint8Array(8), 0, 8);
      side.prefixedText(name);
      const start = side.begin();
      side.text('user', `u${n % 3}`);
      side.end(start);
      side.byte(0);
      side.byte(0);
      const lo = Number(time & 0xffffffffn);
      const hi = Number(time >> 32n);
      encoder.addSpan(1, lo, hi, lo, hi, 2, 0, side.buffer, 0, side.length);
    }
  }
  return encoder.finish();
}

test('blocks, streams, traces and fields come back', () => {
  const dir = mkdtempSync(join(tmpdir(), 'records-'));
  const path = join(dir, '2026-11-21.1.db');
  try {
    const writer = new RecordFileWriter(path);
    const many = Array.from({ length: 9000 }, (_, i) => i);
    writer.flush(
      7,
      [Uint8Array.of(1, 97, 1, 98)],
      [blockOf(many.slice(0, 5000), 1_700_000_000), blockOf(many.slice(4000), 1_700_000_100)],
    );
    writer.flush(8, [Uint8Array.of(1, 97, 1, 99)], [blockOf([10, 9001], 1_700_000_200)]);
    assert.equal(writer.flushedSeq, 8);
    assert.equal(writer.streams().length, 2);
    const reader = new RecordFileReader(path, 'spans');
    reader.begin();
    assert.equal(reader.flushedSeq(), 8);
    assert.deepEqual(
      reader.streams().map((labels) => labels[3]),
      [98, 99],
    );
    const found = (n: number): number[] => reader.traceBlocks(traceId(n));
    assert.deepEqual(found(10), [1, 3]);
    assert.deepEqual(found(4500), [1, 2]);
    assert.deepEqual(found(8999), [2]);
    assert.deepEqual(found(9001), [3]);
    assert.deepEqual(found(9002), []);
    const ids = (from: number, to: number): number[] =>
      reader.blocks(from * 1000, to * 1000).map(({ id }) => id);
    assert.deepEqual(ids(1_700_000_000, 1_700_000_050), [1]);
    assert.deepEqual(ids(1_700_000_050, 1_700_000_300), [2, 3]);
    assert.deepEqual(reader.fields(), [
      { scope: '', key: 'user', type: 0, count: 20_004, values: ['u0', 'u1', 'u2'] },
    ]);
    const block = reader.block(3);
    assert.equal(block.rows, 4);
    const names = block.column(COLUMN_TEXT);
    assert.equal(names === undefined ? 0 : block.strings(names).count, 2);
    reader.close();
    writer.checkpoint();
    writer.close();
    const again = new RecordFileWriter(path);
    assert.equal(again.flushedSeq, 8);
    again.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('filters of a file from before joints rule nothing out by them', () => {
  const dir = mkdtempSync(join(tmpdir(), 'records-'));
  const path = join(dir, '2026-11-21.1.db');
  const mayHave = (): boolean => {
    const reader = new RecordFileReader(path, 'spans');
    const [{ id, tokenPages, gramPages }] = reader.blocks(0, Number.POSITIVE_INFINITY);
    const { joints } = reader.filters(id, tokenPages, gramPages);
    const answer = mayContainAll(joints, jointsOf(Buffer.from('after 2999')));
    reader.close();
    return answer;
  };
  try {
    const writer = new RecordFileWriter(path);
    writer.flush(1, [Uint8Array.of(1, 97, 1, 98)], [blockOf([1], 1_700_000_000)]);
    assert.equal(mayHave(), false);
    writer.db.exec('PRAGMA user_version=1');
    assert.equal(mayHave(), true);
    writer.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
