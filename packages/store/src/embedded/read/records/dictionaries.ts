/** Streams and fields that a querier knows without reading records. */
import type { Labels } from '../../../labels.ts';
import type { RecordField, RecordSignal } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';

/** Streams that may have records in the range (Unix ms, inclusive), each once. */
export function knownStreams(inputs: RecordInputs, minMs: number, maxMs: number): Labels[] {
  const found = new Set<number>();
  for (const file of inputs.files(minMs, maxMs)) {
    for (const stream of file.streams.subarray(1)) found.add(stream);
  }
  for (const head of inputs.head) {
    for (const sid of new Set(head.segment.stream.subarray(0, head.rows))) {
      const stream = head.stream(sid);
      if (stream >= 0) found.add(stream);
    }
  }
  return [...found].map((stream) => inputs.labels(stream));
}

/** Fields of the files; types of one key are fields of their own. */
export function knownFields(
  inputs: RecordInputs,
  _signal: RecordSignal,
  minMs: number,
  maxMs: number,
): RecordField[] {
  return inputs
    .files(minMs, maxMs)
    .flatMap((file) => file.fields())
    .map(({ key, type, values }) => ({ name: key, type, values }));
}
