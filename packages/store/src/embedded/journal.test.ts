import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  stat,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { LogBatch, MetricBatch, SpanBatch } from '@sightline/wire';
import fc from 'fast-check';
import { JOURNAL_VERSION, journalFileName } from './journal-format.ts';
import { JournalVersionError, type JournalVisitor, readJournal } from './journal-reader.ts';
import { resynchronise } from './journal-resync.ts';
import { JournalWriter } from './journal-writer.ts';

const dir = mkdtempSync(join(tmpdir(), 'sightline-journal-'));
after(() => rmSync(dir, { recursive: true }));
let number = 0;

function batchOf(values: readonly number[], starts = false): MetricBatch {
  const batch = new MetricBatch(1);
  for (const value of values) {
    const i = batch.row();
    batch.series[i] = value;
    batch.t[i] = value * 1000;
    batch.kind[i] = 0;
    batch.lo[i] = value;
    batch.hi[i] = 0xfffffff0 + value;
    batch.st[i] = starts ? value : 0;
  }
  batch.hasStart = starts;
  return batch;
}

/** Two log records of a stream: the texts are as long as their times are high. */
function logsOf(stream: number): LogBatch {
  const batch = new LogBatch();
  for (const time of [stream, stream + 7]) {
    const at = batch.sideLength;
    for (let i = 0; i < time; i++) batch.writer.byte(time);
    batch.push(stream, 0xffffff00 + time, time, 9, at);
  }
  return batch;
}

function spansOf(stream: number): SpanBatch {
  const batch = new SpanBatch();
  const at = batch.sideLength;
  batch.writer.byte(stream);
  const row = batch.push(stream, at);
  batch.startLo[row] = stream;
  batch.startHi[row] = 0xf0000000;
  batch.endLo[row] = stream + 1;
  batch.endHi[row] = 0xf0000001;
  batch.kind[row] = 3;
  batch.status[row] = 2;
  return batch;
}

