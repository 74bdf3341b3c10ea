/**
 * Metadata of one series of remote write 2.0: type 1 enum, help 3 and unit 4 as references to symbols.
 *
 * Senders repeat it with every request, so what has been seen (metadata.ts) costs two hashes and no object.
 */
import type { MetricBatch, MetricType } from '../model/batch.ts';
import { hashView } from '../model/hash.ts';
import { type ProtobufReader, WIRE_VARINT } from '../protobuf/reader.ts';
import { isNewMetadata, MAX_METADATA, metadataText, metricType } from './metadata.ts';
import type { SymbolTable } from './symbols.ts';

const words = new Uint32Array(12);
const view = new DataView(words.buffer);

/**
 * Reads the message that is all of the reader's remaining input and adds it to the batch when it says something new. `name` is the
 * symbol of the series' metric name, -1 when it has none.
 */
export function readSeriesMetadata(
  reader: ProtobufReader,
  symbols: SymbolTable,
  name: number,
  seed: Uint32Array,
  batch: MetricBatch,
): boolean {
  let typeNumber = 0;
  let help = 0;
  let unit = 0;
  while (reader.next()) {
    if (reader.field === 1) typeNumber = varint(reader);
    else if (reader.field === 3) help = varint(reader);
    else if (reader.field === 4) unit = varint(reader);
    else reader.skip();
  }
  if (typeNumber === 0 && help === 0 && unit === 0) return false;
  if (name < 0 || !symbols.has(help) || !symbols.has(unit)) return false;
  if (batch.metadata.length >= MAX_METADATA) return false;
  symbols.copyHash(name, words, 0);
  symbols.copyHash(help, words, 4);
  symbols.copyHash(unit, words, 8);
  words[0] ^= typeNumber;
  hashView(view, 0, words.byteLength, seed);
  if (!isNewMetadata()) return false;
  const text = (ref: number) => metadataText(reader.bytes, symbols.start(ref), symbols.end(ref));
  const type = metricType(typeNumber);
  batch.metadata.push({
    name: familyName(text(name), type),
    type,
    help: text(help),
    unit: text(unit),
  });
  return true;
}

function varint(reader: ProtobufReader): number {
  reader.expect(WIRE_VARINT);
  return reader.uint32();
}

const FAMILY_SUFFIXES: Partial<Record<MetricType, readonly string[]>> = {
  histogram: ['_bucket', '_count', '_sum'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_count', '_sum'],
};

/** The family of a series' metric name: 2.0 sends metadata with each series of a family. */
function familyName(metric: string, type: MetricType): string {
  for (const suffix of FAMILY_SUFFIXES[type] ?? []) {
    if (metric.endsWith(suffix)) return metric.slice(0, -suffix.length);
  }
  return metric;
}
