/**
 * From a point's resource, scope, metric and attributes to its Prometheus label set: the path for series that are met
 * for the first time, so clarity goes before speed here.
 *
 * Model: positions in the body say where resource, scope, metric and point lie; what they mean is read when the first series asks
 * for it and kept until the next resource, scope, metric or point begins. Rules: prometheus/prometheus
 * storage/remote/otlptranslator/prometheusremotewrite (createAttributes, addResourceTargetInfo).
 *
 * Precedence of labels, highest first: `__name__` and `le`/`quantile`, job and instance, scope, point attributes, promoted
 * resource attributes.
 */

import { LabelSetBuilder } from '../model/label-set.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits } from '../model/resolver.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { labelName } from '../translate/label-name.ts';
import { metricName, type NameKind } from '../translate/metric-name.ts';
import { type Attribute, readAttributes, sortByKey } from './attributes.ts';
import { RESOURCE_ATTRIBUTES, SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_VERSION } from './fields.ts';
import type { OtlpOptions } from './options.ts';
import { AttributeError, textOf } from './text.ts';

const IDENTIFYING = ['service.namespace', 'service.name', 'service.instance.id'];

/** Label names of recent attribute keys; emptied when full. */
const MAX_CACHED_NAMES = 4096;

/** Attributes of a resource or scope: most never become labels, so the limit of labels is not theirs. */
const MAX_RESOURCE_ATTRIBUTES = 1024;

interface ResourceLabels {
  job: string;
  instance: string;
  promoted: Attribute[];
  attributes: Attribute[];
}

