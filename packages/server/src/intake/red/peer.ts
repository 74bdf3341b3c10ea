/**
 * Whom a client's span says that it has called, from its attributes.
 *
 * Rules (as Tempo's metrics-generator, with the names of the present semantic conventions): a span with `db.system` talks to a database, named
 * by `db.namespace` or `db.name`, else by its system; everything else is named by `peer.service`, then the messaging system, then the
 * address.
 */
import { FIELD_STRING } from '@sightline/wire';

/** By rank: of a database the first of the first ones, of anything else the first of the others. */
const KEYS = [
  'db.namespace',
  'db.name',
  'db.system.name',
  'db.system',
  'peer.service',
  'messaging.system',
  'server.address',
  'net.peer.name',
].map((name) => Buffer.from(name));
const SYSTEM_NAME = 2;
const SYSTEM = 3;
const FIRST_PEER = 4;
const LONGEST = 16;

/** Where the value of each key lies; 0 for none. */
const starts = new Uint32Array(KEYS.length);
const ends = new Uint32Array(KEYS.length);

/** What `findPeer` has found: the name is `bytes[peer.start, peer.end)`. */
export const peer = { start: 0, end: 0, isDatabase: false };

/** Looks for the peer in the fields `bytes[start, end)`; false when they name none. They are taken to be sound. */
export function findPeer(bytes: Uint8Array, start: number, end: number): boolean {
  starts.fill(0);
  let at = start;
  while (at < end) {
    const keyLength = lengthAt(bytes, at);
    const keyStart = after;
    const typeAt = keyStart + keyLength;
    const type = bytes[typeAt];
    let valueStart = typeAt + 1;
    // fields.ts: booleans take one byte, numbers eight, the rest has its length in front.
    if (type === 1) at = valueStart + 1;
    else if (type === 2 || type === 3) at = valueStart + 8;
    else {
      const length = lengthAt(bytes, valueStart);
      valueStart = after;
      at = valueStart + length;
      if (type === FIELD_STRING && keyLength <= LONGEST && length > 0) {
        note(bytes, keyStart, keyLength, valueStart, at);
      }
    }
  }
  peer.isDatabase = starts[SYSTEM] > 0 || starts[SYSTEM_NAME] > 0;
  const first = peer.isDatabase ? 0 : FIRST_PEER;
  for (let rank = first; rank < KEYS.length; rank++) {
    if (starts[rank] === 0) continue;
    peer.start = starts[rank];
    peer.end = ends[rank];
    return true;
  }
  return false;
}

function note(
  bytes: Uint8Array,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueEnd: number,
): void {
  // All keys begin with one of these.
  const first = bytes[keyStart];
  if (first !== 0x64 && first !== 0x70 && first !== 0x6d && first !== 0x73 && first !== 0x6e)
    return;
  for (let rank = 0; rank < KEYS.length; rank++) {
    const key = KEYS[rank];
    if (key.length !== keyLength || starts[rank] > 0) continue;
    let i = 0;
    while (i < keyLength && bytes[keyStart + i] === key[i]) i++;
    if (i < keyLength) continue;
    starts[rank] = valueStart;
    ends[rank] = valueEnd;
    return;
  }
}

/** Where the length that `lengthAt` read last ends. */
let after = 0;

/** A LEB128 length. */
export function lengthAt(bytes: Uint8Array, start: number): number {
  let length = bytes[start];
  let at = start + 1;
  if (length > 127) {
    length &= 127;
    for (let factor = 128; ; factor *= 128) {
      const byte = bytes[at++];
      length += (byte & 127) * factor;
      if (byte < 128) break;
    }
  }
  after = at;
  return length;
}

/** Where the length that was read last ends. */
export function lengthEnd(): number {
  return after;
}
