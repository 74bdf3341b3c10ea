/** A valid TraceQL query that cannot be answered over this data: it needs more than a bound allows. */
export class TraceqlEvalError extends Error {
  override readonly name = 'TraceqlEvalError';
}
