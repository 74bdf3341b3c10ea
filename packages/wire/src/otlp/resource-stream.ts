/**
 * From a Resource message to the handle of its stream: all its attributes as text, as a canonical label set.
 *
 * Model: the form is the hash of the message's bytes as they lie; only a form that the resolver does not know is read. A missing
 * `service.name` becomes `unknown_service`; of equal keys the first one counts. A resource with too much in it loses what is too
 * much (attributes past the limit of labels, names too long, the end of long values) rather than its records.
 *
 * Invariant: what is kept depends on the bytes and the limits alone.
 */

import { hashBytes, hashWords, taggedSeed } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import { cutUtf8 } from '../model/log-limits.ts';
import type { Refusals, RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { readAttributes } from './attributes.ts';
import { RESOURCE_ATTRIBUTES } from './fields.ts';
import { AttributeError } from './text.ts';

const SERVICE_NAME = 'service.name';
const UNKNOWN_SERVICE = 'unknown_service';
const MAX_ATTRIBUTES = 1024;

export class ResourceStream {
  /** Why the last `resolve` gave 0, and the reason to count its records under. */
  problem = '';
  reason: RejectReason = 'invalid_labels';
  readonly #seed = taggedSeed('otlp resource');
  readonly #form = new Uint32Array(4);
  readonly #builder = new LabelSetBuilder();
  readonly #reader = new ProtobufReader();

  /**
   * Handle of the resource in `body[start, end)`, or 0 with `problem` and `reason` set. What had to be left out is explained in
   * `refusals`. Throws DecodeError when the message is damaged.
   */
  resolve(
    body: Uint8Array,
    start: number,
    end: number,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    refusals: Refusals,
  ): number {
    hashBytes(body, start, end, this.#seed);
    const known = resolver.lookup();
    if (known !== 0) return known;
    this.#form.set(hashWords);
    try {
      this.#build(body, start, end, limits, refusals);
    } catch (error) {
      if (!(error instanceof AttributeError)) throw error;
      return this.#refuse('invalid_labels', `resource: ${error.message}`);
    } finally {
      this.#reader.reset(NO_BYTES);
    }
    const length = this.#builder.finish();
    if (length < 0) return this.#refuse(this.#builder.reason, `resource: ${this.#builder.problem}`);
    hashWords.set(this.#form);
    const handle = resolver.register(this.#builder.bytes, length);
    return handle === 0 ? this.#refuse('series_limit', resolver.refusal) : handle;
  }

  #refuse(reason: RejectReason, problem: string): 0 {
    this.reason = reason;
    this.problem = problem;
    return 0;
  }

  #build(
    body: Uint8Array,
    start: number,
    end: number,
    limits: DecodeLimits,
    refusals: Refusals,
  ): void {
    const attributes = readAttributes(
      this.#reader,
      body,
      start,
      end,
      RESOURCE_ATTRIBUTES,
      MAX_ATTRIBUTES,
    );
    const labels = new Map<string, string>();
    let service = UNKNOWN_SERVICE;
    let left = 0;
    for (const { key, value } of attributes) {
      if (key === SERVICE_NAME && service === UNKNOWN_SERVICE && value !== '') service = value;
      if (key === '' || value === '' || key === SERVICE_NAME || labels.has(key)) continue;
      const fits = Buffer.byteLength(key) <= limits.maxLabelNameBytes;
      if (fits && labels.size + 1 < limits.maxLabels) labels.set(key, value);
      else left++;
    }
    labels.set(SERVICE_NAME, service);
    const builder = this.#builder;
    builder.clear(limits);
    for (const [key, value] of labels) {
      if (value.length * 3 <= limits.maxLabelValueBytes) builder.addText(key, value);
      else {
        const bytes = Buffer.from(value);
        const name = Buffer.from(key);
        const cut = cutUtf8(bytes, 0, bytes.length, limits.maxLabelValueBytes);
        if (cut < bytes.length) left++;
        builder.add(name, 0, name.length, bytes, 0, cut);
      }
    }
    if (left > 0) {
      refusals.reject('label_limit', `resource: ${left} attributes were left out or cut`, 0);
    }
  }
}

const NO_BYTES = new Uint8Array(0);
