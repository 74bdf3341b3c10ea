/** The filters of a block that is finished: tokens, joints and grams of its columns. */
import { FIELD_BYTES } from '@sightline/wire';
import * as format from './block-format.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { sealPages } from './filter-pages.ts';
import { gramMap } from './grams.ts';
import { addJoints } from './joints.ts';
import { forEachTailField, isTokenized } from './tail.ts';
import { type TokenSet, traceHash } from './tokens.ts';

/** `fixed` is by kind; `tokens` has those of what lies in no column, and gets the others. */
export function filtersOf(
  signal: format.RecordSignal,
  fixed: readonly ColumnBuilder[],
  fields: readonly ColumnBuilder[],
  tokens: TokenSet,
): format.RecordBlock['filters'] {
  addTails(fixed[format.COLUMN_TAIL], tokens);
  for (const column of [fixed[format.COLUMN_TEXT], ...fields]) {
    if (column.isWords || column.type === FIELD_BYTES) continue;
    const { bytes, offsets, count } = column.strings;
    for (let i = 0; i < count; i++) tokens.add(bytes, offsets[i], offsets[i + 1]);
  }
  if (signal === 'spans') return { tokens: sealPages(tokens.filter()), grams: [] };
  const { bytes, offsets, count } = fixed[format.COLUMN_TEXT].strings;
  addJoints(tokens, bytes, offsets, count);
  const traces = fixed[format.COLUMN_TRACE].strings;
  for (let i = 0; i < traces.count; i++) {
    tokens.addHash(traceHash(traces.bytes, traces.offsets[i]));
  }
  return {
    tokens: sealPages(tokens.filter()),
    grams: sealPages(gramMap(bytes, offsets, count)),
  };
}

function addTails({ strings }: ColumnBuilder, tokens: TokenSet): void {
  const { bytes, offsets, count } = strings;
  for (let i = 0; i < count; i++) {
    forEachTailField(
      bytes,
      offsets[i],
      offsets[i + 1],
      (start, end) => tokens.add(bytes, start, end),
      (_scope, _keyStart, _keyEnd, type, start, end) => {
        if (isTokenized(type)) tokens.add(bytes, start, end);
      },
    );
  }
}
