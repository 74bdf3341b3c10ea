/**
 * What a store may leave out for a query: its hint (conditions.ts) as a filter of the store.
 *
 * Invariant: as the hint, the filter is necessary and never sufficient; what it cannot express is left to the query.
 */
import type { FieldHint, Labels, TraceFilter } from '@sightline/store';
import { RE2JS } from 're2js';
import type { SpanHint, SpanTest, TraceHint } from './conditions.ts';
import { SCOPE_NAME, SCOPE_VERSION, STATUS_MESSAGE } from './record-values.ts';
import { compareValues, isNumber, NIL, type Value } from './value.ts';

export type HintFilter = Pick<
  TraceFilter,
  'wants' | 'names' | 'wantsName' | 'fields' | 'errors' | 'minDuration' | 'maxDuration'
>;

const STATUS_ERROR = 2;

/** Conditions of one span. */
class SpanConditions {
  readonly streams: ((labels: Labels) => boolean)[] = [];
  readonly names: ((name: string) => boolean)[] = [];
  readonly fields: FieldHint[] = [];
  name: string | null = null;
  errors = false;
  minDuration = 0;
  maxDuration = Number.POSITIVE_INFINITY;
  /** How much they are likely to leave out. */
  weight = 0;

  add(hint: SpanHint): void {
    if (hint.kind === 'all') for (const part of hint.of) this.add(part);
    if (hint.kind === 'test' && this.#addTest(hint)) this.weight++;
    if (hint.kind !== 'any') return;
    const name = nameTest(hint);
    const stream = streamTest(hint);
    if (name !== null) this.names.push(name);
    if (stream !== null) this.streams.push(stream);
    if (name !== null || stream !== null) this.weight++;
  }

  #addTest(test: SpanTest): boolean {
    const { field, op, value } = test;
    if (field.kind === 'attribute') {
      const stream = streamTest(test);
      if (stream !== null) this.streams.push(stream);
      return stream !== null || (op === '=' && this.#addField(field.name, value));
    }
    switch (field.name) {
      case 'duration':
        return this.#addDuration(test);
      case 'status':
        if (op !== '=' || value.type !== 'status' || value.value !== STATUS_ERROR) return false;
        this.errors = true;
        return true;
      case 'name':
        if (op === '=' && value.type === 'string') this.name ??= value.value;
        else this.names.push(testOfText(test, false));
        return true;
      case 'statusMessage':
        return op === '=' && value.type === 'string' && this.#addField(STATUS_MESSAGE, value);
      case 'instrumentation:name':
        return op === '=' && value.type === 'string' && this.#addField(SCOPE_NAME, value);
      case 'instrumentation:version':
        return op === '=' && value.type === 'string' && this.#addField(SCOPE_VERSION, value);
      default:
        return false;
    }
  }

  #addDuration({ op, value }: SpanTest): boolean {
    if (!isNumber(value) || Number.isNaN(value.value)) return false;
    const isLow = op === '>' || op === '>=' || op === '=';
    const isHigh = op === '<' || op === '<=' || op === '=';
    if (isLow) this.minDuration = Math.max(this.minDuration, value.value);
    if (isHigh) this.maxDuration = Math.min(this.maxDuration, value.value);
    return isLow || isHigh;
  }

  #addField(name: string, value: Value): boolean {
    const text = fieldText(value);
    if (text === null) return false;
    this.fields.push({ names: [name], value: text });
    return true;
  }
}

/** The text of a field that may equal a value; null when there are several. */
function fieldText(value: Value): string | null {
  switch (value.type) {
    case 'string':
      return value.value;
    case 'bool':
      return String(value.value);
    case 'int':
    case 'float':
    case 'duration':
      // Zero has two texts as a double; integers beyond 2^53 equal doubles of other digits.
      return value.value === 0 || !Number.isFinite(value.value) || value.digits !== undefined
        ? null
        : String(value.value);
    default:
      return null;
  }
}

type TextTest = (text: string) => boolean;

/** What a test says of a text. Of a label '' is a missing one; a name is always there. */
function testOfText({ op, value }: SpanTest, isLabel: boolean): TextTest {
  const pattern =
    (op === '=~' || op === '!~') && value.type === 'string'
      ? RE2JS.compile(value.value, RE2JS.DOTALL)
      : null;
  const matches = pattern === null ? null : (text: string) => pattern.testExact(text);
  return (text) => {
    const isMissing = isLabel && text === '';
    if (value.type === 'nil') return isMissing === (op === '=');
    return compareValues(op, isMissing ? NIL : { type: 'string', value: text }, value, matches);
  };
}

function nameTest(hint: SpanHint): TextTest | null {
  return combined<string>(hint, (test) =>
    test.field.kind === 'intrinsic' && test.field.name === 'name' ? testOfText(test, false) : null,
  );
}

function streamTest(hint: SpanHint): ((labels: Labels) => boolean) | null {
  return combined<Labels>(hint, (test) => {
    const { field } = test;
    if (field.kind !== 'attribute' || field.scope !== 'resource') return null;
    const isWanted = testOfText(test, true);
    return (labels) => isWanted(labels.get(field.name));
  });
}

/** A formula of those tests that `read` knows: of alternatives all must be known, else it says nothing. */
function combined<T>(
  hint: SpanHint,
  read: (test: SpanTest) => ((of: T) => boolean) | null,
): ((of: T) => boolean) | null {
  if (hint.kind === 'true') return null;
  if (hint.kind === 'test') return read(hint);
  const parts = hint.of.map((part) => combined(part, read));
  const known = parts.filter((part) => part !== null);
  if (hint.kind === 'any') {
    return known.length < parts.length ? null : (of) => known.some((part) => part(of));
  }
  return known.length === 0 ? null : (of) => known.every((part) => part(of));
}

/** The conditions of the span that leaves out most, where a trace must have several. */
function spanConditions(hint: TraceHint): SpanConditions {
  const conditions = new SpanConditions();
  if (hint.kind === 'some span') conditions.add(hint.hint);
  if (hint.kind !== 'all') return conditions;
  return hint.of
    .map(spanConditions)
    .reduce((best, each) => (each.weight > best.weight ? each : best), conditions);
}

export function filterOfHint(hint: TraceHint): HintFilter {
  const { streams, names, fields, name, errors, minDuration, maxDuration } = spanConditions(hint);
  return {
    wants: (labels) => streams.every((wants) => wants(labels)),
    names: name === null ? [] : [name],
    ...(names.length === 0 ? {} : { wantsName: (text) => names.every((wants) => wants(text)) }),
    fields,
    errors,
    minDuration,
    maxDuration,
  };
}

/** The one trace that a query can match by `trace:id = "..."`, if it says so. */
export function traceIdOfHint(hint: TraceHint): string | null {
  if (hint.kind === 'all') {
    for (const part of hint.of) {
      const id = traceIdOfHint(part);
      if (id !== null) return id;
    }
  }
  return hint.kind === 'some span' ? traceIdOfSpan(hint.hint) : null;
}

function traceIdOfSpan(hint: SpanHint): string | null {
  if (hint.kind === 'all') {
    for (const part of hint.of) {
      const id = traceIdOfSpan(part);
      if (id !== null) return id;
    }
  }
  if (hint.kind !== 'test' || hint.op !== '=' || hint.field.kind !== 'intrinsic') return null;
  return hint.field.name === 'trace:id' && hint.value.type === 'string' ? hint.value.value : null;
}
