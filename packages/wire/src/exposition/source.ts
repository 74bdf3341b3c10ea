/**
 * What a parser must know about where a text comes from, kept between texts of the same origin.
 *
 * Model: a line's form is the hash of its bytes before the value under one of the source's seeds. Seeds differ between sources
 * (two targets that expose the same line are two series) and between the kinds of family for which `le` or `quantile` is
 * rewritten, so that a form never stands for two label sets.
 */
import { hashString, hashWords, taggedSeed } from '../model/hash.ts';
import { FormSet } from './form-set.ts';
import { FAMILY_HISTOGRAM, FAMILY_SUMMARY, type FamilyKind } from './metadata.ts';
import { formatBoundary, lastNumber, scanNumber } from './number.ts';

/** Labels that relabelling may remember as dropped, and metadata blocks known, per source. */
const MAX_REMEMBERED = 100_000;

export class ExpositionSource {
  readonly dropped = new FormSet(MAX_REMEMBERED);
  readonly metadata = new FormSet(MAX_REMEMBERED);
  /** Exemplars passed on: a target shows the same one until there is a newer. */
  readonly exemplars = new FormSet(MAX_REMEMBERED);
  /**
   * Turns the labels of a line (names and values in turn, `__name__` first) into those to store, or null to drop the line.
   * May throw LineProblem. Called once per form, not once per line.
   */
  readonly shape: (pairs: string[]) => string[] | null;
  readonly #plain: Uint32Array;
  readonly #histogram: Uint32Array;
  readonly #summary: Uint32Array;

  /** `identity` names everything that `shape` depends on: equal identities share forms. */
  constructor(identity: string, shape: (pairs: string[]) => string[] | null) {
    this.shape = shape;
    this.#plain = taggedSeed(`exposition ${identity}`);
    this.#histogram = mixed(this.#plain, 'le');
    this.#summary = mixed(this.#plain, 'quantile');
  }

  /** What was passed on did not arrive: metadata and exemplars are to be passed on again. */
  forget(): void {
    this.metadata.clear();
    this.exemplars.clear();
  }

  seed(kind: FamilyKind): Uint32Array {
    if (kind === FAMILY_HISTOGRAM) return this.#histogram;
    return kind === FAMILY_SUMMARY ? this.#summary : this.#plain;
  }
}

function mixed(seed: Uint32Array, tag: string): Uint32Array {
  hashString(tag, seed);
  return hashWords.slice();
}

const encoder = new TextEncoder();

/** Gives `le` of a histogram and `quantile` of a summary their one spelling, in place. */
export function normalizeBoundary(pairs: string[], kind: FamilyKind): void {
  const label = kind === FAMILY_HISTOGRAM ? 'le' : kind === FAMILY_SUMMARY ? 'quantile' : '';
  if (label === '') return;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i] !== label) continue;
    const bytes = encoder.encode(pairs[i + 1] ?? '');
    if (scanNumber(bytes, 0, bytes.length) === bytes.length) {
      pairs[i + 1] = formatBoundary(lastNumber());
    }
  }
}
