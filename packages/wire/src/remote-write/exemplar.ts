/**
 * Exemplars of remote write. Exemplar: value 2 double, timestamp 3 int64 ms in both versions; labels in field 1, as messages in 1.0
 * (`readLabels` is the version's own reader of one field 1) and as symbol references in 2.0.
 *
 * A bad exemplar never fails a request (as in Prometheus): it is dropped, and so are those past the most of one request, because each is
 * an object. Labels take at most 128 characters in all (OpenMetrics).
 */
import type { Exemplar } from '../model/batch.ts';
import type { DecodeLimits } from '../model/resolver.ts';
import { type ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';

const MAX_LABEL_CHARACTERS = 128;
/** Texts, names and values, that one exemplar can have: each label has a character at least. */
export const MAX_EXEMPLAR_TEXTS = 2 * MAX_LABEL_CHARACTERS;
/** Exemplars of one request that are taken. */
export const MAX_EXEMPLARS = 10_000;

/** Reads the exemplar that is all of the reader's remaining input, or null when it is not acceptable. */
export function readExemplar(
  reader: ProtobufReader,
  series: number,
  limits: DecodeLimits,
  readLabels: (into: string[]) => boolean,
): Exemplar | null {
  const labels: string[] = [];
  let value = 0;
  let t = 0;
  let valid = true;
  while (reader.next()) {
    if (reader.field === 1) valid = readLabels(labels) && valid;
    else if (reader.field === 2) {
      reader.expect(WIRE_FIXED64);
      value = reader.double();
    } else if (reader.field === 3) {
      reader.expect(WIRE_VARINT);
      t = reader.int64();
    } else reader.skip();
  }
  if (!valid || t > limits.maxTime || t < limits.minTime) return null;
  let characters = 0;
  for (const text of labels) characters += [...text].length;
  return characters <= MAX_LABEL_CHARACTERS ? { series, labels, value, t } : null;
}
