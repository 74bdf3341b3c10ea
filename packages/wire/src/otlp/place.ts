/** Where length-delimited values lie in the body of a request. */
import type { ProtobufReader } from '../protobuf/reader.ts';

/** A value in the body; 0, 0 for none. */
export interface Place {
  start: number;
  end: number;
}

export function forget(place: Place): void {
  place.start = 0;
  place.end = 0;
}

/** Notes where the reader's current field lies and steps over it. */
export function note(reader: ProtobufReader, place: Place): void {
  const length = reader.length();
  place.start = reader.pos;
  place.end = reader.pos + length;
  reader.pos = place.end;
}
