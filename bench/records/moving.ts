/**
 * A recorded request that is sent again and again as if it were new: its times are moved to now, and the ids of its traces are changed.
 * Only those bytes are written, so that a client can send far more than it could encode.
 */

/** Where the times (fixed64) and the ids of traces lie in a request. */
interface Places {
  times: number[];
  traces: number[];
}

/** Field numbers of opentelemetry-proto 1.x, from the request down to a record: resource, scope, record. */
const RECORD_PATH = [1, 2, 2] as const;
const TIMES = { logs: [1, 11], spans: [7, 8] } as const;
const TRACE_ID = { logs: 9, spans: 1 } as const;
const FIXED64 = 1;
const BYTES = 2;

export type MovingSignal = keyof typeof TIMES;

export class MovingRequest {
  readonly body: Uint8Array;
  readonly records: number;
  readonly #view: DataView;
  readonly #places: Places = { times: [], traces: [] };

  constructor(signal: MovingSignal, body: Uint8Array) {
    this.body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.length);
    this.records = this.#collect(signal, 0, body.length, 0);
  }

  /** Moves the last time to `nowMs` and the others with it; `round` makes other traces of those that were sent before. */
  move(nowMs: number, round: number): void {
    const view = this.#view;
    const last = this.#places.times.at(-1) ?? 0;
    const by = BigInt(nowMs) * 1_000_000n - view.getBigUint64(last, true);
    const lo = Number(BigInt.asUintN(32, by));
    const hi = Number(BigInt.asUintN(32, by >> 32n));
    for (const at of this.#places.times) {
      const low = view.getUint32(at, true) + lo;
      view.setUint32(at, low, true);
      view.setUint32(at + 4, view.getUint32(at + 4, true) + hi + (low >= 2 ** 32 ? 1 : 0), true);
    }
    for (const at of this.#places.traces) view.setUint32(at, round);
  }

  /** Notes the places of the message [from, to), which lies so deep; returns how many records it has. */
  #collect(signal: MovingSignal, from: number, to: number, depth: number): number {
    const isRecord = depth === RECORD_PATH.length;
    let records = isRecord ? 1 : 0;
    for (let at = from; at < to; ) {
      const [tag, afterTag] = this.#varint(at);
      const field = tag >>> 3;
      const type = tag & 7;
      at = afterTag;
      if (type === FIXED64) {
        if (isRecord && TIMES[signal].some((one) => one === field)) this.#places.times.push(at);
        at += 8;
      } else if (type === BYTES) {
        const [length, start] = this.#varint(at);
        at = start + length;
        if (isRecord && field === TRACE_ID[signal]) this.#places.traces.push(start);
        if (field === RECORD_PATH[depth]) records += this.#collect(signal, start, at, depth + 1);
      } else if (type === 5) at += 4;
      else at = this.#varint(at)[1];
    }
    return records;
  }

  #varint(start: number): [value: number, end: number] {
    let value = 0;
    for (let at = start, factor = 1; ; at++, factor *= 128) {
      const byte = this.body[at] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return [value, at + 1];
    }
  }
}
