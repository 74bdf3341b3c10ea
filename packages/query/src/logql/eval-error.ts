/** A metric query that cannot be answered because lines could not be made into samples (400 in Loki's API). */
export class LogqlEvalError extends Error {
  override readonly name = 'LogqlEvalError';
}
