/** SummaryDataPoint: quantiles that were computed at the source, as the rows of a Prometheus summary. */
import { WIRE_FIXED64 } from '../protobuf/reader.ts';
import type { DecodeContext } from './decode-context.ts';
import {
  QUANTILE_QUANTILE,
  QUANTILE_VALUE,
  SUMMARY_ATTRIBUTES,
  SUMMARY_COUNT,
  SUMMARY_FLAGS,
  SUMMARY_QUANTILES,
  SUMMARY_SUM,
} from './fields.ts';
import { PointFields } from './point.ts';
import { DERIVED_COUNT, DERIVED_QUANTILE, DERIVED_SUM } from './series-lookup.ts';
import { WordList } from './word-list.ts';

const NO_EXEMPLARS = -1;

const quantiles = new WordList();
const values = new WordList();
const fields = new PointFields(SUMMARY_ATTRIBUTES, SUMMARY_FLAGS, NO_EXEMPLARS);

/** Reads the point that is the reader's current field. */
export function readSummaryPoint(context: DecodeContext): void {
  const { reader, lookup } = context;
  const outer = reader.enter();
  let count = 0;
  let sumLow = 0;
  let sumHigh = 0;
  fields.begin(context);
  quantiles.clear();
  values.clear();
  for (let at = reader.pos; reader.next(); at = reader.pos) {
    switch (reader.field) {
      case SUMMARY_COUNT:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        count = reader.high * 4294967296 + reader.low;
        break;
      case SUMMARY_SUM:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        sumLow = reader.low;
        sumHigh = reader.high;
        break;
      case SUMMARY_QUANTILES:
        readQuantile(context);
        break;
      default:
        fields.read(context, at);
    }
  }
  reader.leave(outer);
  if (!fields.admit(context)) return;
  context.reserve(quantiles.n + 2);
  lookup.labels.beginPoint(fields.start, fields.end, SUMMARY_ATTRIBUTES);
  const firstRow = context.batch.n;
  if (rows(context, count, sumLow, sumHigh, fields.isStale)) context.take();
  else context.refuseSeries(firstRow);
}

function rows(
  context: DecodeContext,
  count: number,
  sumLow: number,
  sumHigh: number,
  stale: boolean,
): boolean {
  const { lookup } = context;
  let series = lookup.derived(DERIVED_COUNT, 0, 0);
  if (series === 0) return false;
  if (stale) context.staleRow(series, true);
  else context.numberRow(series, count, true);
  series = lookup.derived(DERIVED_SUM, 0, 0);
  if (series === 0) return false;
  if (stale) context.staleRow(series, false);
  else context.row(series, sumLow, sumHigh, false);
  for (let i = 0; i < quantiles.n; i++) {
    series = lookup.derived(DERIVED_QUANTILE, quantiles.low[i] ?? 0, quantiles.high[i] ?? 0);
    if (series === 0) return false;
    if (stale) context.staleRow(series, false);
    else context.row(series, values.low[i] ?? 0, values.high[i] ?? 0, false);
  }
  return true;
}

/** A ValueAtQuantile; proto3 leaves zeros out, so both numbers are there whatever was sent. */
function readQuantile(context: DecodeContext): void {
  const { reader } = context;
  const i = quantiles.n;
  quantiles.pushZero();
  values.pushZero();
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === QUANTILE_QUANTILE) quantiles.readAt(reader, i);
    else if (reader.field === QUANTILE_VALUE) values.readAt(reader, i);
    else reader.skip();
  }
  reader.leave(outer);
}
