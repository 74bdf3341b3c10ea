/** A request body that cannot be read as its format; the whole request is refused. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** Byte in the decompressed body at which decoding stopped; 0 where the format has no such place. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A well-formed request with more in it than one request may bring; it is refused whole. */
export class RequestLimitError extends Error {
  override readonly name = 'RequestLimitError';
}
