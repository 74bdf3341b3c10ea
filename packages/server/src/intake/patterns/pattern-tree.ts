/**
 * The patterns of the lines of one service: Drain (He et al., "Drain: an online log parsing approach with fixed depth tree", 2017).
 *
 * Model: a tree of fixed depth: level of the line, structure (number of words, separators, keys), first word that is no key, then a leaf
 * with a few patterns. A line joins the pattern of its leaf with which it shares the largest part of its words, if that is enough; words
 * that differ become `<_>` in the pattern. Otherwise it is a pattern of its own. Keys and masked words do not count as shared: they say
 * what shape a line has, which the tree has compared already.
 *
 * Invariants: at most `maxPatterns`, the least recently used goes; a structure has at most MAX_CHILDREN first words, further ones share
 * a leaf; `bytes` is what the patterns take, about.
 */
import { type LineWords, MASKED } from './line-words.ts';
import { TimeCounts } from './time-counts.ts';

const SIMILARITY = 0.5;
const MAX_CHILDREN = 24;
/** Objects and maps of a pattern, about. */
const PATTERN_BYTES = 400;
/** Two strings, a hash and a flag. */
const WORD_BYTES = 40;
/** Of a leaf that takes whatever first word. */
const ANY_WORD = MASKED;

export const WILDCARD = '<_>';
/** What the pattern language would take for a capture. */
const NAMED_CAPTURE = /<[A-Za-z_]\w*>/g;
const WILDCARD_RUN = /(?:<_>){2,}/g;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class Pattern {
  /** As it is shown; the tree keeps levels apart by what it is told. */
  level: string;
  readonly counts = new TimeCounts();
  readonly hashes: Int32Array;
  readonly isKey: Uint8Array;
  readonly leaf: Leaf;
  /** Ascends with use. */
  usedAt = 0;
  /** Separator and word in turn, and what stands behind the last word. Words that differ are wildcards. */
  readonly #parts: string[];
  readonly #ownBytes: number;
  #text: string | undefined;

  constructor(level: string, leaf: Leaf, words: LineWords, bytes: Uint8Array) {
    this.level = level;
    this.leaf = leaf;
    this.hashes = words.hash.slice(0, words.count);
    this.isKey = words.isKey.slice(0, words.count);
    this.#parts = partsOf(words, bytes);
    const line = words.lineEnd - words.lineStart;
    this.#ownBytes = PATTERN_BYTES + line + words.count * WORD_BYTES;
  }

  /** Bytes of memory, about. */
  get bytes(): number {
    return this.#ownBytes + this.counts.bytes;
  }

  /** As `|>` takes it. */
  get text(): string {
    this.#text ??= this.#parts
      .join('')
      .replaceAll(NAMED_CAPTURE, WILDCARD)
      .replaceAll(WILDCARD_RUN, WILDCARD);
    return this.#text;
  }

  /** The part of the words that the line shares, from 0 to 1. */
  similarity(words: LineWords): number {
    const { hashes, isKey } = this;
    let counted = 0;
    let equal = 0;
    for (let i = 0; i < hashes.length; i++) {
      if (isKey[i] === 1) continue;
      const hash = words.hash[i];
      if (hashes[i] === hash) {
        if (hash === MASKED) continue;
        equal++;
      }
      counted++;
    }
    return counted === 0 ? 1 : equal / counted;
  }

  /** Takes a line in: words that differ become wildcards. */
  join(words: LineWords): void {
    const { hashes } = this;
    for (let i = 0; i < hashes.length; i++) {
      if (hashes[i] === words.hash[i] || hashes[i] === MASKED) continue;
      hashes[i] = MASKED;
      this.#parts[i * 2 + 1] = WILDCARD;
      this.#text = undefined;
    }
  }
}

function partsOf(words: LineWords, bytes: Uint8Array): string[] {
  const parts: string[] = [];
  let at = words.lineStart;
  for (let i = 0; i < words.count; i++) {
    const start = words.start[i] ?? 0;
    const end = words.end[i] ?? 0;
    parts.push(decoder.decode(bytes.subarray(at, start)));
    parts.push(words.hash[i] === MASKED ? WILDCARD : decoder.decode(bytes.subarray(start, end)));
    at = end;
  }
  parts.push(decoder.decode(bytes.subarray(at, words.lineEnd)) + (words.cut ? WILDCARD : ''));
  return parts;
}

interface Structure {
  of: Map<number, Structure>;
  key: number;
  leaves: Map<number, Leaf>;
}

