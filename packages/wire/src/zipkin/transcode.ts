/**
 * Zipkin's v2 JSON to OTLP/protobuf, so that spans of both take one path into the batch.
 *
 * Model: the body is a list of spans; each becomes a ResourceSpans of its own, written while its keys are read, since protobuf leaves
 * the order of fields free. What depends on several keys (ids, times, status, resource) is noted and written at the span's end.
 *
 *   traceId, id, parentId      hex, zeros in front where digits are missing (64-bit trace ids)
 *   timestamp, duration        microseconds; without a timestamp the span begins with its first annotation
 *   annotations                events named by their value
 *   tags                       string attributes; `error` (unless "false") and `otel.status_code` make the status
 *   localEndpoint              service.name of the resource, network.local.address and .port of the span
 *   remoteEndpoint             peer.service, network.peer.address and .port
 *
 * Choice: with B3's shared spans the server's half has the id of the client's half. Ids must be unique within a trace, so the half marked
 * `shared` gets its id with the first bit turned, and the client's half as its parent.
 *
 * Invariants: a body that is no JSON list of objects throws DecodeError; what is wrong with one span is left to the decoder of
 * spans, which refuses that span.
 */
import { nanos, setNanos } from '../model/nanos.ts';
import { IntegerParser } from '../otlp/json/integer.ts';
import { JsonScanner, QUOTE } from '../otlp/json/scanner.ts';
import { type Id, parseId, SpanOutput, type Text } from './span-output.ts';

