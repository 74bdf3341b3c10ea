/**
 * A share in [0, 1) for a label set, the same wherever and whenever it is computed (`limit_ratio`).
 *
 * It is Prometheus': xxHash64 (seed 0) over the label bytes, each string after its length in one byte (or 255 and three bytes,
 * little-endian), divided by 2^64. Once per series and query, so BigInt is fast enough.
 */
import type { Labels } from '@sightline/store';

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64((value << bits) | (value >> (64n - bits)));
}

function round(lane: bigint, input: bigint): bigint {
  return u64(rotate(u64(lane + u64(input * P2)), 31n) * P1);
}

/** xxHash64 with seed 0. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let at = 0;
  let hash = P5;
  if (length >= 32) {
    const lanes = [u64(P1 + P2), P2, 0n, u64(-P1)];
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++)
        lanes[i] = round(lanes[i] ?? 0n, view.getBigUint64(at + i * 8, true));
    }
    hash = 0n;
    for (const [i, lane] of lanes.entries()) hash += rotate(lane, [1n, 7n, 12n, 18n][i] ?? 0n);
    hash = u64(hash);
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4);
  }
  hash = u64(hash + BigInt(length));
  for (; at + 8 <= length; at += 8) {
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  if (at + 4 <= length) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at] ?? 0) * P5), 11n) * P1);
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

const encoder = new TextEncoder();

export function labelsHashShare(labels: Labels): number {
  const bytes: number[] = [];
  for (const text of labels.toPairs()) {
    const part = encoder.encode(text);
    if (part.length < 255) bytes.push(part.length);
    else bytes.push(255, part.length & 255, (part.length >> 8) & 255, (part.length >> 16) & 255);
    for (const byte of part) bytes.push(byte);
  }
  return Number(xxHash64(Uint8Array.from(bytes))) / 2 ** 64;
}
