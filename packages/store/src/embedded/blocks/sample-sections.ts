/** The per-run columns of a sample block as typed arrays; the layout is described in samples.ts. All throw CorruptionError. */
import type { ByteReader } from './bytes.ts';
import {
  SECTION_BASES,
  SECTION_FORMS,
  SECTION_LENGTHS,
  SECTION_RAWS,
  SECTION_REFS,
} from './samples.ts';
import { CHANGES, CONST_INT, CONST_RAW, DELTA, FORM_MASK, LINEAR, XOR } from './values.ts';

/** The columns that only some runs have an element of, in order of the runs; references from 1 on. */
export function valueColumns(
  forms: Uint8Array,
  sections: readonly ByteReader[],
): { bases: Float64Array; refs: Float64Array; lengths: Uint32Array } {
  const runs = new Uint32Array(FORM_MASK + 1);
  for (let run = 0; run < forms.length; run++) runs[forms[run] & FORM_MASK]++;
  const raws = runs[CONST_RAW] + runs[XOR];
  const known = raws + runs[CONST_INT] + runs[DELTA] + runs[LINEAR] + runs[CHANGES];
  if (known < forms.length) sections[SECTION_FORMS].fail('unknown form of values');
  sections[SECTION_RAWS].take(8 * raws);
  const bases = new Float64Array(forms.length - raws);
  sections[SECTION_BASES].varints(bases);
  const refs = new Float64Array(1 + runs[LINEAR] + runs[CHANGES]);
  sections[SECTION_REFS].varints(refs.subarray(1));
  const lengths = new Uint32Array(forms.length - runs[CONST_INT] - runs[CONST_RAW]);
  sections[SECTION_LENGTHS].varints(lengths);
  return { bases, refs, lengths };
}

/** The dsids of the runs, ascending; null when they follow one another without a gap. */
export function readDsids(section: ByteReader, runs: number, first: number): Uint32Array | null {
  const dsids = new Uint32Array(runs);
  section.varints(dsids);
  let dsid = first - 1;
  for (let run = 0; run < runs; run++) {
    dsid += dsids[run] + 1;
    if (dsid > 0xffffffff) section.fail('dsid above 2^32');
    dsids[run] = dsid;
  }
  return runs > 0 && dsid - first + 1 === runs && dsids[0] === first ? null : dsids;
}

/** Reads which time vector each run has, of `count`. */
export function readVectors(section: ByteReader, vectors: Uint32Array, count: number): void {
  section.varints(vectors);
  for (let run = 0; run < vectors.length; run++) {
    if (vectors[run] >= count) section.fail('unknown time vector');
  }
}
