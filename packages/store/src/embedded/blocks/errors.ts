/** What can be wrong with bytes that come back from disk. */

/** Stored bytes are not what was written. `place` names the blob, `offset` the byte in it where this showed. */
export class CorruptionError extends Error {
  override readonly name = 'CorruptionError';
  readonly place: string;
  readonly offset: number;

  constructor(problem: string, place: string, offset: number) {
    super(`${place}: ${problem} at byte ${offset}`);
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
