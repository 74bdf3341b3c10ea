import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../model/decode-error.ts';
import { MAX_DEPTH, ProtobufReader } from './reader.ts';
import { ProtobufWriter } from './writer.ts';

function readerOf(...bytes: number[]): ProtobufReader {
  const reader = new ProtobufReader();
  reader.reset(Uint8Array.from(bytes));
  return reader;
}

function written(write: (out: ProtobufWriter) => void): ProtobufReader {
  const out = new ProtobufWriter();
  write(out);
  const reader = new ProtobufReader();
  reader.reset(out.finish());
  return reader;
}

const safe = fc.maxSafeInteger();

test('numbers come back', () => {
  fc.assert(
    fc.property(safe, (n) => {
      assert.equal(written((out) => out.int64(n)).int64(), n);
      if (n >= 0) assert.equal(written((out) => out.varint(n)).uint64(), n);
      if (Math.abs(n) < 2 ** 51) assert.equal(written((out) => out.sint(n)).sint64(), n);
    }),
  );
  fc.assert(
    fc.property(fc.integer(), (n) => {
      assert.equal(written((out) => out.int64(n)).int32(), n);
      assert.equal(written((out) => out.sint(n)).sint32(), n);
      assert.equal(written((out) => out.varint(n >>> 0)).uint32(), n >>> 0);
    }),
  );
});

test('edges of numbers', () => {
  const max = [255, 255, 255, 255, 255, 255, 255, 255, 255];
  const want = (bytes: number[], read: (reader: ProtobufReader) => number, value: number) =>
    assert.equal(read(readerOf(...bytes)), value);
  want([...max, 1], (r) => r.int64(), -1);
  want([...max, 1], (r) => r.uint32(), 0xffffffff);
  want([...max, 1], (r) => r.int32(), -1);
  want([0x80, 0x80, 0], (r) => r.uint32(), 0);
  want([0xff, 0xff, 0xff, 0xff, 0x0f], (r) => r.uint32(), 0xffffffff);
  const throws = (bytes: number[], read: (reader: ProtobufReader) => void, message: RegExp) =>
    assert.throws(
      () => read(readerOf(...bytes)),
      (error) => {
        assert.ok(error instanceof DecodeError);
        assert.match(error.message, message);
        return true;
      },
    );
  throws([...max, 2], (r) => r.varint(), /above 64 bits/);
  throws([...max, 0x81, 0], (r) => r.varint(), /above 64 bits/);
  throws([0x80], (r) => r.varint(), /truncated number \(at byte 0\)/);
  throws([], (r) => r.uint32(), /truncated number/);
  throws([0xff, 0xff, 0xff, 0xff, 0x1f], (r) => r.uint32(), /above 32 bits/);
  throws([1, 2, 3], (r) => r.fixed64(), /truncated 64-bit value/);
  throws([0x00], (r) => r.next(), /field number 0/);
  throws(
    [0x0a, 5, 1],
    (r) => {
      r.next();
      r.length();
    },
    /length 5 past the end \(at byte 1\)/,
  );
  throws(
    [0x08, 5],
    (r) => {
      r.next();
      r.enter();
    },
    /wire type 0 where 2 belongs/,
  );
  throws(
    [0x0e],
    (r) => {
      r.next();
      r.skip();
    },
    /wire type 6/,
  );
});

test('nested messages, skipped fields and groups', () => {
  const reader = written((out) => {
    out.tag(9, 3);
    out.tag(1, 0);
    out.varint(5);
    out.tag(9, 4);
    out.message(2, () => {
      out.text(1, 'x'.repeat(200));
      out.tag(3, 5);
      out.varint(1);
      out.varint(1);
      out.varint(1);
      out.varint(1);
    });
    out.tag(4, 0);
    out.varint(300);
  });
  const seen: number[] = [];
  while (reader.next()) {
    seen.push(reader.field);
    if (reader.field === 2) {
      const outer = reader.enter();
      while (reader.next()) {
        seen.push(reader.field * 10);
        reader.skip();
      }
      reader.leave(outer);
    } else if (reader.field === 4) seen.push(reader.uint32());
    else reader.skip();
  }
  assert.deepEqual(seen, [9, 2, 10, 30, 4, 300]);
});

test('nesting is bounded', () => {
  const groups = (depth: number) => {
    const reader = new ProtobufReader();
    reader.reset(new Uint8Array(depth * 2).fill(0x0b, 0, depth).fill(0x0c, depth));
    return reader;
  };
  const fine = groups(MAX_DEPTH);
  fine.next();
  fine.skip();
  assert.equal(fine.pos, MAX_DEPTH * 2);
  const deep = groups(100_000);
  deep.next();
  assert.throws(() => deep.skip(), /nested too deep/);
  const messages = new ProtobufReader();
  // Each message holds one that is two bytes shorter.
  messages.reset(Uint8Array.from({ length: 250 }, (_, i) => (i % 2 === 0 ? 0x0a : 124 - i / 2)));
  assert.throws(() => {
    while (messages.next()) messages.enter();
  }, DecodeError);
});

test('random bytes are read or refused, and never past the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, end) => {
      const reader = new ProtobufReader();
      const limit = Math.max(0, bytes.length - end);
      reader.reset(bytes, 0, limit);
      try {
        while (reader.next()) {
          if (reader.wireType === 2 && reader.field % 2 === 0) {
            const outer = reader.enter();
            while (reader.next()) reader.skip();
            reader.leave(outer);
          } else reader.skip();
          assert.ok(reader.pos <= limit);
        }
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('messages of any size get their length', () => {
  for (const size of [0, 1, 127, 128, 16383, 16384, 2_097_152]) {
    const reader = written((out) =>
      out.message(1, () => out.bytes(2, new Uint8Array(size).fill(7))),
    );
    reader.next();
    reader.enter();
    reader.next();
    assert.equal(reader.length(), size);
    assert.equal(reader.pos + size, reader.end);
  }
});

test('texts and messages that end where the buffer does come back whole', () => {
  for (let before = 990; before < 1030; before++) {
    for (const text of ['', 'a', 'é', '\u{10000}é']) {
      const out = new ProtobufWriter();
      out.bytes(1, new Uint8Array(before));
      out.text(2, text);
      out.message(3, () => out.text(4, text));
      const bytes = out.finish();
      const reader = new ProtobufReader();
      reader.reset(bytes, 0, bytes.length);
      reader.next();
      reader.skip();
      const read = (): string => {
        const length = reader.length();
        const start = reader.pos;
        reader.pos += length;
        return Buffer.from(bytes.subarray(start, start + length)).toString('utf8');
      };
      assert.ok(reader.next());
      assert.equal(read(), text);
      assert.ok(reader.next());
      reader.enter();
      assert.ok(reader.next());
      assert.equal(read(), text);
    }
  }
});
