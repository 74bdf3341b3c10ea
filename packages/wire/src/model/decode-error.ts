/**
 * What is wrong with what was sent: caught where it is counted or answered, so it has no stack. Taking one costs more than refusing a
 * record, and a request may have half a million of those.
 */
export class SentProblem extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A request body that cannot be read as its format; the whole request is refused. */
export class DecodeError extends SentProblem {
  override readonly name = 'DecodeError';
  /** Byte in the decompressed body at which decoding stopped; 0 where the format has no such place. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A well-formed request with more in it than one request may bring; it is refused whole. */
export class RequestLimitError extends SentProblem {
  override readonly name = 'RequestLimitError';
}