/** Writes three groups to a new file and returns its path and the length after each. */
function writeThree(): { path: string; lengths: number[] } {
  number++;
  const path = join(dir, journalFileName(number));
  const fatal = (error: Error): never => assert.fail(error);
  const writer = new JournalWriter({ dir, durability: 'process', syncMs: 1000, onFatal: fatal });
  writer.open(number);
  const lengths: number[] = [];
  for (const group of [1, 2, 3]) {
    writer.tenant(0, 'tenant-ü');
    writer.series(group, 0, Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    writer.rows(0, batchOf([group, group + 1], group === 2));
    writer.records(0, logsOf(group));
    writer.records(0, spansOf(group));
    writer.digest(new Uint8Array(16).fill(group), group);
    writer.notes(JSON.stringify({ group }));
    writer.commit(() => {});
    lengths.push(writer.size);
  }
  writer.close();
  return { path, lengths };
}

function record(log: unknown[]): JournalVisitor {
  return {
    tenant: (index, name) => log.push(['tenant', index, name]),
    series: (sid, tenant, labels) => log.push(['series', sid, tenant, [...labels]]),
    rows: (tenant, batch) => {
      const column = (from: ArrayLike<number>): number[] => Array.from(from).slice(0, batch.n);
      log.push([
        'rows',
        tenant,
        column(batch.series),
        column(batch.t),
        column(batch.lo),
        column(batch.hi),
      ]);
      if (batch.hasStart) log.push(['starts', column(batch.st)]);
    },
    records: (tenant, batch) => {
      for (let i = 0; i < batch.n; i++) {
        const record = [...batch.side.subarray(batch.at[i], batch.at[i] + batch.length[i])];
        const columns =
          batch instanceof LogBatch
            ? [batch.tLo, batch.tHi, batch.severity]
            : [batch.startLo, batch.startHi, batch.endLo, batch.endHi, batch.kind, batch.status];
        log.push([tenant, batch.stream[i], ...columns.map((column) => column[i]), record]);
      }
    },
    digest: (digest, timeMs) => log.push(['digest', digest[0], timeMs]),
    notes: (json) => log.push(['notes', json]),
    gap: (forget) => log.push(['gap', forget]),
  };
}

test('reads back what was written', () => {
  const { path, lengths } = writeThree();
  const log: unknown[] = [];
  const result = readJournal(path, record(log));
  assert.deepEqual(result, {
    soundBytes: lengths[2],
    fileBytes: lengths[2],
    frames: 3,
    losses: [],
  });
  assert.deepEqual(log.slice(8, 17), [
    ['tenant', 0, 'tenant-ü'],
    ['series', 2, 0, [1, 2, 3]],
    ['rows', 0, [2, 3], [2000, 3000], [2, 3], [0xfffffff2, 0xfffffff3]],
    ['starts', [2, 3]],
    [0, 2, 0xffffff02, 2, 9, [2, 2]],
    [0, 2, 0xffffff09, 9, 9, Array(9).fill(9)],
    [0, 2, 2, 0xf0000000, 3, 0xf0000001, 3, 2, [2]],
    ['digest', 2, 2],
    ['notes', '{"group":2}'],
  ]);
});

test('a file cut anywhere gives the groups before the cut', () => {
  const { path, lengths } = writeThree();
  for (let length = lengths[2] - 1; length >= 0; length--) {
    truncateSync(path, length);
    const log: unknown[] = [];
    const { soundBytes } = readJournal(path, record(log));
    const groups = lengths.filter((end) => end <= length).length;
    assert.equal(log.filter((entry) => Array.isArray(entry) && entry[0] === 'rows').length, groups);
    assert.equal(soundBytes, length < 32 ? 0 : (lengths[groups - 1] ?? 32));
  }
});

test('a flipped bit costs at most the group it hits', () => {
  const { path, lengths } = writeThree();
  const sound = readFileSync(path);
  const starts = [32, ...lengths];
  for (let at = 0; at < sound.length; at++) {
    const damaged = Buffer.from(sound);
    damaged[at] ^= 1 << (at % 8);
    writeFileSync(path, damaged);
    const log: unknown[] = [];
    const { soundBytes, frames, losses } = readJournal(path, record(log));
    const hit = lengths.findIndex((end) => end > at);
    assert.equal(losses.length, 1);
    assert.equal(soundBytes, at < 32 ? 0 : starts[hit]);
    // Header of the file: all is read. Length of a frame: its records say where it ends.
    const isWhole = at < (starts[hit] ?? 0) + 4;
    assert.equal(frames, isWhole ? 3 : 2, `byte ${at}`);
    assert.equal(losses[0]?.bytes, isWhole ? 0 : (lengths[hit] ?? 0) - (starts[hit] ?? 0));
    assert.deepEqual(gaps(log), isWhole || hit === 2 ? [] : [false]);
  }
});

function gaps(log: readonly unknown[]): unknown[] {
  return log.flatMap((entry) => (Array.isArray(entry) && entry[0] === 'gap' ? [entry[1]] : []));
}

test('zeroed over two groups, the third is found; in a continued file what was defined is forgotten', () => {
  for (const continued of [false, true]) {
    const { path, lengths } = writeThree();
    if (continued) {
      const writer = new JournalWriter({
        dir,
        durability: 'process',
        syncMs: 1000,
        onFatal: assert.fail,
      });
      writer.open(number, lengths[2]);
      writer.close();
    }
    const bytes = readFileSync(path);
    bytes.fill(0, 32, lengths[0] + 50);
    writeFileSync(path, bytes);
    const log: unknown[] = [];
    const { frames, losses } = readJournal(path, record(log));
    assert.equal(frames, 1);
    assert.deepEqual(losses, [{ offset: 32, bytes: lengths[1] - 32, what: 'frame length 0' }]);
    assert.deepEqual(log.slice(0, 3), [
      ['gap', continued],
      ['tenant', 0, 'tenant-ü'],
      ['series', 3, 0, [1, 2, 3]],
    ]);
  }
});

test('what a client sent is not taken for a frame', () => {
  const { path, lengths } = writeThree();
  const frame = readFileSync(path).subarray(lengths[1], lengths[2]);
  number++;
  const writer = new JournalWriter({
    dir,
    durability: 'process',
    syncMs: 1000,
    onFatal: assert.fail,
  });
  writer.open(number);
  writer.tenant(0, 'a');
  const planted = Buffer.concat([frame, frame]);
  writer.series(1, 0, planted, 0, planted.length);
  writer.rows(0, batchOf([1]));
  writer.commit(() => {});
  writer.close();
  const file = join(dir, journalFileName(number));
  const bytes = readFileSync(file);
  bytes.fill(0, 32, 41);
  writeFileSync(file, bytes);
  const log: unknown[] = [];
  assert.equal(readJournal(file, record(log)).frames, 0);
  assert.deepEqual(log, []);
});

test('any bytes are searched in bounded time', () => {
  const bytes = Buffer.alloc(1 << 20);
  for (let at = 16; at + 13 < bytes.length; at += 13) {
    // A frame that says it fills the file, with one notes record.
    bytes.writeUInt32LE(bytes.length - at - 8, at);
    bytes[at + 8] = 5;
    bytes.writeUInt32LE(bytes.length - at - 13, at + 9);
  }
  assert.equal(resynchronise(bytes), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
      const found = resynchronise(Buffer.from(random));
      assert.ok(found === undefined || found.next <= random.length);
    }),
  );
});

