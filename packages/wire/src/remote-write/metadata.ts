/**
 * Metadata of remote write 1.0 (MetricMetadata: type 1 enum, family name 2, help 4, unit 5), and the memory of what was seen that both
 * versions share: senders repeat metadata every minute, or with every request.
 *
 * Model: a direct-mapped table of 128-bit hashes; a later hash with the same index displaces the earlier one, so that the memory
 * is bounded and the worst that can happen is metadata sent on twice. Hashes are seeded with the resolver (a tenant) and a period of
 * ten minutes, so that metadata lost with a failed append comes again.
 */
import type { MetricBatch, MetricType } from '../model/batch.ts';
import { hashWords, processKey } from '../model/hash.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { type ProtobufReader, WIRE_VARINT } from '../protobuf/reader.ts';

const SLOTS = 8192;
const PERIOD_MS = 600_000;
const MAX_HELP = 1024;
/** Families of one request that are taken; more come with the next, because they do not count as seen. */
export const MAX_METADATA = 10_000;

/** The types by their number on the wire, the same in both versions. */
export const METRIC_TYPES: readonly MetricType[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

const seen = new Uint32Array(SLOTS * 4);
const owners = new WeakMap<SeriesResolver, number>();
let lastOwner = 0;

/** The seed under which metadata for this resolver is hashed now; `now` in Unix ms. */
export function metadataSeed(resolver: SeriesResolver, now: number): Uint32Array {
  let owner = owners.get(resolver);
  if (owner === undefined) {
    owner = ++lastOwner;
    owners.set(resolver, owner);
  }
  const seed = processKey.slice();
  seed[0] ^= owner;
  seed[1] ^= Math.floor(now / PERIOD_MS);
  seed[2] ^= 0x6d657461;
  return seed;
}

/** Whether the metadata whose hash is in `hashWords` is new; it is remembered. */
export function isNewMetadata(): boolean {
  const at = (hashWords[0] & (SLOTS - 1)) * 4;
  let same = true;
  for (let i = 0; i < 4; i++) {
    if (seen[at + i] !== hashWords[i]) same = false;
    seen[at + i] = hashWords[i];
  }
  return !same;
}

/** The type with this number in either version; unknown for numbers that mean nothing. */
export function metricType(number: number): MetricType {
  return METRIC_TYPES[number] ?? 'unknown';
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of untrusted bytes, cut to what metadata may hold. */
export function metadataText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, Math.min(end, start + MAX_HELP)));
}

/** Reads the 1.0 message that is all of the reader's remaining input. */
export function readMetadata(reader: ProtobufReader, batch: MetricBatch): void {
  let type: MetricType = 'unknown';
  let name = '';
  let help = '';
  let unit = '';
  while (reader.next()) {
    if (reader.field === 1) {
      reader.expect(WIRE_VARINT);
      type = metricType(reader.uint64());
    } else if (reader.field === 2) name = text(reader);
    else if (reader.field === 4) help = text(reader);
    else if (reader.field === 5) unit = text(reader);
    else reader.skip();
  }
  if (name !== '') batch.metadata.push({ name, type, help, unit });
}

function text(reader: ProtobufReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return metadataText(reader.bytes, start, start + length);
}
