/** Streams and fields that a querier knows without reading records. */
import type { Labels } from '../../../labels.ts';
import type { RecordField, RecordSignal } from '../../../records.ts';
import { headFields } from './head-fields.ts';
import type { HeadRecords } from './head-records.ts';
import type { RecordInputs } from './inputs.ts';

/** Streams that may have records in the range (Unix ms, inclusive), each once. */
export function knownStreams(inputs: RecordInputs, minMs: number, maxMs: number): Labels[] {
  const found = new Set<number>();
  for (const file of inputs.files(minMs, maxMs)) {
    for (const stream of file.streams.subarray(1)) found.add(stream);
  }
  for (const head of inputs.head) {
    for (const sid of sidsOf(head)) {
      const stream = head.stream(sid);
      if (stream >= 0) found.add(stream);
    }
  }
  return [...found].map((stream) => inputs.labels(stream));
}

/** Requests of one stream lie together: most rows have the sid of the row before. */
function sidsOf({ segment, rows }: HeadRecords): Set<number> {
  const sids = new Set<number>();
  let last = -1;
  for (let row = 0; row < rows; row++) {
    const sid = segment.stream[row];
    if (sid !== last) sids.add(sid);
    last = sid;
  }
  return sids;
}

/** Fields of the files and of the head; types of one key are fields of their own, files may repeat them. */
export function knownFields(
  inputs: RecordInputs,
  signal: RecordSignal,
  minMs: number,
  maxMs: number,
): RecordField[] {
  const samples = inputs.files(minMs, maxMs).flatMap((file) => file.fields());
  samples.push(...headFields(signal, inputs.head));
  return samples.map(({ scope, key, type, values }) => ({ scope, name: key, type, values }));
}
