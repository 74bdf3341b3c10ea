/**
 * Payloads that pass their checksums but are not what an encoder writes: they may be refused, or read as something else; never may
 * they hang, take memory without bound, or fail with anything but a CorruptionError.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import { SampleBuffer } from '../../querier.ts';
import { ByteWriter } from './bytes.ts';
import { SampleColumns } from './columns.ts';
import { CorruptionError, FormatVersionError } from './errors.ts';
import { type FrameKind, openFrame, sealFrame } from './frame.ts';
import { HistogramBlockReader } from './histogram-reader.ts';
import { HistogramBlockEncoder } from './histograms.ts';
import { LabelSegment, LabelSegmentEncoder } from './labels.ts';
import { PostingsBuilder } from './postings.ts';
import { PostingsReader } from './postings-reader.ts';
import { SampleBlockReader } from './sample-reader.ts';
import { SampleBlockEncoder } from './samples.ts';

function sampleBlock(): Uint8Array {
  const encoder = new SampleBlockEncoder();
  const t = Float64Array.from({ length: 12 }, (_, i) => i * 1000 + (i % 3));
  const runs = [
    t.map(() => 7),
    t.map((_, i) => Math.sqrt(i)),
    t.map((_, i) => i * i * 1000),
    t.map((_, i) => i * 77 + (i % 5)),
    t.map((_, i) => (i === 5 ? Number.NaN : i / 100)),
    t.map(() => Number.NaN),
  ];
  runs.forEach((values, run) => {
    const words = new Uint32Array(values.buffer);
    const lo = Uint32Array.from(values, (_, i) => words[i * 2]);
    const hi = Uint32Array.from(values, (_, i) => words[i * 2 + 1]);
    const st = run % 2 === 0 ? null : t.map((_, i) => 1e12 + (i >> run) * 1000);
    encoder.addRun(run * 3 + 1, 12 - run, t, lo, hi, st, 0);
  });
  return encoder.finish();
}

function histogramBlock(): Uint8Array {
  const encoder = new HistogramBlockEncoder();
  const rows = [1, 2, 3, 9];
  const histograms = rows.map((count) => ({
    schema: 2,
    resetHint: 0 as const,
    zeroThreshold: 1e-9,
    zeroCount: 1,
    count,
    sum: count / 3,
    positiveSpans: [{ offset: 0, length: count > 3 ? 3 : 2 }],
    negativeSpans: [],
    positiveBuckets: count > 3 ? [1, 2, 3] : [1, count],
    negativeBuckets: [],
    customValues: [],
  }));
  encoder.addHistograms(5, 4, Float64Array.from(rows), histograms, Float64Array.from(rows));
  return encoder.finish();
}

function labelSets(): Uint8Array[] {
  return Array.from({ length: 9 }, (_, i) =>
    labelsFromPairs([
      '__name__',
      `metric_${i >> 2}`,
      'id',
      `${i % 4}`,
      ...(i === 3 ? ['x', 'y'] : []),
    ]),
  );
}

function labelSegment(): Uint8Array {
  const encoder = new LabelSegmentEncoder();
  for (const [i, bytes] of labelSets().entries()) encoder.add(i + 1, bytes, 0, bytes.length);
  return encoder.finish();
}

function postings(): Uint8Array {
  const builder = new PostingsBuilder();
  for (const [i, bytes] of labelSets().entries()) builder.add(i + 1, bytes, 0, bytes.length);
  return builder.finish();
}

function readSamples(sealed: Uint8Array): void {
  const block = SampleBlockReader.open(sealed, 'test');
  const into = new SampleBuffer();
  for (let run = 0; run < Math.min(block.runs, 20); run++) {
    into.clear();
    block.read(run, into, 2000, 9000);
    block.readColumns(run, new SampleColumns(1));
  }
}

function readHistograms(sealed: Uint8Array): void {
  const block = HistogramBlockReader.open(sealed, 'test');
  const into = new SampleBuffer();
  for (let run = 0; run < Math.min(block.runs, 20); run++)
    block.read(run, into, -Infinity, Infinity);
}

function readLabels(sealed: Uint8Array): void {
  const segment = LabelSegment.open(sealed, 'test');
  for (let i = 0; i < segment.count; i++) {
    segment.labels(segment.first + i);
    segment.canonical(segment.first + i, new ByteWriter());
  }
}

function readPostings(blob: Uint8Array): void {
  const reader = PostingsReader.open(blob, 'test');
  for (const name of reader.names()) {
    reader.values(name);
    reader.find(name, '2');
    const range = reader.range(name);
    for (let entry = range?.from ?? 0; entry < (range?.to ?? 0); entry++) reader.list(entry);
  }
}

/** The frame at `start` of a blob with some bytes of its payload changed, sealed anew. */
function tamper(
  blob: Uint8Array,
  start: number,
  kind: FrameKind,
  changes: readonly [number, number][],
): Uint8Array {
  const frame = openFrame(blob, kind, 'test', start);
  const payload = frame.payload.slice();
  for (const [at, byte] of changes) payload[at % payload.length] = byte;
  const sealed = sealFrame(frame, payload);
  const behind = blob.subarray(start + frame.storedLength);
  return Uint8Array.of(...blob.subarray(0, start), ...sealed, ...behind);
}

const changes = fc.array(
  fc.tuple(
    fc.nat({ max: 1 << 20 }),
    fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  ),
  { minLength: 1, maxLength: 4 },
);

function assertBounded(
  blob: Uint8Array,
  start: number,
  kind: FrameKind,
  read: (blob: Uint8Array) => void,
): void {
  read(blob);
  fc.assert(
    fc.property(changes, (list) => {
      try {
        read(tamper(blob, start, kind, list));
      } catch (error) {
        assert.ok(
          error instanceof CorruptionError,
          `${error instanceof Error ? error.stack : error}`,
        );
      }
    }),
    { numRuns: 1500 },
  );
}

test('sample blocks', () => assertBounded(sampleBlock(), 0, 1, readSamples));
test('histogram blocks', () => assertBounded(histogramBlock(), 0, 2, readHistograms));
test('label segments', () => assertBounded(labelSegment(), 0, 3, readLabels));
test('posting directories', () => assertBounded(postings(), 0, 4, readPostings));
test('posting values and lists', () => {
  const blob = postings();
  const values = openFrame(blob, 4, 'test').storedLength;
  const lists = values + openFrame(blob, 5, 'test', values).storedLength;
  assertBounded(blob, values, 5, readPostings);
  assertBounded(blob, lists, 6, readPostings);
});

test('a newer version is told apart from damage', () => {
  const sealed = labelSegment();
  const newer = sealed.slice();
  newer[5] = 9;
  assert.throws(() => LabelSegment.open(newer, 'test'), CorruptionError);
  const frame = sealFrame(
    { ...openFrame(sealed, 3, 'test') },
    openFrame(sealed, 3, 'test').payload,
  );
  const view = new DataView(frame.buffer);
  frame[5] = 9;
  view.setUint32(48, crcOf(frame.subarray(0, 48)), true);
  assert.throws(() => LabelSegment.open(frame, 'test'), FormatVersionError);
  assert.throws(() => SampleBlockReader.open(sealed, 'test'), CorruptionError);
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
