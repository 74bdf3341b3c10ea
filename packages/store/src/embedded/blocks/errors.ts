/** What can be wrong with bytes that come back from disk. */

/** Stored bytes are not what was written. `place` names the blob or file, `offset` the byte in it where this showed, where that is known. */
export class CorruptionError extends Error {
  override readonly name = 'CorruptionError';
  readonly place: string;
  readonly offset: number | null;

  constructor(problem: string, place: string, offset: number | null, options?: ErrorOptions) {
    super(`${place}: ${problem}${offset === null ? '' : ` at byte ${offset}`}`, options);
    this.place = place;
    this.offset = offset;
  }
}

/** The bytes are sound but were written by a newer release. */
export class FormatVersionError extends Error {
  override readonly name = 'FormatVersionError';
  readonly place: string;
  readonly found: number;
  readonly supported: number;

  constructor(place: string, found: number, supported: number) {
    super(
      `${place}: format version ${found} is newer than the newest one this release reads (${supported}); upgrade, or restore the data of the older release`,
    );
    this.place = place;
    this.found = found;
    this.supported = supported;
  }
}

/** SQLite's result codes for a file whose pages make no sense, and for one that is no database. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** The error as CorruptionError with the file's path where it is SQLite's word for a damaged file; as it is otherwise. */
export function withPlace(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  // Extended codes have the primary one in their low byte.
  const code = Number(error.errcode) & 0xff;
  if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) return error;
  return new CorruptionError(error.message, path, null, { cause: error });
}