/** A tag of four bytes in JSON becomes up to 24 in protobuf, whose lengths take four bytes here. */
const MAX_GROWTH = 4;
const FREE_BYTES = 1 << 20;
/** Buffers past this size are not kept between requests. */
const KEPT_BYTES = 4 << 20;
const NO_BYTES = new Uint8Array(0);
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
/** Microseconds past this are no time: doubles are exact below. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

const KINDS: ReadonlyMap<string, number> = new Map([
  ['SERVER', 2],
  ['CLIENT', 3],
  ['PRODUCER', 4],
  ['CONSUMER', 5],
]);
const STATUS_OK = 1;
const STATUS_ERROR = 2;

export class ZipkinTranscoder {
  readonly #scanner = new JsonScanner();
  readonly #output = new SpanOutput();
  readonly #integer = new IntegerParser();
  readonly #traceId: Id = { bytes: new Uint8Array(16), length: 0 };
  readonly #spanId: Id = { bytes: new Uint8Array(8), length: 0 };
  readonly #parentId: Id = { bytes: new Uint8Array(8), length: 0 };
  readonly #service: Text = { start: 0, end: 0, escaped: false };
  readonly #message: Text = { start: 0, end: 0, escaped: false };
  #status = 0;
  #shared = false;
  #timestamp = 0;
  #duration = 0;
  #firstAnnotation = 0;

  /** The ExportTraceServiceRequest of a body, valid until the next call. Throws DecodeError and RequestLimitError. */
  transcode(body: Uint8Array): Uint8Array {
    const output = this.#output;
    const scanner = this.#scanner;
    output.reset(FREE_BYTES + body.length * MAX_GROWTH);
    scanner.reset(body);
    try {
      scanner.openArray();
      for (let first = true; scanner.nextItem(first); first = false) this.#resourceSpans();
      scanner.finish();
      return output.bytes.subarray(0, output.length);
    } finally {
      scanner.reset(NO_BYTES);
      if (output.bytes.length > KEPT_BYTES) output.bytes = NO_BYTES;
    }
  }

  #resourceSpans(): void {
    const output = this.#output;
    const resourceSpans = output.beginMessage(1);
    const scopeSpans = output.beginMessage(2);
    const span = output.beginMessage(2);
    this.#forget();
    this.#span();
    this.#writeNoted();
    output.endMessage(span);
    output.endMessage(scopeSpans);
    if (this.#service.end > this.#service.start) {
      const resource = output.beginMessage(1);
      output.attribute(1, 'service.name', this.#service, this.#scanner);
      output.endMessage(resource);
    }
    output.endMessage(resourceSpans);
  }

  #forget(): void {
    this.#traceId.length = 0;
    this.#spanId.length = 0;
    this.#parentId.length = 0;
    this.#service.end = 0;
    this.#message.end = 0;
    this.#service.start = 0;
    this.#message.start = 0;
    this.#status = 0;
    this.#shared = false;
    this.#timestamp = 0;
    this.#duration = 0;
    this.#firstAnnotation = 0;
  }

  #span(): void {
    const scanner = this.#scanner;
    scanner.openObject();
    for (let first = true; scanner.nextKey(first); first = false) {
      const key = this.#latin1();
      if (!scanner.isNull()) this.#spanKey(key);
    }
  }

  #spanKey(key: string): void {
    const scanner = this.#scanner;
    switch (key) {
      case 'traceId':
        this.#id(this.#traceId);
        return;
      case 'id':
        this.#id(this.#spanId);
        return;
      case 'parentId':
        this.#id(this.#parentId);
        return;
      case 'name':
        scanner.string();
        this.#output.text(5, scanner, scanner);
        return;
      case 'kind':
        scanner.string();
        this.#output.varint(6, KINDS.get(this.#latin1()) ?? 0, 0);
        return;
      case 'timestamp':
        this.#timestamp = this.#micros();
        return;
      case 'duration':
        this.#duration = this.#micros();
        return;
      case 'shared':
        this.#shared = scanner.boolean();
        return;
      case 'annotations':
        this.#annotations();
        return;
      case 'tags':
        this.#tags();
        return;
      case 'localEndpoint':
        this.#endpoint('network.local', true);
        return;
      case 'remoteEndpoint':
        this.#endpoint('network.peer', false);
        return;
      default:
        scanner.skipValue();
    }
  }

  /** Writes what several keys decide. */
  #writeNoted(): void {
    const output = this.#output;
    const spanId = this.#spanId;
    const shared = this.#shared && spanId.length === 8;
    output.id(4, shared ? spanId : this.#parentId);
    if (shared) spanId.bytes[0] ^= 0x80;
    output.id(1, this.#traceId);
    output.id(2, spanId);
    const start = this.#timestamp === 0 ? this.#firstAnnotation : this.#timestamp;
    this.#time(7, start);
    if (start > 0) this.#time(8, Math.min(start + this.#duration, MAX_MICROS));
    if (this.#status === 0) return;
    const status = output.beginMessage(15);
    if (this.#message.end > this.#message.start) output.text(2, this.#message, this.#scanner);
    output.varint(3, this.#status, 0);
    output.endMessage(status);
  }

  #time(field: number, micros: number): void {
    setNanos(micros, 1000, 0);
    this.#output.fixed64(field, nanos[0], nanos[1]);
  }

  #annotations(): void {
    const scanner = this.#scanner;
    scanner.openArray();
    for (let first = true; scanner.nextItem(first); first = false) {
      const event = this.#output.beginMessage(11);
      scanner.openObject();
      for (let head = true; scanner.nextKey(head); head = false) {
        const key = this.#latin1();
        if (scanner.isNull()) continue;
        if (key === 'timestamp') this.#annotationTime(this.#micros());
        else if (key === 'value') {
          scanner.string();
          this.#output.text(2, scanner, scanner);
        } else scanner.skipValue();
      }
      this.#output.endMessage(event);
    }
  }

  #annotationTime(micros: number): void {
    this.#time(1, micros);
    if (micros === 0) return;
    if (this.#firstAnnotation === 0 || micros < this.#firstAnnotation) {
      this.#firstAnnotation = micros;
    }
  }

  #tags(): void {
    const scanner = this.#scanner;
    const output = this.#output;
    scanner.openObject();
    for (let first = true; scanner.nextKey(first); first = false) {
      const key = this.#latin1();
      const entry = output.beginMessage(9);
      this.#output.text(1, scanner, scanner);
      if (!scanner.isNull()) {
        this.#scalar();
        const value = output.beginMessage(2);
        this.#output.text(1, scanner, scanner);
        output.endMessage(value);
        this.#statusTag(key);
      }
      output.endMessage(entry);
    }
  }

  /** Takes the tag whose value the scanner has just read into the status. */
  #statusTag(key: string): void {
    if (key === 'error') {
      const text = this.#latin1();
      if (text === 'false') return;
      this.#status = STATUS_ERROR;
      if (text !== 'true' && this.#message.end === this.#message.start) this.#note(this.#message);
    } else if (key === 'otel.status_code') {
      const text = this.#latin1();
      if (text === 'ERROR') this.#status = STATUS_ERROR;
      else if (text === 'OK' && this.#status === 0) this.#status = STATUS_OK;
    }
  }

  #endpoint(prefix: string, local: boolean): void {
    const scanner = this.#scanner;
    const place: Text = { start: 0, end: 0, escaped: false };
    scanner.openObject();
    for (let first = true; scanner.nextKey(first); first = false) {
      const key = this.#latin1();
      if (scanner.isNull()) continue;
      if (key === 'port') this.#port(`${prefix}.port`);
      else if (key === 'serviceName' || key === 'ipv4' || key === 'ipv6') {
        scanner.string();
        if (scanner.end === scanner.start) continue;
        if (key === 'serviceName' && local) this.#note(this.#service);
        else {
          this.#note(place);
          const name = key === 'serviceName' ? 'peer.service' : `${prefix}.address`;
          this.#output.attribute(9, name, place, scanner);
        }
      } else scanner.skipValue();
    }
  }

  #port(key: string): void {
    const port = this.#micros();
    if (port === 0 || port > 65_535) return;
    this.#output.number(9, key, port);
  }

  #note(text: Text): void {
    const { start, end, escaped } = this.#scanner;
    text.start = start;
    text.end = end;
    text.escaped = escaped;
  }

  /** The last string, where only short ASCII matters. */
  #latin1(): string {
    const { bytes, start, end } = this.#scanner;
    let text = '';
    for (let i = start; i < end && i < start + 32; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }

  /** Reads a string, or the text of a number or boolean, for the scanner's range. */
  #scalar(): void {
    const scanner = this.#scanner;
    const next = scanner.peek();
    if (next === QUOTE) {
      scanner.string();
      return;
    }
    if (next === OPEN_OBJECT || next === OPEN_ARRAY) scanner.fail('a string belongs here');
    const start = scanner.at;
    scanner.skipValue();
    scanner.start = start;
    scanner.end = scanner.at;
    scanner.escaped = false;
  }

  /** Reads a whole number that may be quoted; 0 when it is none or out of range. */
  #micros(): number {
    this.#scalar();
    const { bytes, start, end } = this.#scanner;
    const integer = this.#integer;
    if (!integer.parse(bytes, start, end, false)) return 0;
    const value = integer.high * 4294967296 + integer.low;
    return value <= MAX_MICROS ? value : 0;
  }

  #id(id: Id): void {
    const scanner = this.#scanner;
    scanner.string();
    parseId(scanner.bytes, scanner.start, scanner.end, id);
  }
}
