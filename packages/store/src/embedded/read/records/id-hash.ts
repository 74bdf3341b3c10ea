/** A keyed hash of 8 bytes of an id: senders choose ids, so nobody may know in advance which ones collide. */
import { processKey } from '@sightline/wire';

const seed = processKey[0];
const factorLo = processKey[1] | 1;
const factorHi = processKey[2] | 1;

/** 24 bits. */
export function hashId(lo: number, hi: number): number {
  const mixed = Math.imul(lo ^ seed, factorLo) ^ Math.imul(hi, factorHi);
  return Math.imul(mixed ^ (mixed >>> 15), 0x9e3779b1) >>> 8;
}
