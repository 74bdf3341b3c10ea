import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forEachLabel, LabelSetBuilder, labelsFromPairs, labelsToPairs } from './label-set.ts';

const encoder = new TextEncoder();

function canonical(pairs: string[]): string[] {
  const bytes = labelsFromPairs(pairs);
  return labelsToPairs(bytes, 0, bytes.length);
}

function problemOf(builder: LabelSetBuilder, pairs: string[]): string {
  builder.clear();
  for (let i = 0; i < pairs.length; i += 2) builder.addText(pairs[i] ?? '', pairs[i + 1] ?? '');
  return builder.finish() < 0 ? `${builder.reason}: ${builder.problem}` : '';
}

test('labels are sorted by name and empty values dropped', () => {
  const want = (pairs: string[], sorted: string[]) => assert.deepEqual(canonical(pairs), sorted);
  want([], []);
  want(['b', '2', 'a', '1'], ['a', '1', 'b', '2']);
  want(['a', '1', 'b', ''], ['a', '1']);
  want(['a', '', 'a', '1'], ['a', '1']);
  want(
    ['aa', '1', 'a', '2', 'B', '3', '__name__', 'x'],
    ['B', '3', '__name__', 'x', 'a', '2', 'aa', '1'],
  );
  // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
  want(['\u{1f600}', '1', '\uff5e', '2'], ['\uff5e', '2', '\u{1f600}', '1']);
});

test('the layout is lengths and UTF-8', () => {
  assert.deepEqual([...labelsFromPairs(['é', 'x'])], [2, 0xc3, 0xa9, 1, 0x78]);
  const long = labelsFromPairs(['a', 'v'.repeat(300)]);
  assert.deepEqual([...long.subarray(0, 5)], [1, 0x61, 0xac, 0x02, 0x76]);
});

test('what is no label set is refused with its reason', () => {
  const builder = new LabelSetBuilder({
    maxLabels: 3,
    maxLabelNameBytes: 5,
    maxLabelValueBytes: 6,
  });
  const want = (pairs: string[], problem: RegExp) =>
    assert.match(problemOf(builder, pairs), problem);
  want(['', 'x'], /^invalid_labels: empty label name/);
  want(['a', '1', 'b', '2', 'a', '1'], /^duplicate_label: label "a" occurs twice/);
  want(['a', '1', 'b', '1', 'c', '1', 'd', '1'], /^label_limit: more than 3 labels/);
  want(['abcdef', '1'], /^label_limit: label name of 6 bytes, at most 5/);
  want(['a', 'abcdefg'], /^label_limit: label value of 7 bytes, at most 6/);
  want(['ééé', '1'], /^label_limit: label name of 6 bytes/);
  assert.equal(problemOf(builder, ['a', '1', 'b', '1', 'c', '1', 'd', '']), '');
});

test('bytes that are not UTF-8 are refused, in names and values', () => {
  const builder = new LabelSetBuilder();
  const want = (name: number[], value: number[], valid: boolean) => {
    builder.clear();
    builder.add(Uint8Array.from(name), 0, name.length, Uint8Array.from(value), 0, value.length);
    assert.equal(builder.finish() >= 0, valid);
    if (!valid) assert.equal(builder.reason, 'invalid_labels');
  };
  want([0x61], [0xc3, 0xa9], true);
  want([0x61], [0xc3], false);
  want([0xff], [0x61], false);
  want([0x61], [0xed, 0xa0, 0x80], false);
  want([0x61], [0xc0, 0x80], false);
});

test('a builder that has refused works again after clear', () => {
  const builder = new LabelSetBuilder();
  assert.notEqual(problemOf(builder, ['', 'x']), '');
  assert.equal(problemOf(builder, ['a', 'x']), '');
  assert.deepEqual(labelsToPairs(builder.bytes, 0, 4), ['a', 'x']);
});

test('a million labels end at the bound', () => {
  const builder = new LabelSetBuilder();
  builder.clear();
  const name = encoder.encode('nnnnnn');
  for (let i = 0; i < 1_000_000; i++) {
    name[i % 6] = 97 + (i % 26);
    builder.add(name, 0, 6, name, 0, 6);
  }
  assert.equal(builder.finish(), -1);
  assert.equal(builder.reason, 'label_limit');
  assert.ok(builder.bytes.length < 1 << 20);
});

const text = fc.string({ unit: 'binary', maxLength: 20 });

test('any label set survives, in any order of its labels', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 20 }),
      (labels) => {
        const kept = labels.filter(([name, value]) => name !== '' && value !== '');
        const forward = labelsFromPairs(kept.flat());
        const backward = labelsFromPairs([...kept].reverse().flat());
        assert.deepEqual(forward, backward);
        const pairs = labelsToPairs(forward, 0, forward.length);
        const back = new Map(kept);
        assert.equal(pairs.length, back.size * 2);
        for (let i = 0; i < pairs.length; i += 2)
          assert.equal(back.get(pairs[i] ?? ''), pairs[i + 1]);
        for (let i = 2; i < pairs.length; i += 2) {
          assert.ok(
            Buffer.compare(Buffer.from(pairs[i - 2] ?? ''), Buffer.from(pairs[i] ?? '')) < 0,
          );
        }
      },
    ),
  );
});

test('names and values of any length are framed right', () => {
  for (const length of [1, 127, 128, 129, 16383, 16384, 16385]) {
    const bytes = labelsFromPairs(['n'.repeat(length), 'v'.repeat(length + 1), 'z', '1']);
    const lengths: number[] = [];
    forEachLabel(bytes, 0, bytes.length, (nameStart, nameEnd, valueStart, valueEnd) => {
      lengths.push(nameEnd - nameStart, valueEnd - valueStart);
    });
    assert.deepEqual(lengths, [length, length + 1, 1, 1]);
  }
});
