/** NumberDataPoint: the points of gauges and sums, one row each. */
import { STALE_HI, STALE_LO } from '../model/batch.ts';
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import type { DecodeContext } from './decode-context.ts';
import { readExemplars } from './exemplars.ts';
import {
  FLAG_NO_RECORDED_VALUE,
  NUMBER_AS_DOUBLE,
  NUMBER_AS_INT,
  NUMBER_ATTRIBUTES,
  NUMBER_EXEMPLARS,
  NUMBER_FLAGS,
  POINT_START_TIME,
  POINT_TIME,
} from './fields.ts';
import { KIND_GAUGE } from './series-lookup.ts';

const intValue = new Float64Array(1);
const intWords = new Uint32Array(intValue.buffer);

/** Reads the point that is the reader's current field. */
export function readNumberPoint(context: DecodeContext): void {
  const { reader, lookup } = context;
  const outer = reader.enter();
  const start = reader.pos;
  const end = reader.end;
  let timeLow = 0;
  let timeHigh = 0;
  let startLow = 0;
  let startHigh = 0;
  let valueLow = 0;
  let valueHigh = 0;
  let valueField = 0;
  let flags = 0;
  let exemplars = false;
  let attributesStart = -1;
  let attributesEnd = -1;
  lookup.beginPoint();
  for (let at = start; reader.next(); at = reader.pos) {
    switch (reader.field) {
      case POINT_START_TIME:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        startLow = reader.low;
        startHigh = reader.high;
        break;
      case POINT_TIME:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        timeLow = reader.low;
        timeHigh = reader.high;
        break;
      case NUMBER_AS_DOUBLE:
      case NUMBER_AS_INT:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        valueLow = reader.low;
        valueHigh = reader.high;
        valueField = reader.field;
        break;
      case NUMBER_ATTRIBUTES:
        reader.expect(WIRE_BYTES);
        reader.skip();
        if (at !== attributesEnd) {
          if (attributesEnd >= 0) lookup.absorb(attributesStart, attributesEnd);
          attributesStart = at;
        }
        attributesEnd = reader.pos;
        break;
      case NUMBER_FLAGS:
        reader.expect(WIRE_VARINT);
        flags = reader.uint32();
        break;
      case NUMBER_EXEMPLARS:
        reader.expect(WIRE_BYTES);
        reader.skip();
        exemplars = true;
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  if (attributesEnd >= 0) lookup.absorb(attributesStart, attributesEnd);
  if (!context.admit(timeLow, timeHigh, startLow, startHigh)) return;
  if ((flags & FLAG_NO_RECORDED_VALUE) !== 0) {
    valueLow = STALE_LO;
    valueHigh = STALE_HI;
  } else if (valueField === NUMBER_AS_INT) {
    intValue[0] = (valueHigh | 0) * 4294967296 + valueLow;
    valueLow = intWords[0] ?? 0;
    valueHigh = intWords[1] ?? 0;
  } else if (valueField === 0) {
    context.refuse('no_value', 'point without a value');
    return;
  }
  lookup.labels.beginPoint(start, end, NUMBER_ATTRIBUTES);
  const series = lookup.own();
  if (series === 0) {
    context.refuseSeries(context.batch.n);
    return;
  }
  // A gauge has no beginning: senders fill the field with anything.
  if (context.kind === KIND_GAUGE) context.st = 0;
  context.row(series, valueLow, valueHigh, true);
  context.take();
  if (exemplars) readExemplars(context, start, end, NUMBER_EXEMPLARS, () => series);
}