interface Leaf {
  structure: Structure;
  word: number;
  patterns: Pattern[];
}

export class PatternTree {
  readonly #maxPatterns: number;
  readonly #levels = new Map<string, Map<number, Structure>>();
  readonly #patterns = new Set<Pattern>();
  #uses = 0;
  /** What all patterns take, about. */
  bytes = 0;
  /** Patterns that had to make room. */
  forgotten = 0;

  constructor(maxPatterns: number) {
    this.#maxPatterns = maxPatterns;
  }

  get size(): number {
    return this.#patterns.size;
  }

  patterns(): Iterable<Pattern> {
    return this.#patterns;
  }

  /**
   * Counts a line `weight` times in the bucket of its time. `words` are those of the line in `bytes`. Returns the pattern when it is a new
   * one.
   */
  add(
    level: string,
    words: LineWords,
    bytes: Uint8Array,
    bucket: number,
    weight: number,
  ): Pattern | undefined {
    const leaf = this.#leafOf(level, words);
    let best: Pattern | undefined;
    let bestSimilarity = 0;
    for (const pattern of leaf.patterns) {
      // A collision of hashes must not mix lines of different length.
      if (pattern.hashes.length !== words.count) continue;
      const similarity = pattern.similarity(words);
      if (similarity <= bestSimilarity) continue;
      best = pattern;
      bestSimilarity = similarity;
      if (similarity === 1) break;
    }
    let created: Pattern | undefined;
    if (best === undefined || bestSimilarity < SIMILARITY) {
      created = this.#create(level, leaf, words, bytes);
      best = created;
    } else if (bestSimilarity < 1) best.join(words);
    best.usedAt = ++this.#uses;
    const before = best.counts.bytes;
    best.counts.add(bucket, weight);
    this.bytes += best.counts.bytes - before;
    return created;
  }

  #leafOf(level: string, words: LineWords): Leaf {
    let structures = this.#levels.get(level);
    if (structures === undefined) {
      structures = new Map();
      this.#levels.set(level, structures);
    }
    let structure = structures.get(words.structure);
    if (structure === undefined) {
      structure = { of: structures, key: words.structure, leaves: new Map() };
      structures.set(words.structure, structure);
    }
    const word = firstWord(words);
    let leaf = structure.leaves.get(word);
    if (leaf !== undefined) return leaf;
    const shared = structure.leaves.size >= MAX_CHILDREN;
    leaf = shared ? structure.leaves.get(ANY_WORD) : undefined;
    if (leaf !== undefined) return leaf;
    leaf = { structure, word: shared ? ANY_WORD : word, patterns: [] };
    structure.leaves.set(leaf.word, leaf);
    return leaf;
  }

  #create(level: string, leaf: Leaf, words: LineWords, bytes: Uint8Array): Pattern {
    const pattern = new Pattern(level, leaf, words, bytes);
    leaf.patterns.push(pattern);
    this.#patterns.add(pattern);
    this.bytes += pattern.bytes;
    if (this.#patterns.size > this.#maxPatterns) this.forgetOldest(pattern);
    return pattern;
  }

  /** Lets the least recently used pattern go; never `kept`. */
  forgetOldest(kept?: Pattern): void {
    let oldest: Pattern | undefined;
    for (const pattern of this.#patterns) {
      if (pattern !== kept && (oldest === undefined || pattern.usedAt < oldest.usedAt)) {
        oldest = pattern;
      }
    }
    if (oldest === undefined) return;
    this.#forget(oldest);
    this.forgotten++;
  }

  /** Lets patterns go that were not seen since the bucket. */
  forgetBefore(bucket: number): void {
    for (const pattern of this.#patterns) {
      if (pattern.counts.newest < bucket) this.#forget(pattern);
    }
  }

  #forget(pattern: Pattern): void {
    const { leaf } = pattern;
    const { structure } = leaf;
    this.#patterns.delete(pattern);
    this.bytes -= pattern.bytes;
    leaf.patterns.splice(leaf.patterns.indexOf(pattern), 1);
    if (leaf.patterns.length > 0) return;
    structure.leaves.delete(leaf.word);
    if (structure.leaves.size === 0) structure.of.delete(structure.key);
  }
}

/** The hash of the first word that is neither key nor value. */
function firstWord(words: LineWords): number {
  for (let i = 0; i < words.count; i++) {
    const hash = words.hash[i] ?? MASKED;
    if (words.isKey[i] === 0 && hash !== MASKED) return hash;
  }
  return ANY_WORD;
}
