/**
 * The streams of a request with lines: one, with the labels that the caller gives, and where these do not name the service one for each
 * service that the lines name.
 *
 * Invariants: a request makes at most MAX_SERVICES streams of services, what a line names past that is a field of it; a stream is registered
 * when a line needs it.
 */
import { serviceOf } from '../loki/service-name.ts';
import { hashBytes, taggedSeed } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';

const MAX_SERVICES = 100;
const UNKNOWN = 'unknown_service';

const seed = taggedSeed('plain logs');
const builder = new LabelSetBuilder();

export class LineStreams {
  readonly #labels: readonly string[];
  readonly #resolver: SeriesResolver;
  readonly #limits: DecodeLimits;
  /** What the labels say; '' when they name the service as `service_name` themselves. */
  readonly #service: string;
  readonly #byService = new Map<string, number>();
  /** The stream of lines that name no service. */
  #own: number | undefined;
  #chosen: string | undefined;

  /** Throws a RangeError when the labels are no label set. */
  constructor(labels: readonly string[], resolver: SeriesResolver, limits: DecodeLimits) {
    this.#labels = labels;
    this.#resolver = resolver;
    this.#limits = limits;
    this.#service = serviceOf(labels);
    if (this.#build(this.#service) < 0) throw new RangeError(builder.problem);
  }

  /** Begins a line. */
  clear(): void {
    this.#chosen = undefined;
  }

  /** A line names its service; false when that makes no stream. */
  choose(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#service !== UNKNOWN || this.#chosen !== undefined || start === end) return false;
    const service = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    if (!this.#byService.has(service)) {
      if (this.#byService.size >= MAX_SERVICES || this.#build(service) < 0) return false;
    }
    this.#chosen = service;
    return true;
  }

  /** The stream of the line; 0 when the resolver refuses it. */
  get stream(): number {
    if (this.#chosen === undefined) {
      this.#own ??= this.#resolve(this.#build(this.#service));
      return this.#own;
    }
    let stream = this.#byService.get(this.#chosen);
    if (stream === undefined) {
      stream = this.#resolve(this.#build(this.#chosen));
      this.#byService.set(this.#chosen, stream);
    }
    return stream;
  }

  /** Length of the label set in the builder; negative when it is none. */
  #build(service: string): number {
    builder.clear(this.#limits);
    const labels = this.#labels;
    for (let i = 0; i + 1 < labels.length; i += 2) builder.addText(labels[i], labels[i + 1]);
    if (service !== '') builder.addText('service_name', service);
    return builder.finish();
  }

  #resolve(length: number): number {
    hashBytes(builder.bytes, 0, length, seed);
    const known = this.#resolver.lookup();
    return known !== 0 ? known : this.#resolver.register(builder.bytes, length);
  }
}
