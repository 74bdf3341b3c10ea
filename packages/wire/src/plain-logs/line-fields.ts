/**
 * What the named values of a line are: its time, level, message, ids, service, or fields.
 *
 * The names are those that loggers commonly use (pino, bunyan, zap, logrus, slog, log4j, Serilog, structlog, Docker, Elastic Common
 * Schema). The first value that fits a role has it; one that does not fit, and every other, is a field under its own name. A level in
 * words becomes the field `severity_text`, as in OTLP.
 */
import type { RecordBuilder } from '../model/record-builder.ts';
import { severityOf } from '../model/severity.ts';
import { parseEpoch, scanRfc3339 } from '../model/timestamp.ts';
import type { LineStreams } from './line-streams.ts';

const TIME = 1;
const LEVEL = 2;
const MESSAGE = 3;
const TRACE = 4;
const SPAN = 5;
const SERVICE = 6;

const NAMES: Readonly<Record<number, readonly string[]>> = {
  [TIME]: ['time', 'timestamp', 'ts', '@timestamp', 'datetime', '_time', 'date', '@t', 'Timestamp'],
  [LEVEL]: [
    'level',
    'severity',
    'lvl',
    'log.level',
    'loglevel',
    'levelname',
    'severity_text',
    'severityText',
    '@l',
    'Level',
  ],
  [MESSAGE]: ['msg', 'message', 'log', 'body', '_msg', '@m', 'event', 'Message'],
  [TRACE]: ['trace_id', 'traceId', 'traceID', 'traceid', 'trace.id', '@tr', 'TraceId'],
  [SERVICE]: ['service', 'service_name', 'service.name', 'serviceName'],
  [SPAN]: ['span_id', 'spanId', 'spanID', 'spanid', 'span.id', '@sp', 'SpanId'],
};
const ROLES = new Map<string, number>();
for (const [role, names] of Object.entries(NAMES)) {
  for (const name of names) ROLES.set(name, Number(role));
}
/** No name above is longer. */
const LONGEST = 13;
const SEVERITY_TEXT = Buffer.from('severity_text');

export class LineFields {
  readonly #record: RecordBuilder;
  #streams: LineStreams | undefined;
  /** Where the message lies; absent while `#hasMessage` is false. */
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #hasMessage = false;

  constructor(record: RecordBuilder) {
    this.#record = record;
  }

  /** Begins a request; undefined lets go of the last one. */
  begin(streams: LineStreams | undefined): void {
    this.#streams = streams;
    this.clear();
  }

  /** Begins a line. */
  clear(): void {
    this.#streams?.clear();
    this.#record.clear();
    this.#hasMessage = false;
    this.#bytes = SEVERITY_TEXT;
  }

  /** A value that is text. The bytes must stay as they are until `push`. */
  text(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): void {
    const role = roleOf(key, keyStart, keyEnd);
    if (role !== 0 && this.#takeText(role, value, start, end)) return;
    this.#record.string(key, keyStart, keyEnd, value, start, end);
  }

  /** Whether a number is the record's time; a level that is a number stays a field. */
  number(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const role = roleOf(key, keyStart, keyEnd);
    if (role === TIME) return this.#time(value, start, end);
    const record = this.#record;
    if (role === LEVEL && record.severity === 0) record.severity = severityOf(value, start, end);
    return false;
  }

  /** Adds the record: its body is the message, or all of the line when it has none. */
  push(stream: number, line: Uint8Array, start: number, end: number): void {
    if (this.#hasMessage) this.#record.push(stream, this.#bytes, this.#start, this.#end);
    else this.#record.push(stream, line, start, end);
  }

  #takeText(role: number, value: Uint8Array, start: number, end: number): boolean {
    const record = this.#record;
    switch (role) {
      case TIME:
        return this.#time(value, start, end);
      case LEVEL: {
        const severity = record.severity === 0 ? severityOf(value, start, end) : 0;
        if (severity === 0) return false;
        record.severity = severity;
        record.string(SEVERITY_TEXT, 0, SEVERITY_TEXT.length, value, start, end);
        return true;
      }
      case MESSAGE:
        if (this.#hasMessage) return false;
        this.#hasMessage = true;
        this.#bytes = value;
        this.#start = start;
        this.#end = end;
        return true;
      case TRACE:
        return record.traceId(value, start, end);
      case SERVICE:
        return this.#streams?.choose(value, start, end) ?? false;
      default:
        return record.spanId(value, start, end);
    }
  }

  #time(value: Uint8Array, start: number, end: number): boolean {
    const record = this.#record;
    if (record.tLo !== 0 || record.tHi !== 0) return false;
    if (scanRfc3339(value, start, end) !== end && !parseEpoch(value, start, end)) return false;
    record.takeNanos();
    return true;
  }
}

function roleOf(key: Uint8Array, start: number, end: number): number {
  if (end - start > LONGEST) return 0;
  let name = '';
  for (let i = start; i < end; i++) name += String.fromCharCode(key[i]);
  return ROLES.get(name) ?? 0;
}
