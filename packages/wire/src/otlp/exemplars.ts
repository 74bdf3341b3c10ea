/** Exemplars of a point: a value with the trace and span that produced it. */
import type { Exemplar } from '../model/batch.ts';
import { ProtobufReader, WIRE_FIXED64 } from '../protobuf/reader.ts';
import { readAttributes } from './attributes.ts';
import type { DecodeContext } from './decode-context.ts';
import {
  EXEMPLAR_AS_DOUBLE,
  EXEMPLAR_AS_INT,
  EXEMPLAR_ATTRIBUTES,
  EXEMPLAR_SPAN_ID,
  EXEMPLAR_TIME,
  EXEMPLAR_TRACE_ID,
} from './fields.ts';
import { AttributeError } from './text.ts';
import { millisecondsOf } from './time.ts';

/** OpenMetrics' bound on the names and values of an exemplar's labels together. */
const MAX_LABEL_CHARACTERS = 128;

/** Exemplars kept of one request; they are samples of samples, so the rest goes without a word. */
const MAX_EXEMPLARS = 10_000;

const NO_BYTES = new Uint8Array(0);
const reader = new ProtobufReader();
const attributeReader = new ProtobufReader();

/**
 * Reads the exemplars (`field`) of the point `[start, end)` of the context's body into its batch. `seriesOf` gives the handle of
 * the series an exemplar with this value belongs to, 0 for none. An exemplar that cannot be kept is dropped: it never
 * fails its point.
 */
export function readExemplars(
  context: DecodeContext,
  start: number,
  end: number,
  field: number,
  seriesOf: (value: number) => number,
): void {
  const { batch } = context;
  reader.reset(context.reader.bytes, start, end);
  while (reader.next() && batch.exemplars.length < MAX_EXEMPLARS) {
    if (reader.field !== field) {
      reader.skip();
      continue;
    }
    const exemplar = readExemplar();
    if (exemplar === null) continue;
    exemplar.series = seriesOf(exemplar.value);
    if (exemplar.series !== 0) batch.exemplars.push(exemplar);
  }
  reader.reset(NO_BYTES);
  attributeReader.reset(NO_BYTES);
}

function readExemplar(): Exemplar | null {
  let t = 0;
  let value: number | null = null;
  let traceId = '';
  let spanId = '';
  const outer = reader.enter();
  const start = reader.pos;
  const end = reader.end;
  while (reader.next()) {
    switch (reader.field) {
      case EXEMPLAR_TIME:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        t = millisecondsOf(reader.low, reader.high);
        break;
      case EXEMPLAR_AS_DOUBLE:
        reader.expect(WIRE_FIXED64);
        value = reader.double();
        break;
      case EXEMPLAR_AS_INT:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        value = (reader.high | 0) * 4294967296 + reader.low;
        break;
      case EXEMPLAR_TRACE_ID:
        traceId = hexField();
        break;
      case EXEMPLAR_SPAN_ID:
        spanId = hexField();
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  if (value === null) return null;
  return { series: 0, t, value, labels: exemplarLabels(start, end, traceId, spanId) };
}

/** Trace and span always; the other attributes only where all labels together stay within the bound. */
function exemplarLabels(start: number, end: number, traceId: string, spanId: string): string[] {
  const labels: string[] = [];
  if (traceId !== '') labels.push('trace_id', traceId);
  if (spanId !== '') labels.push('span_id', spanId);
  try {
    const attributes = readAttributes(
      attributeReader,
      reader.bytes,
      start,
      end,
      EXEMPLAR_ATTRIBUTES,
      MAX_LABEL_CHARACTERS,
    );
    const all = [...labels, ...attributes.flatMap(({ key, value }) => [key, value])];
    const characters = all.reduce((sum, text) => sum + [...text].length, 0);
    return characters <= MAX_LABEL_CHARACTERS ? all : labels;
  } catch (error) {
    if (error instanceof AttributeError) return labels;
    throw error;
  }
}

/** An id of up to 16 bytes in hex; '' when it is empty or all zeros, which both mean that there is none. */
function hexField(): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  if (length > 16) return '';
  const { buffer, byteOffset } = reader.bytes;
  const hex = Buffer.from(buffer, byteOffset + start, length).toString('hex');
  return /[^0]/.test(hex) ? hex : '';
}
