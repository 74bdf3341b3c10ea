/**
 * The fields that points of all kinds share: times, flags, attributes, whether there are exemplars.
 *
 * Model: one for each kind that is kept in module state and reused; a kind's own loop hands the fields to it that it does not know.
 * number-point.ts, by far the most frequent kind, keeps them in local variables instead.
 */
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import type { DecodeContext } from './decode-context.ts';
import { FLAG_NO_RECORDED_VALUE, POINT_START_TIME, POINT_TIME } from './fields.ts';

export class PointFields {
  /** Where the point lies in the body. */
  start = 0;
  end = 0;
  hasExemplars = false;
  readonly #attributesField: number;
  readonly #flagsField: number;
  readonly #exemplarsField: number;
  #timeLow = 0;
  #timeHigh = 0;
  #startLow = 0;
  #startHigh = 0;
  #flags = 0;
  #attributesStart = -1;
  #attributesEnd = -1;

  /** Numbers of the fields in this kind of point; `exemplars` is -1 where there are none. */
  constructor(attributes: number, flags: number, exemplars: number) {
    this.#attributesField = attributes;
    this.#flagsField = flags;
    this.#exemplarsField = exemplars;
  }

  /** The point had no value: its series end. */
  get isStale(): boolean {
    return (this.#flags & FLAG_NO_RECORDED_VALUE) !== 0;
  }

  /** The reader has entered the point. */
  begin(context: DecodeContext): void {
    this.start = context.reader.pos;
    this.end = context.reader.end;
    this.hasExemplars = false;
    this.#timeLow = 0;
    this.#timeHigh = 0;
    this.#startLow = 0;
    this.#startHigh = 0;
    this.#flags = 0;
    this.#attributesStart = -1;
    this.#attributesEnd = -1;
    context.lookup.beginPoint();
  }

  /** Reads the reader's current field, whose tag begins at `at`, or skips it. */
  read(context: DecodeContext, at: number): void {
    const { reader } = context;
    switch (reader.field) {
      case POINT_START_TIME:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        this.#startLow = reader.low;
        this.#startHigh = reader.high;
        break;
      case POINT_TIME:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        this.#timeLow = reader.low;
        this.#timeHigh = reader.high;
        break;
      case this.#attributesField:
        reader.expect(WIRE_BYTES);
        reader.skip();
        this.#attribute(context, at);
        break;
      case this.#flagsField:
        reader.expect(WIRE_VARINT);
        this.#flags = reader.uint32();
        break;
      case this.#exemplarsField:
        reader.expect(WIRE_BYTES);
        reader.skip();
        this.hasExemplars = true;
        break;
      default:
        reader.skip();
    }
  }

  /** The reader has left the point; false when its time is refused. */
  admit(context: DecodeContext): boolean {
    this.#absorb(context);
    return context.admit(this.#timeLow, this.#timeHigh, this.#startLow, this.#startHigh);
  }

  /** Attributes that lie side by side are taken in one piece. */
  #attribute(context: DecodeContext, at: number): void {
    if (at !== this.#attributesEnd) {
      this.#absorb(context);
      this.#attributesStart = at;
    }
    this.#attributesEnd = context.reader.pos;
  }

  #absorb(context: DecodeContext): void {
    if (this.#attributesEnd >= 0) {
      context.lookup.absorb(this.#attributesStart, this.#attributesEnd);
    }
  }
}
