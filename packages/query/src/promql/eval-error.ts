/** A query that cannot be answered. `bad_data`: the query is at fault before it runs (400); `execution`: while it runs (422). */
export class PromqlEvalError extends Error {
  override readonly name = 'PromqlEvalError';
  readonly kind: 'bad_data' | 'execution';

  constructor(message: string, kind: 'bad_data' | 'execution' = 'execution') {
    super(message);
    this.kind = kind;
  }
}

export const SAME_LABELSET = 'vector cannot contain metrics with the same labelset';
export const TOO_MANY_SAMPLES =
  'query processing would load too many samples into memory in query execution';
