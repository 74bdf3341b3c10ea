import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { LogBatch } from '@sightline/wire';
import fc from 'fast-check';
import { createLog } from '../../log.ts';
import { LogPatterns } from './log-patterns.ts';
import { PatternFile } from './pattern-file.ts';

const NOW = 1_700_000_000_000;
const FILE = 'patterns.json.zst';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-patterns-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A process that has read the file; what it warns of goes to `warnings`. */
function start(dir: string, warnings: string[] = [], maxBytes = 1e6, nowMs = NOW) {
  const patterns = new LogPatterns(maxBytes, () => nowMs);
  const log = createLog('info', (line) => warnings.push(line));
  const file = new PatternFile(dir, patterns, log);
  file.start();
  const take = (...lines: string[]): void => {
    const batch = new LogBatch();
    for (const line of lines) {
      const at = batch.sideLength;
      batch.writer.byte(0);
      batch.writer.prefixedText(line);
      const ns = BigInt(nowMs) * 1_000_000n;
      batch.push(0, Number(ns & 0xffffffffn), Number(ns >> 32n), 9, at);
    }
    patterns.onLogs('t', batch, () => ['service.name', 'shop']);
  };
  const shown = (tenant = 't', service = 'shop') =>
    patterns
      .query({
        ...{ tenant, services: new Set([service]), stepSeconds: 10 },
        ...{ fromSeconds: NOW / 1000 - 10_800, toSeconds: NOW / 1000 + 10_800 },
      })
      .map(
        ({ pattern, level, samples }) =>
          `${level} ${pattern} ${samples.map((sample) => sample.join(':')).join(' ')}`,
      );
  return { file, patterns, take, shown };
}

test('counts are there after a restart, and what is mined anew adds to them', (t) => {
  const dir = folder(t);
  const first = start(dir);
  first.take('user 1 paid', 'user 2 paid', 'done');
  first.file.stop();
  assert.deepEqual(readdirSync(dir), [FILE]);
  const second = start(dir, [], 1e6, NOW + 20_000);
  assert.deepEqual(second.shown(), first.shown());
  assert.deepEqual(second.shown('t', 'other'), []);
  assert.deepEqual(second.shown('other'), []);
  assert.ok(second.patterns.stats().bytes > 0);
  second.take('user 3 paid');
  second.file.stop();
  const third = start(dir, [], 1e6, NOW + 20_000);
  const seconds = NOW / 1000;
  assert.deepEqual(third.shown(), [
    `info user <_> paid ${seconds}:2 ${seconds + 20}:1`,
    `info done ${seconds}:1`,
  ]);
  third.file.stop();
});

test('what is older than the window, and what memory has no room for, is left out', (t) => {
  const dir = folder(t);
  const first = start(dir);
  first.take(...Array.from('abcdefghij', (letter) => `${letter} `.repeat(letter.charCodeAt(0))));
  first.file.stop();
  const small = start(dir, [], 8000);
  const { patterns, bytes } = small.patterns.stats();
  assert.ok(patterns > 0 && patterns < 10 && bytes <= 4000, `${patterns} of ${bytes} bytes`);
  assert.equal(start(dir, [], 1e6, NOW + 4 * 3_600_000).patterns.stats().patterns, 0);
});

test('nothing is written when no line came', (t) => {
  const dir = folder(t);
  start(dir).file.stop();
  assert.deepEqual(readdirSync(dir), []);
});

test('a file that is no such file is ignored with a line in the log, and replaced', (t) => {
  const dir = folder(t);
  const path = join(dir, FILE);
  const good = start(dir);
  good.take('user 1 paid');
  good.file.stop();
  const bytes = readFileSync(path);
  const packed = (value: unknown): Buffer => zstdCompressSync(JSON.stringify(value));
  const row = (numbers: unknown) => ['t', 'shop', 'info', 'x', numbers];
  const damaged = [
    Buffer.alloc(0),
    Buffer.from('text'),
    bytes.subarray(0, bytes.length - 3),
    packed(null),
    packed({ version: 2, patterns: [] }),
    packed({ version: 1, patterns: 5 }),
    packed({ version: 1, patterns: [row('no list')] }),
    packed({ version: 1, patterns: [row([1.5, 1])] }),
    packed({ version: 1, patterns: [row([1, -1])] }),
    packed({ version: 1, patterns: [[1, 2]] }),
  ];
  for (const content of damaged) {
    writeFileSync(path, content);
    const warnings: string[] = [];
    const { file, take, shown } = start(dir, warnings);
    assert.match(warnings.join(), /patterns\.json\.zst is ignored: /, content.toString('latin1'));
    take('kept 1');
    file.stop();
    assert.equal(warnings.length, 1);
    assert.deepEqual(start(dir).shown(), shown());
  }
});

test('any bytes are ignored or read', (t) => {
  const dir = folder(t);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.jsonValue()), (content) => {
      const json = JSON.stringify({ version: 1, patterns: content });
      writeFileSync(
        join(dir, FILE),
        content instanceof Uint8Array ? content : zstdCompressSync(json),
      );
      start(dir).shown();
    }),
    { numRuns: 100 },
  );
});

test('a folder that is gone is told of', (t) => {
  const dir = join(folder(t), 'gone');
  const warnings: string[] = [];
  const { file, take } = start(dir, warnings);
  take('x');
  file.stop();
  assert.match(warnings.join(), /cannot be written/);
});
