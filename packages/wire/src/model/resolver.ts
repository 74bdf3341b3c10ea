/**
 * How a decoder turns the labels of a point into a series handle without knowing a store.
 *
 * Model: a decoder hashes the label bytes as they lie in the request (hash.ts leaves 128 bits in `hashWords`) and asks
 * `lookup`. Only on a miss does it build the canonical label set (labels.ts) and call `register`, which remembers the hash.
 * Many byte forms map to one canonical set; a form never maps to two.
 *
 * Invariants: handles are positive integers valid for the batch that is being filled; decoders mix a tag of their own
 * (protocol, and for OTLP everything that takes part in the translation) into the hash, so that two protocols never share a form.
 */
export interface SeriesResolver {
  /** Handle for the form whose hash is in `hashWords`, or 0 when it is not known (or no longer cached). */
  lookup(): number;
  /**
   * Registers the form in `hashWords` for the canonical label set `labels[0, length)`.
   * Returns the handle, or 0 when the store refuses one more series (`series_limit`); the reason is in `refusal`.
   */
  register(labels: Uint8Array, length: number): number;
  /** Explanation of the last refused `register`. */
  readonly refusal: string;
}

/** Bounds that every decoder of metrics applies point by point; all times in Unix ms. */
export interface DecodeLimits {
  /** Points before are refused as `too_old`; -Infinity when retention is `forever`. */
  minTime: number;
  /** Points after are refused as `too_far_in_future` (now + 10 min). */
  maxTime: number;
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
  /** Points of one request; a request with more is refused whole. */
  maxPoints: number;
}
