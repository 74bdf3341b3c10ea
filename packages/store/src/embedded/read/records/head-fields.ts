/** Fields of records in the head, as completion shows them: of some of the rows. */
import { forEachField, RECORD_SPAN_ID, RECORD_TRACE_ID } from '@sightline/wire';
import type { RecordSignal } from '../../../records.ts';
import { ByteReader } from '../../blocks/bytes.ts';
import type { FieldSample } from '../../records/block-format.ts';
import { FieldSampler, forEachTailField } from '../../records/tail.ts';
import type { HeadRecords } from './head-records.ts';

/** Rows that are looked at in each segment: from end to end, so that what seldom comes from one sender is not hidden by another. */
const SAMPLED_ROWS = 2048;
/** Where the name of a span lies in its record (wire's span-batch.ts). */
const NAME = 32;

export function headFields(signal: RecordSignal, heads: readonly HeadRecords[]): FieldSample[] {
  const sampler = new FieldSampler();
  const sample = signal === 'logs' ? sampleLog : sampleSpan;
  for (const head of heads) {
    const { side, at, length, stream } = head.segment;
    const step = Math.max(1, head.rows / SAMPLED_ROWS);
    for (let i = 0; i * step < head.rows; i++) {
      const row = Math.floor(i * step);
      if (head.stream(stream[row]) < 0) continue;
      sample(new ByteReader(side, 'head', at[row], at[row] + length[row]), side, sampler);
    }
  }
  return sampler.samples();
}

function sampleLog(reader: ByteReader, side: Uint8Array, sampler: FieldSampler): void {
  const flags = reader.u8();
  reader.skip((flags & RECORD_TRACE_ID ? 16 : 0) + (flags & RECORD_SPAN_ID ? 8 : 0));
  reader.skip(reader.varint());
  forEachField(side, reader.at, reader.end, (...field) => sampler.add('', side, ...field));
}

function sampleSpan(reader: ByteReader, side: Uint8Array, sampler: FieldSampler): void {
  reader.skip(NAME);
  reader.skip(reader.varint());
  const fieldsLength = reader.varint();
  const from = reader.at;
  reader.skip(fieldsLength);
  forEachField(side, from, reader.at, (...field) => sampler.add('', side, ...field));
  const ignore = (): void => {};
  forEachTailField(side, reader.at, reader.end, ignore, (scope, ...field) =>
    sampler.add(scope, side, ...field),
  );
}
