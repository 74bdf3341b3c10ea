/**
 * The outer levels of an OTLP request of logs or traces, scanned where they lie.
 *
 * Model: resources > scopes > items (log records, spans), under the same field numbers for both signals. Protobuf allows fields in any
 * order, so the two outer levels are walked twice: once to find resource and scope, skipping the rest by length, and once to read
 * what is below them. The resource is resolved to a stream once; the scope is read once.
 *
 * Invariants: a damaged body throws DecodeError and the batch must be thrown away; a resource or scope that cannot be stored refuses its
 * items and nothing else.
 */
import { RequestLimitError } from '../model/decode-error.ts';
import type { RecordBatch } from '../model/record-batch.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { forget, note, type Place } from './place.ts';
import { ResourceStream } from './resource-stream.ts';

/** Field numbers of opentelemetry-proto 1.x: collector/logs/v1, logs/v1, collector/trace/v1, trace/v1. */
const REQUEST_RESOURCES = 1;
const RESOURCE = 1;
const RESOURCE_SCOPES = 2;
const SCOPE = 1;
const SCOPE_ITEMS = 2;

const NO_BYTES = new Uint8Array(0);

/** Reads the items; places are in the body of the request. */
export interface ItemReader<Batch extends RecordBatch> {
  /** What items are called in explanations: `log records`. */
  readonly items: string;
  /** Reads the scope of the items that follow; returns what is wrong with it, or ''. */
  beginScope(start: number, end: number, batch: Batch): string;
  read(start: number, end: number, stream: number): void;
  /** Counts an item as refused. */
  refuse(start: number, end: number, reason: RejectReason, problem: string): void;
}

export class ResourceWalk<Batch extends RecordBatch> {
  readonly #reader = new ProtobufReader();
  readonly #streams = new ResourceStream();
  readonly #items: ItemReader<Batch>;
  readonly #resource: Place = { start: 0, end: 0 };
  readonly #scope: Place = { start: 0, end: 0 };

  constructor(items: ItemReader<Batch>) {
    this.#items = items;
  }

  /** Walks a whole request. Throws DecodeError and RequestLimitError. */
  walk(body: Uint8Array, resolver: SeriesResolver, limits: DecodeLimits, batch: Batch): void {
    const reader = this.#reader;
    reader.reset(body);
    try {
      while (reader.next()) {
        if (reader.field === REQUEST_RESOURCES) this.#readResource(resolver, limits, batch);
        else reader.skip();
      }
    } finally {
      reader.reset(NO_BYTES);
    }
  }

  #readResource(resolver: SeriesResolver, limits: DecodeLimits, batch: Batch): void {
    const reader = this.#reader;
    const resource = this.#resource;
    const outer = reader.enter();
    const start = reader.pos;
    let hasScopes = false;
    forget(resource);
    while (reader.next()) {
      if (reader.field === RESOURCE) note(reader, resource);
      else {
        hasScopes ||= reader.field === RESOURCE_SCOPES;
        reader.skip();
      }
    }
    if (hasScopes) {
      const { bytes } = reader;
      const stream = this.#streams.resolve(
        bytes,
        resource.start,
        resource.end,
        resolver,
        limits,
        batch,
      );
      reader.pos = start;
      while (reader.next()) {
        if (reader.field === RESOURCE_SCOPES) this.#readScope(stream, limits, batch);
        else reader.skip();
      }
    }
    reader.leave(outer);
  }

  #readScope(stream: number, limits: DecodeLimits, batch: Batch): void {
    const reader = this.#reader;
    const scope = this.#scope;
    const items = this.#items;
    const outer = reader.enter();
    const first = reader.pos;
    forget(scope);
    while (reader.next()) {
      if (reader.field === SCOPE) note(reader, scope);
      else reader.skip();
    }
    const problem = items.beginScope(scope.start, scope.end, batch);
    reader.pos = first;
    while (reader.next()) {
      if (reader.field !== SCOPE_ITEMS) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      const start = reader.pos;
      const end = start + length;
      reader.pos = end;
      if (batch.n >= limits.maxPoints) {
        throw new RequestLimitError(`more than ${limits.maxPoints} ${items.items} in one request`);
      }
      if (stream === 0) items.refuse(start, end, this.#streams.reason, this.#streams.problem);
      else if (problem !== '') items.refuse(start, end, 'invalid_value', problem);
      else items.read(start, end, stream);
    }
    reader.leave(outer);
  }
}
