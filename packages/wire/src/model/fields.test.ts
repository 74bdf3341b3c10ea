import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from './decode-error.ts';
import { FieldWriter, fieldText, forEachField } from './fields.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const K = encode('k');

function textsOf(bytes: Uint8Array, start: number, end: number): [string, number, string][] {
  const found: [string, number, string][] = [];
  forEachField(bytes, start, end, (keyStart, keyEnd, type, valueStart, valueEnd) => {
    const key = decode(bytes.subarray(keyStart, keyEnd));
    found.push([key, type, fieldText(bytes, type, valueStart, valueEnd)]);
  });
  return found;
}

function written(write: (writer: FieldWriter) => void): [string, number, string][] {
  const writer = new FieldWriter();
  write(writer);
  return textsOf(writer.buffer, 0, writer.length);
}

test('every type comes back as text', () => {
  const want = (type: number, shown: string, write: (writer: FieldWriter) => void) =>
    assert.deepEqual(written(write), [['k', type, shown]]);
  const value = encode('xäy');
  want(0, 'ä', (w) => w.string(K, 0, 1, value, 1, 3));
  want(0, 'v\ufffd', (w) => w.text('k', 'v\ud800'));
  want(1, 'true', (w) => w.bool(K, 0, 1, true));
  want(1, 'false', (w) => w.bool(K, 0, 1, false));
  want(2, '-1', (w) => w.int(K, 0, 1, 0xffffffff, 0xffffffff));
  want(2, '9007199254740993', (w) => w.int(K, 0, 1, 1, 0x200000));
  want(2, '-9223372036854775808', (w) => w.int(K, 0, 1, 0, 0x80000000));
  want(3, '1', (w) => w.double(K, 0, 1, 0, 0x3ff00000));
  want(3, '-0', (w) => w.double(K, 0, 1, 0, 0x80000000));
  want(3, 'NaN', (w) => w.double(K, 0, 1, 2, 0x7ff00000));
  want(3, '-Inf', (w) => w.double(K, 0, 1, 0, 0xfff00000));
  want(4, 'w6Q=', (w) => w.bytes(K, 0, 1, value, 1, 3));
  want(5, '[1]', (w) => w.json(K, 0, 1, '[1]'));
});

test('lengths around the steps of their size', () => {
  for (const length of [0, 1, 95, 96, 97, 127, 128, 16383, 16384, 100_000]) {
    const text = 'x'.repeat(length);
    const bytes = encode(text);
    const want: [string, number, string][] = [
      [text, 0, text],
      ['k', 0, text],
    ];
    assert.deepEqual(
      written((w) => {
        w.text(text, text);
        w.string(K, 0, 1, bytes, 0, length);
      }),
      want,
    );
  }
});

test('the limit of a writer', () => {
  const writer = new FieldWriter(2000);
  writer.text('k', 'x'.repeat(600));
  assert.throws(() => writer.text('k', 'x'.repeat(2000)), RequestLimitError);
});

test('damaged fields: an error, whatever the bytes, and nothing past the end', () => {
  const bad = (...bytes: number[]) =>
    assert.throws(() => textsOf(Uint8Array.from(bytes), 0, bytes.length), DecodeError);
  bad(1);
  bad(1, 107);
  bad(1, 107, 6, 0);
  bad(1, 107, 0);
  bad(1, 107, 0, 2, 120);
  bad(1, 107, 1);
  bad(1, 107, 2, 0, 0, 0, 0, 0, 0, 0);
  bad(255, 255, 255, 255, 255, 1);
  bad(1, 107, 0, 255, 255, 255, 255, 255);
  assert.throws(() => forEachField(new Uint8Array(3), 0, 4, () => {}), DecodeError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(20), (bytes, cut) => {
      const end = Math.max(0, bytes.length - cut);
      try {
        forEachField(bytes, 0, end, (keyStart, keyEnd, _type, valueStart, valueEnd) => {
          assert.ok(keyStart <= keyEnd && keyEnd < valueStart && valueStart <= valueEnd);
          assert.ok(valueEnd <= end);
        });
      } catch (error) {
        assert.ok(error instanceof DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});