export class SeriesLabels {
  /** Why the last build gave -1, and the reason to count it under. */
  problem = '';
  reason: RejectReason = 'invalid_labels';
  readonly #options: OtlpOptions;
  readonly #promoted: ReadonlySet<string>;
  readonly #ignored: ReadonlySet<string>;
  readonly #names = new Map<string, string>();
  readonly #reader = new ProtobufReader();
  readonly #builder = new LabelSetBuilder();
  #body: Uint8Array = new Uint8Array(0);
  #limits: DecodeLimits | undefined;
  // Where the current resource, scope (and its schema URL), metric name, unit and point lie in the body.
  #resourceAt = [0, 0];
  #scopeAt = [0, 0];
  #schemaUrlAt = [0, 0];
  #nameAt = [0, 0];
  #unitAt = [0, 0];
  #pointAt = [0, 0];
  #kind: NameKind = 'other';
  #attributesField = 0;
  // What has been read of them.
  #resource: ResourceLabels | undefined;
  #scope: Attribute[] | undefined;
  #family: string | undefined;
  #point: Map<string, string> | undefined;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#promoted = new Set(options.promoteResourceAttributes);
    this.#ignored = new Set(options.ignoreResourceAttributes);
  }

  /** The canonical label set after a successful build. */
  get bytes(): Uint8Array {
    return this.#builder.bytes;
  }

  begin(body: Uint8Array, limits: DecodeLimits): void {
    this.#body = body;
    this.#limits = limits;
  }

  /** Lets go of the request's body. */
  end(): void {
    this.#body = new Uint8Array(0);
    this.#reader.reset(this.#body);
  }

  beginResource(start: number, end: number): void {
    this.#resourceAt = [start, end];
    this.#resource = undefined;
    this.#point = undefined;
  }

  beginScope(start: number, end: number, schemaUrlStart: number, schemaUrlEnd: number): void {
    this.#scopeAt = [start, end];
    this.#schemaUrlAt = [schemaUrlStart, schemaUrlEnd];
    this.#scope = undefined;
    this.#point = undefined;
  }

  beginMetric(
    nameStart: number,
    nameEnd: number,
    unitStart: number,
    unitEnd: number,
    kind: NameKind,
  ): void {
    this.#nameAt[0] = nameStart;
    this.#nameAt[1] = nameEnd;
    this.#unitAt[0] = unitStart;
    this.#unitAt[1] = unitEnd;
    this.#kind = kind;
    this.#family = undefined;
    this.#point = undefined;
  }

  beginPoint(start: number, end: number, attributesField: number): void {
    this.#pointAt[0] = start;
    this.#pointAt[1] = end;
    this.#attributesField = attributesField;
    this.#point = undefined;
  }

  /** Name of the current metric family, '' when nothing usable is left of it. Throws AttributeError. */
  family(): string {
    this.#family ??= metricName(
      this.#text(this.#nameAt),
      this.#text(this.#unitAt),
      this.#kind,
      this.#options.strategy,
    );
    return this.#family;
  }

  /**
   * Builds the label set of the current point's series `family + suffix` with one more label (none when `extraName` is '').
   * Returns its length in `bytes`, or -1 with `problem` and `reason` set.
   */
  build(suffix: string, extraName: string, extraValue: string): number {
    try {
      const family = this.family();
      if (family === '') return this.#refuse(`metric ${this.#quotedName()} has no usable name`);
      this.#point ??= this.#readPoint();
      return this.#finish(this.#point, family + suffix, extraName, extraValue);
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** Builds the label set of `target_info`; -1 with an empty `problem` when the resource needs none. */
  buildTargetInfo(): number {
    try {
      this.#resource ??= this.#readResource();
      const { job, instance, attributes } = this.#resource;
      const others = attributes.filter((attribute) => !IDENTIFYING.includes(attribute.key));
      this.problem = '';
      if (others.length === 0) return -1;
      const kept = this.#options.keepIdentifyingResourceAttributes ? attributes : others;
      const labels = this.#merge(kept);
      if (job !== '') labels.set('job', job);
      if (instance !== '') labels.set('instance', instance);
      if (!labels.has('job') && !labels.has('instance')) return -1;
      return this.#finish(labels, 'target_info', '', '');
    } catch (error) {
      return this.#refused(error);
    }
  }

  #finish(
    labels: Map<string, string>,
    name: string,
    extraName: string,
    extraValue: string,
  ): number {
    const builder = this.#builder;
    builder.clear(this.#limits);
    for (const [label, value] of labels) if (label !== extraName) builder.addText(label, value);
    builder.addText('__name__', name);
    if (extraName !== '') builder.addText(extraName, extraValue);
    const length = builder.finish();
    this.problem = builder.problem;
    this.reason = builder.reason;
    return length;
  }

  #readPoint(): Map<string, string> {
    const most = this.#limits?.maxLabels ?? 0;
    const labels = this.#merge(this.#attributes(this.#pointAt, this.#attributesField, most));
    this.#resource ??= this.#readResource();
    const { job, instance, promoted } = this.#resource;
    for (const { key, value } of promoted) {
      const name = this.#labelName(key);
      if (!labels.has(name)) labels.set(name, value);
    }
    if (this.#options.promoteScopeMetadata) {
      this.#scope ??= this.#readScope();
      for (const { key, value } of this.#scope) labels.set(key, value);
    }
    if (job !== '') labels.set('job', job);
    if (instance !== '') labels.set('instance', instance);
    return labels;
  }

  /** Attributes as labels; where several keys become one name, their values are joined in the order of the keys. */
  #merge(attributes: Attribute[]): Map<string, string> {
    const labels = new Map<string, string>();
    for (const { key, value } of sortByKey([...attributes])) {
      if (key === '__name__') continue;
      const name = this.#labelName(key);
      const before = labels.get(name);
      labels.set(name, before === undefined ? value : `${before};${value}`);
    }
    return labels;
  }

  #readResource(): ResourceLabels {
    const all = this.#options.promoteAllResourceAttributes;
    const attributes = this.#attributes(
      this.#resourceAt,
      RESOURCE_ATTRIBUTES,
      MAX_RESOURCE_ATTRIBUTES,
    );
    const value = (key: string) => attributes.find((attribute) => attribute.key === key)?.value;
    const name = value('service.name') ?? '';
    const namespace = value('service.namespace');
    const promoted = attributes.filter(({ key }) =>
      all ? !this.#ignored.has(key) : this.#promoted.has(key),
    );
    return {
      job: name !== '' && namespace !== undefined ? `${namespace}/${name}` : name,
      instance: value('service.instance.id') ?? '',
      promoted: sortByKey(promoted),
      attributes,
    };
  }

  #readScope(): Attribute[] {
    const reader = this.#reader;
    const labels: Attribute[] = [];
    let name = '';
    let version = '';
    const most = MAX_RESOURCE_ATTRIBUTES;
    for (const { key, value } of this.#attributes(this.#scopeAt, SCOPE_ATTRIBUTES, most)) {
      labels.push({ key: this.#labelName(`otel_scope_${key}`), value });
    }
    reader.reset(this.#body, this.#scopeAt[0], this.#scopeAt[1]);
    while (reader.next()) {
      if (reader.field === SCOPE_NAME || reader.field === SCOPE_VERSION) {
        const length = reader.length();
        const text = textOf(this.#body, reader.pos, reader.pos + length);
        if (reader.field === SCOPE_NAME) name = text;
        else version = text;
        reader.pos += length;
      } else reader.skip();
    }
    if (name === '') return [];
    return [
      { key: 'otel_scope_name', value: name },
      { key: 'otel_scope_version', value: version },
      { key: 'otel_scope_schema_url', value: this.#text(this.#schemaUrlAt) },
      ...labels,
    ];
  }

  #attributes(at: readonly number[], field: number, most: number): Attribute[] {
    const [start = 0, end = 0] = at;
    const attributes = readAttributes(this.#reader, this.#body, start, end, field, most);
    if (attributes.length > most) throw new TooManyAttributes(`more than ${most} attributes`);
    return attributes;
  }

  #labelName(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = labelName(key, this.#options);
    if (name === '')
      throw new AttributeError(`attribute ${JSON.stringify(key)} has no usable name`);
    if (this.#names.size >= MAX_CACHED_NAMES) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }

  #text(at: readonly number[]): string {
    return textOf(this.#body, at[0] ?? 0, at[1] ?? 0);
  }

  #quotedName(): string {
    return JSON.stringify(this.#text(this.#nameAt).slice(0, 100));
  }

  #refuse(problem: string): -1 {
    this.reason = 'invalid_labels';
    this.problem = problem;
    return -1;
  }

  #refused(error: unknown): -1 {
    if (!(error instanceof AttributeError)) throw error;
    this.#refuse(error.message);
    if (error instanceof TooManyAttributes) this.reason = 'label_limit';
    return -1;
  }
}

class TooManyAttributes extends AttributeError {}