test('appending goes on after a torn tail', () => {
  const { path, lengths } = writeThree();
  appendFileSync(path, 'torn');
  const writer = new JournalWriter({
    dir,
    durability: 'power',
    syncMs: 1000,
    onFatal: assert.fail,
  });
  writer.open(number, lengths[2]);
  writer.tenant(1, 'later');
  writer.commit(() => {});
  writer.close();
  const log: unknown[] = [];
  assert.deepEqual(readJournal(path, record(log)).losses, []);
  assert.deepEqual(log.at(-1), ['tenant', 1, 'later']);
});

test('a newer version is refused, not read', () => {
  const { path } = writeThree();
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(JOURNAL_VERSION + 1, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28);
  writeFileSync(path, bytes);
  assert.throws(() => readJournal(path, record([])), JournalVersionError);
});

test('power durability acknowledges after the sync', async () => {
  number++;
  const writer = new JournalWriter({
    dir,
    durability: 'power',
    syncMs: 1000,
    onFatal: assert.fail,
  });
  writer.open(number);
  let acknowledged = 0;
  const groups = [1, 2, 3].map(
    (group) =>
      new Promise<void>((resolve) => {
        writer.tenant(group, 'x');
        writer.commit(() => {
          acknowledged++;
          resolve();
        });
      }),
  );
  assert.equal(acknowledged, 0);
  await Promise.all(groups);
  assert.equal(acknowledged, 3);
  writer.close();
});

test('a writer that is closed while a sync is under way meets no closed file', async () => {
  const problems: Error[] = [];
  const onFatal = (error: Error): number => problems.push(error);
  number++;
  const writer = new JournalWriter({ dir, durability: 'power', syncMs: 1000, onFatal });
  writer.open(number);
  writer.tenant(0, 'tenant');
  // The sync waits behind these until the writer is closed.
  const busy = Array.from({ length: 16 }, () => promisify(pbkdf2)('x', 'y', 50_000, 64, 'sha512'));
  let acknowledged = 0;
  writer.commit(() => acknowledged++);
  writer.close();
  await Promise.all(busy);
  await promisify(stat)(dir);
  assert.deepEqual(problems, []);
  assert.equal(acknowledged, 1);
});
