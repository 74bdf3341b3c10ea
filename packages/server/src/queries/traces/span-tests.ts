/**
 * Which spans of a set a search wants, decided on columns: once for each value, and for a column when a span gets as far as it.
 *
 * A tag is looked for among the attributes of the span, of its events and links, and of its resource, and is compared as text. A value
 * with `*` or a backslash also matches as a regular expression over the whole text, as Jaeger has it over Elasticsearch.
 */
import { wholeMatcher } from '@sightline/query';
import type { Labels, SpanColumn, SpanSet } from '@sightline/store';
import type { SpanField } from '@sightline/wire';
import { JAEGER_KINDS, serviceOf } from './jaeger-json.ts';
import type { SpanSearch } from './requests.ts';
import { compareNanos } from './times.ts';

type RowTest = (row: number) => boolean;
type TextTest = (text: string) => boolean;

const ERROR = 2;
const STATUS_TEXTS = ['UNSET', 'OK', 'ERROR'];

/** For each set the test of its rows. */
export function spanTest(search: SpanSearch): (set: SpanSet) => RowTest {
  const { service, operation, from, to, minDuration, maxDuration } = search;
  const tags = search.tags.map(tagTest);
  return (set) => {
    const { startLo, startHi, durationNs } = set;
    const ofService =
      service === ''
        ? always
        : columnTest(set.streams(), (stream) => serviceOf(stream) === service);
    const ofOperation =
      operation === '' ? always : columnTest(set.names(), (name) => name === operation);
    const ofTags = tags.map((of) => of(set));
    return (row) =>
      ofService(row) &&
      ofOperation(row) &&
      compareNanos(startLo[row], startHi[row], from.lo, from.hi) >= 0 &&
      compareNanos(startLo[row], startHi[row], to.lo, to.hi) <= 0 &&
      durationNs[row] >= minDuration &&
      durationNs[row] <= maxDuration &&
      ofTags.every((has) => has(row));
  };
}

const always: RowTest = () => true;

function columnTest<T>({ codes, values }: SpanColumn<T>, test: (value: T) => boolean): RowTest {
  // 0 unknown, 1 no, 2 yes.
  const known = new Uint8Array(values.length);
  return (row) => {
    const code = codes[row];
    if (known[code] === 0) known[code] = test(values[code]) ? 2 : 1;
    return known[code] === 2;
  };
}

/** A test that is made when it is first asked. */
function lazily(make: () => RowTest): RowTest {
  let test: RowTest | undefined;
  return (row) => {
    test ??= make();
    return test(row);
  };
}

function tagTest([key, value]: readonly [string, string]): (set: SpanSet) => RowTest {
  const test = textTest(value);
  const names = namesOf(key);
  if (key === 'error' && (value === 'true' || value === 'false')) {
    const wanted = value === 'true';
    return (set) => {
      const saysSo = attributeTest(set, names, (text) => text === 'true');
      return (row) => (set.status[row] === ERROR || saysSo(row)) === wanted;
    };
  }
  return (set) => {
    const has = attributeTest(set, names, test);
    if (key === 'span.kind') return (row) => test(JAEGER_KINDS[set.kind[row]] ?? '') || has(row);
    if (key !== 'otel.status_code') return has;
    return (row) => test(STATUS_TEXTS[set.status[row]] ?? '') || has(row);
  };
}

function attributeTest(set: SpanSet, names: readonly string[], test: TextTest): RowTest {
  const ofSpan = names.map((name) =>
    lazily(() => {
      const column = set.field(name);
      return column === null
        ? () => false
        : columnTest(column, (value) => value !== null && test(value.text));
    }),
  );
  const ofResource = lazily(() =>
    columnTest(set.streams(), (stream) => names.some((name) => hasLabel(stream, name, test))),
  );
  const has = (fields: readonly SpanField[]): boolean =>
    fields.some((field) => names.includes(field.key) && test(field.value));
  const ofTail = lazily(() =>
    columnTest(
      set.tails(),
      ({ events, links }) =>
        events.some(({ name, fields }) => has(fields) || (names[0] === 'event' && test(name))) ||
        links.some(({ fields }) => has(fields)),
    ),
  );
  return (row) => ofSpan.some((of) => of(row)) || ofResource(row) || ofTail(row);
}

function hasLabel(stream: Labels, name: string, test: TextTest): boolean {
  const value = stream.get(name);
  return value !== '' && test(value);
}

/** Older translations called the scope a library. */
export function namesOf(key: string): string[] {
  if (key === 'otel.library.name') return ['otel.scope.name', key];
  if (key === 'otel.library.version') return ['otel.scope.version', key];
  return [key];
}

export function isPattern(value: string): boolean {
  return /[*\\]/.test(value);
}

function textTest(value: string): TextTest {
  if (!isPattern(value)) return (text) => text === value;
  let matches: TextTest;
  try {
    matches = wholeMatcher(value);
  } catch {
    // No pattern after all.
    return (text) => text === value;
  }
  return (text) => text === value || matches(text);
}
