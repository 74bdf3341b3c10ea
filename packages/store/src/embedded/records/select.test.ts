/** Selections over a block find the rows that a scan of the records finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldWriter, fieldText, forEachField } from '@sightline/wire';
import fc from 'fast-check';
import { RecordBlockEncoder } from './block-encoder.ts';
import { MAX_FIELD_COLUMNS } from './block-format.ts';
import type { RecordBlockReader } from './block-reader.ts';
import * as select from './select.ts';
import { readerOf } from './test-blocks.ts';
import { needleTokens, traceHash } from './tokens.ts';

type Value = string | boolean | number | bigint;

function blockOf(
  records: readonly (readonly [string, ...(readonly [string, Value])[]])[],
): RecordBlockReader {
  const encoder = new RecordBlockEncoder('logs');
  for (const [row, [body, ...fields]] of records.entries()) {
    const side = new FieldWriter();
    side.byte(1);
    side.copy(new Uint8Array(16).fill(row + 1), 0, 16);
    side.prefixedText(body);
    for (const [name, value] of fields) {
      const key = Buffer.from(name);
      if (typeof value === 'string') side.text(name, value);
      else if (typeof value === 'boolean') side.bool(key, 0, key.length, value);
      else {
        const bits = new Uint32Array(
          typeof value === 'number'
            ? Float64Array.of(value).buffer
            : BigInt64Array.of(value).buffer,
        );
        if (typeof value === 'number') side.double(key, 0, key.length, bits[0], bits[1]);
        else side.int(key, 0, key.length, bits[0], bits[1]);
      }
    }
    encoder.addLog(row % 3, row * 1000, 7, row % 5, side.buffer, 0, side.length);
  }
  return readerOf('logs', encoder.finish());
}

const block = blockOf([
  ['GET /a took 5 ms', ['k', 'x'], ['n', 5n]],
  ['POST /b failed: Timeout', ['k', 'y'], ['n', -(2n ** 63n)], ['k', 'x']],
  ['GET /a took 7 ms', ['n', 1.5], ['ok', true]],
  ['took', ['n', '5'], ['n', 6n], ['d', Number.NaN]],
  ['5 ms', ['d', 2 ** 60], ['ok', false], ['k', 'x']],
]);

function rowsAfter(narrow: (mask: Uint8Array) => number): number[] {
  const mask = select.allRows(block);
  const left = narrow(mask);
  const rows = [...select.chosenRows(mask)];
  assert.equal(left, rows.length);
  return rows;
}

test('rows by field, text, time, stream and level', () => {
  const byField = (key: string, value: string): number[] =>
    rowsAfter((mask) => select.keepField(block, mask, key, value));
  const byText = (needle: string): number[] =>
    rowsAfter((mask) => select.keepText(block, mask, Buffer.from(needle)));
  assert.deepEqual(byField('k', 'x'), [0, 4]);
  assert.deepEqual(byField('k', 'y'), [1]);
  assert.deepEqual(byField('n', '5'), [0, 3]);
  assert.deepEqual(byField('n', '6'), []);
  assert.deepEqual(byField('n', '-9223372036854775808'), [1]);
  assert.deepEqual(byField('n', '1.5'), [2]);
  assert.deepEqual(byField('n', '05'), []);
  assert.deepEqual(byField('ok', 'true'), [2]);
  assert.deepEqual(byField('ok', 'false'), [4]);
  assert.deepEqual(byField('d', 'NaN'), [3]);
  assert.deepEqual(byField('d', String(2 ** 60)), [4]);
  assert.deepEqual(byField('none', ''), []);
  assert.deepEqual(byText('took'), [0, 2, 3]);
  assert.deepEqual(byText('ms'), [0, 2, 4]);
  assert.deepEqual(byText('msPOST'), []);
  assert.deepEqual(byText(''), [0, 1, 2, 3, 4]);
  const times = (from: number, to: number): number[] =>
    rowsAfter((mask) => select.keepTimes(block, mask, { lo: from, hi: 7 }, { lo: to, hi: 7 }));
  assert.deepEqual(times(1000, 3000), [1, 2, 3]);
  assert.deepEqual(times(0, 9000), [0, 1, 2, 3, 4]);
  assert.deepEqual(times(9000, 9001), []);
  const streams = Uint8Array.of(0, 1, 0);
  assert.deepEqual(
    rowsAfter((mask) => select.keepStreams(block, mask, streams)),
    [1, 4],
  );
  assert.deepEqual(
    rowsAfter((mask) => select.keepLevels(block, mask, streams)),
    [1],
  );
});

test('the filter has every token of body and fields, and trace ids', () => {
  const has = (text: string, whole = true): boolean =>
    select.mayContain(block, needleTokens(Buffer.from(text), whole));
  for (const text of ['timeout', 'TIMEOUT', 'GET /a', 'x', 'failed: time']) {
    assert.equal(has(text, text !== 'failed: time'), true, text);
  }
  assert.equal(has('surely_not_there_1'), false);
  assert.equal(has('surely_not_there_1', false), true, 'a token at the edge may go on');
  assert.equal(has(' surely_not_there_1 ', false), false);
  const trace = (fill: number): Uint32Array =>
    Uint32Array.of(traceHash(new Uint8Array(16).fill(fill), 0));
  assert.equal(select.mayContain(block, trace(3)), true);
  assert.equal(select.mayContain(block, trace(77)), false);
});

test('fields beyond the columns of a block are found and come back', () => {
  const fields = Array.from({ length: MAX_FIELD_COLUMNS + 50 }, (_, i): [string, string] => [
    `key${i}`,
    `v${i}`,
  ]);
  const wide = blockOf([
    ['wide', ...fields],
    ['other', ['key3', 'v3']],
  ]);
  for (const [key, value] of [fields[3], fields[MAX_FIELD_COLUMNS + 7]]) {
    const mask = select.allRows(wide);
    assert.equal(select.keepField(wide, mask, key, value), key === 'key3' ? 2 : 1);
    assert.equal(select.keepField(wide, mask, key, 'other'), 0);
  }
  const out = new FieldWriter();
  wide.records(Uint32Array.of(0), out);
  const side = new FieldWriter();
  side.byte(1);
  side.copy(new Uint8Array(16).fill(1), 0, 16);
  side.prefixedText('wide');
  for (const [key, value] of fields) side.text(key, value);
  assert.deepEqual(
    Buffer.from(out.buffer.subarray(0, out.length)),
    Buffer.from(side.buffer.subarray(0, side.length)),
  );
});

const word = fc.constantFrom('a', 'ab', 'b-a', '7', '-7', '0', 'true', '10.1.2.3', 'é', '');
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  word,
  fc.boolean(),
  fc.integer({ min: -8, max: 8 }).map(BigInt),
  fc.constantFrom(7, 0.5, -7, Number.POSITIVE_INFINITY),
);
const anyField = fc.tuple(fc.constantFrom('x', 'y'), anyValue);
const anyRecord = fc
  .tuple(fc.array(word, { maxLength: 4 }), fc.array(anyField, { maxLength: 3 }))
  .map(([words, fields]): readonly [string, ...typeof fields] => [words.join(' '), ...fields]);

test('selections find what a scan of the records finds', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 30 }), word, (records, wanted) => {
      const random = blockOf(records);
      const out = new FieldWriter();
      const at = random.records(Uint32Array.from(records.keys()), out);
      const byField: number[] = [];
      for (const [row, [body]] of records.entries()) {
        // Flags, trace id, length of the body in one byte, body.
        const from = at[row] + 18 + Buffer.byteLength(body);
        let first: string | undefined;
        forEachField(
          out.buffer,
          from,
          at[row + 1] ?? out.length,
          (key, _keyEnd, type, start, end) => {
            if (out.buffer[key] === 0x78) first ??= fieldText(out.buffer, type, start, end);
          },
        );
        if (first === wanted) byField.push(row);
      }
      const fieldMask = select.allRows(random);
      select.keepField(random, fieldMask, 'x', wanted);
      assert.deepEqual([...select.chosenRows(fieldMask)], byField);
      const textMask = select.allRows(random);
      select.keepText(random, textMask, Buffer.from(wanted));
      const byText = [...records.keys()].filter((row) => records[row][0].includes(wanted));
      assert.deepEqual([...select.chosenRows(textMask)], byText);
      const isPossible = select.mayContain(random, needleTokens(Buffer.from(wanted), false));
      assert.ok(isPossible || byText.length === 0);
    }),
    { numRuns: 300 },
  );
});
