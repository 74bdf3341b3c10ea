/**
 * ExportLogsServiceRequest to a batch of log records, scanned where it lies.
 *
 * Model: resource logs > scope logs > records. Protobuf allows fields in any order, so the two outer levels are walked twice: once to
 * find resource and scope, skipping the rest by length, and once to read what is below them. The resource is resolved to a stream
 * once; the scope becomes fields once, which are copied to the end of each of its records.
 *
 * Invariants: a damaged body throws DecodeError and the batch must be thrown away; a bad record is counted in `batch.rejected` and
 * changes nothing else.
 */
import { RequestLimitError } from '../model/decode-error.ts';
import { FieldWriter } from '../model/fields.ts';
import { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_VERSION } from './fields.ts';
import { LOGS_REQUEST } from './json/logs-schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import {
  REQUEST_RESOURCE_LOGS,
  RESOURCE_LOGS_RESOURCE,
  RESOURCE_LOGS_SCOPE_LOGS,
  SCOPE_LOGS_RECORDS,
  SCOPE_LOGS_SCOPE,
} from './log-fields.ts';
import { LogRecordReader } from './log-record.ts';
import { RecordWriter } from './record-writer.ts';
import { ResourceStream } from './resource-stream.ts';
import { AttributeError } from './text.ts';

const NAME = new TextEncoder().encode('scope_name');
const VERSION = new TextEncoder().encode('scope_version');
/** Fields of a scope are repeated with each of its records; past these bounds its attributes are left out. */
const MAX_SCOPE_BYTES = 16_384;
const MAX_SCOPE_FIELDS = 128;

class OtlpLogsDecoder {
  readonly #reader = new ProtobufReader();
  readonly #records = new LogRecordReader();
  readonly #streams = new ResourceStream();
  readonly #scopeTexts = new RecordWriter();
  readonly #scope = new FieldWriter();
  #batch = new LogBatch(1);

  decode(body: Uint8Array, resolver: SeriesResolver, limits: LogLimits, batch: LogBatch): void {
    const reader = this.#reader;
    batch.boundBy(body.length);
    reader.reset(body);
    this.#records.begin(body, limits, batch);
    this.#scopeTexts.begin(body, this.#scope);
    this.#batch = batch;
    try {
      while (reader.next()) {
        if (reader.field === REQUEST_RESOURCE_LOGS) this.#resourceLogs(resolver, limits);
        else reader.skip();
      }
    } finally {
      reader.reset(new Uint8Array(0));
      this.#records.end();
      this.#scopeTexts.end();
      this.#batch = new LogBatch(1);
    }
  }

  #resourceLogs(resolver: SeriesResolver, limits: LogLimits): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const start = reader.pos;
    let resourceAt = 0;
    let resourceEnd = 0;
    let hasRecords = false;
    while (reader.next()) {
      if (reader.field === RESOURCE_LOGS_RESOURCE) {
        resourceEnd = reader.length();
        resourceAt = reader.pos;
        resourceEnd += resourceAt;
        reader.pos = resourceEnd;
      } else {
        hasRecords ||= reader.field === RESOURCE_LOGS_SCOPE_LOGS;
        reader.skip();
      }
    }
    if (hasRecords) {
      const stream = this.#streams.resolve(
        reader.bytes,
        resourceAt,
        resourceEnd,
        resolver,
        limits,
        this.#batch,
      );
      reader.pos = start;
      while (reader.next()) {
        if (reader.field === RESOURCE_LOGS_SCOPE_LOGS) this.#scopeLogs(stream, limits);
        else reader.skip();
      }
    }
    reader.leave(outer);
  }

  #scopeLogs(stream: number, limits: LogLimits): void {
    const reader = this.#reader;
    const records = this.#records;
    const batch = this.#batch;
    const outer = reader.enter();
    const start = reader.pos;
    let scopeAt = 0;
    let scopeEnd = 0;
    while (reader.next()) {
      if (reader.field === SCOPE_LOGS_SCOPE) {
        scopeEnd = reader.length();
        scopeAt = reader.pos;
        scopeEnd += scopeAt;
        reader.pos = scopeEnd;
      } else reader.skip();
    }
    const problem = this.#readScope(scopeAt, scopeEnd);
    reader.pos = start;
    while (reader.next()) {
      if (reader.field !== SCOPE_LOGS_RECORDS) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      const at = reader.pos;
      reader.pos = at + length;
      if (batch.n >= limits.maxPoints) {
        throw new RequestLimitError(`more than ${limits.maxPoints} log records in one request`);
      }
      if (stream === 0) batch.reject(this.#streams.reason, this.#streams.problem);
      else if (problem !== '') batch.reject('invalid_value', problem);
      else records.read(at, reader.pos, stream);
    }
    reader.leave(outer);
  }

  /** Writes the fields of the scope in [start, end); returns what is wrong with it, or ''. */
  #readScope(start: number, end: number): string {
    const reader = this.#reader;
    const scope = this.#scope;
    const texts = this.#scopeTexts;
    const after = reader.end;
    scope.clear();
    let fields = 0;
    let left = 0;
    reader.pos = start;
    reader.end = end;
    try {
      while (reader.next()) {
        const { field } = reader;
        if (field !== SCOPE_NAME && field !== SCOPE_VERSION && field !== SCOPE_ATTRIBUTES) {
          reader.skip();
          continue;
        }
        const length = reader.length();
        const at = reader.pos;
        reader.pos = at + length;
        const begun = scope.length;
        if (fields >= MAX_SCOPE_FIELDS || begun + length > MAX_SCOPE_BYTES) left++;
        else if (field === SCOPE_ATTRIBUTES) {
          if (texts.attribute(at, reader.pos)) fields++;
        } else if (length > 0) {
          texts.named(field === SCOPE_NAME ? NAME : VERSION, at, reader.pos);
          fields++;
        }
        if (scope.length > MAX_SCOPE_BYTES) {
          scope.length = begun;
          left++;
        }
      }
    } catch (error) {
      if (!(error instanceof AttributeError)) throw error;
      return `scope: ${error.message}`;
    } finally {
      reader.end = after;
    }
    if (left > 0) this.#batch.reject('label_limit', `scope: ${left} attributes were left out`, 0);
    this.#records.beginScope(scope, fields);
    return '';
  }
}

const decoder = new OtlpLogsDecoder();
const transcoder = new JsonTranscoder();

/**
 * Decodes an ExportLogsServiceRequest in protobuf into `batch`. Throws DecodeError when it is damaged and RequestLimitError when it
 * brings too much; the batch is of no use then.
 */
export function decodeOtlpLogs(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  decoder.decode(body, resolver, limits, batch);
}

/** As `decodeOtlpLogs`, for a body in OTLP/JSON. */
export function decodeOtlpLogsJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  decodeOtlpLogs(transcoder.transcode(body, LOGS_REQUEST), resolver, limits, batch);
}
