import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../model/decode-error.ts';
import {
  attribute,
  bytes,
  decode,
  double,
  encode,
  exponential,
  type Field,
  fixed,
  gauge,
  histogram,
  message,
  packedDoubles,
  packedFixed,
  packedVarints,
  request,
  sum,
  summary,
  text,
  time,
} from './test-payload.ts';

const T = 1_700_000_000_000;
const everything = request(
  [attribute(1, 'service.name', 'shop'), attribute(1, 'host.name', 'h')],
  [
    gauge('g', '1', [time(T), double(4, 1), attribute(7, 'a', 'b')]),
    sum('s', 'By', 1, true, [
      time(T),
      fixed(6, 5n),
      message(5, double(3, 1), bytes(5, Buffer.alloc(16, 1))),
    ]),
    histogram('h', 2, [time(T), fixed(4, 2n), packedFixed(6, [1, 1]), packedDoubles(7, [1])]),
    exponential('e', 2, [time(T), fixed(4, 2n), message(8, packedVarints(2, [1, 1]))]),
    summary('y', [time(T), message(6, double(1, 0.5), double(2, 3))]),
  ],
  [text(1, 'lib')],
);

/** Either it decodes or it is refused as malformed; nothing else may happen. */
function survives(body: Uint8Array): void {
  try {
    decode(body, { promoteScopeMetadata: true });
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

test('a request cut at each byte', () => {
  for (let length = 0; length < everything.length; length++) {
    survives(everything.subarray(0, length));
  }
});

test('random bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 2000 });
});

test('a request with some bytes changed', () => {
  const changes = fc.array(fc.tuple(fc.nat(everything.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, (list) => {
      const body = everything.slice();
      for (const [at, byte] of list) body[at] = byte;
      survives(body);
    }),
    { numRuns: 3000 },
  );
});

test('an attribute nested 10,000 deep refuses its point only', () => {
  let value = encode(text(1, 'x'));
  for (let i = 0; i < 10_000; i++) value = nested(i % 2 === 0, value);
  const deep = message(7, text(1, 'deep'), bytes(2, value));
  const body = request(
    [],
    [gauge('g', '', [time(T), double(4, 1), deep], [time(T), double(4, 2)])],
  );
  const { rows, batch } = decode(body);
  assert.deepEqual(rows, [`g{} 2 @${T}`]);
  assert.deepEqual([...batch.rejected], [['invalid_labels', 1]]);
});

function nested(list: boolean, value: Uint8Array): Uint8Array {
  return list
    ? encode(message(5, bytes(1, value)))
    : encode(message(6, message(1, text(1, 'k'), bytes(2, value))));
}

test('resources with too many attributes, text that is not UTF-8', () => {
  const many = [...Array(10_000).keys()].map((i) => attribute(1, `k${i}`, 'v'));
  const point = [time(T), double(4, 1)];
  const { batch } = decode(request(many, [gauge('g', '', point)]));
  assert.deepEqual([...batch.rejected], [['label_limit', 1]]);
  const some = [attribute(1, 'service.name', 'x'), ...many.slice(0, 200)];
  const kept = decode(request(some, [gauge('g', '', point)]));
  assert.deepEqual(kept.rows, [`g{job="x"} 1 @${T}`]);
  assert.match(kept.batch.rejections[0] ?? '', /target_info: more than 64 labels/);
  const bad = message(2, bytes(1, new Uint8Array([0xc3, 0x28])), message(5, message(1, ...point)));
  assert.deepEqual([...decode(request([], [bad])).batch.rejected], [['invalid_labels', 1]]);
});

test('a million buckets cost what they are', () => {
  const wide = exponential('e', 2, [
    time(T),
    message(8, packedVarints(2, Array(1_000_000).fill(0))),
  ]);
  assert.deepEqual([...decode(request([], [wide])).batch.rejected], [['unsupported', 1]]);
  const bounds = [...Array(100_000).keys()];
  const explicit = histogram('h', 2, [time(T), packedFixed(6, bounds), packedDoubles(7, bounds)]);
  assert.throws(() => decode(request([], [explicit]), {}, { maxPoints: 1000 }), /more than 1000/);
});

test('long values are refused without being built', () => {
  const point = [time(T), double(4, 1)];
  const item = message(1, text(1, 'xxxxxx'));
  const list: Field = (writer) =>
    writer.message(5, () => {
      for (let i = 0; i < 400_000; i++) item(writer);
    });
  const long = message(7, text(1, 'k'), message(2, list));
  const text2 = attribute(7, 'k', 'ü'.repeat(2_000_000));
  const body = request([], [gauge('g', '', [...point, long], [...point, text2], point)]);
  const { rows, batch } = decode(body);
  assert.deepEqual(rows, [`g{} 1 @${T}`]);
  assert.deepEqual(Object.fromEntries(batch.rejected), { invalid_labels: 1, label_limit: 1 });
  const command = [attribute(1, 'service.name', 's'), attribute(1, 'args', 'x'.repeat(3_000_000))];
  const kept = decode(request(command, [gauge('g', '', point)]));
  assert.deepEqual(kept.rows, [`g{job="s"} 1 @${T}`]);
  assert.match(kept.batch.rejections[0] ?? '', /^target_info: label value of 1048577 bytes/);
});
