/** Fields of spans in the head, as completion shows them: of the rows that came last. */
import { forEachField } from '@sightline/wire';
import { ByteReader } from '../../blocks/bytes.ts';
import type { FieldSample } from '../../records/block-format.ts';
import { FieldSampler, forEachTailField } from '../../records/tail.ts';
import type { HeadRecords } from './head-records.ts';

/** Rows that are looked at in each segment. */
const SAMPLED_ROWS = 2048;
/** Where the name of a span lies in its record (wire's span-batch.ts). */
const NAME = 32;

export function headSpanFields(heads: readonly HeadRecords[]): FieldSample[] {
  const sampler = new FieldSampler();
  for (const head of heads) sampleHead(head, sampler);
  return sampler.samples();
}

function sampleHead(head: HeadRecords, sampler: FieldSampler): void {
  const { side, at, length, stream } = head.segment;
  for (let row = Math.max(0, head.rows - SAMPLED_ROWS); row < head.rows; row++) {
    if (head.stream(stream[row]) < 0) continue;
    const end = at[row] + length[row];
    const reader = new ByteReader(side, 'head', at[row] + NAME, end);
    reader.skip(reader.varint());
    const fieldsLength = reader.varint();
    const from = reader.at;
    reader.skip(fieldsLength);
    forEachField(side, from, reader.at, (...field) => sampler.add('', side, ...field));
    const ignore = (): void => {};
    forEachTailField(side, reader.at, end, ignore, (scope, ...field) =>
      sampler.add(scope, side, ...field),
    );
  }
}
