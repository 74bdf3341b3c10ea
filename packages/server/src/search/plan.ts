/**
 * From one search to the questions for each signal, in the language of its API.
 *
 * Model: free text is words and "quoted phrases"; all must be found. Logs: in the line, however the word is capitalised as a whole, or
 * the word is the id of the record's trace or span. Traces: in the name of a span, its service or its status message, or the word is the
 * id of the trace or the span. Metrics: in the name of a metric. Filters are equalities: `service`, `level`, `trace_id` and `span_id`
 * mean what they mean for each signal, any other name is an attribute of a record or a span and a label of a series. A signal that
 * cannot answer (a level has no metrics) is not asked.
 */

export type Signal = 'logs' | 'traces' | 'metrics';

export interface SearchPlan {
  words: readonly string[];
  /** As `filtersOf` makes them. */
  filters: ReadonlyMap<string, string>;
  /** Unix ms. */
  fromMs: number;
  toMs: number;
  /** Most items of each side. */
  limit: number;
}

const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;
const NO_NAME_CHARACTER = /[^a-zA-Z0-9_]/g;

/** Other names that people know these by. */
const FILTER_NAMES: ReadonlyMap<string, string> = new Map([
  ['service.name', 'service'],
  ['service_name', 'service'],
  ['severity', 'level'],
  ['detected_level', 'level'],
  ['trace.id', 'trace_id'],
  ['traceId', 'trace_id'],
  ['traceID', 'trace_id'],
  ['span.id', 'span_id'],
  ['spanId', 'span_id'],
  ['spanID', 'span_id'],
]);

/** Other names of `detected_level`'s values; several where two of them say the same. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['warning', 'warn'],
  ['err', 'error'],
  ['information', 'info'],
  ['fatal', 'fatal|critical'],
  ['critical', 'fatal|critical'],
]);

/** Words and quoted phrases of a text. */
export function wordsOf(freeText: string): string[] {
  const words: string[] = [];
  for (const [, phrase, word] of freeText.matchAll(/"([^"]*)"|(\S+)/g)) {
    const text = (phrase ?? word ?? '').trim();
    if (text !== '') words.push(text);
  }
  return words;
}

/** Filters as a plan holds them. A service or a level of no name filters nothing. */
export function filtersOf(
  filters: Readonly<Record<string, string | number | boolean>>,
): Map<string, string> {
  const named = Object.entries(filters).map(
    ([name, value]) => [FILTER_NAMES.get(name) ?? name, String(value)] as const,
  );
  const isNothing = (name: string, value: string): boolean =>
    value === '' && (name === 'service' || name === 'level');
  return new Map(named.filter(([name, value]) => !isNothing(name, value)));
}

/** LogQL: what any of these finds. */
export function logQueries(plan: SearchPlan): string[] {
  const ids = plan.words.filter(isId);
  const inLines = logQuery(plan, plan.words, []);
  if (ids.length === 0) return [inLines];
  const rest = plan.words.filter((word) => !isId(word));
  const conditions = ids.map((id) => {
    const label = TRACE_ID.test(id) ? 'trace_id' : 'span_id';
    return `| ${label}=${quoted(id.toLowerCase())}`;
  });
  return [logQuery(plan, rest, conditions), inLines];
}

function logQuery({ filters }: SearchPlan, words: readonly string[], ids: string[]): string {
  const service = filters.get('service');
  const selector = service === undefined ? 'service_name=~".+"' : `service_name=${quoted(service)}`;
  const stages = words.map((word) => `|= ${spellings(word).map(quoted).join(' or ')}`);
  for (const [name, value] of filters) {
    if (name === 'level') stages.push(levelCondition(value));
    else if (name === 'trace_id' || name === 'span_id') {
      stages.push(`| ${name}=${quoted(value.toLowerCase())}`);
    } else if (name !== 'service') stages.push(`| ${labelName(name)}=${quoted(value)}`);
  }
  return [`{${selector}}`, ...stages, ...ids].join(' ');
}

function levelCondition(value: string): string {
  const level = levelOf(value);
  return `| detected_level${level.includes('|') ? '=~' : '='}${quoted(level)}`;
}

function levelOf(value: string): string {
  const small = value.toLowerCase();
  return LEVELS.get(small) ?? small.replaceAll('|', '');
}

/** TraceQL; null when traces have no such thing. */
export function traceQuery({ words, filters }: SearchPlan): string | null {
  const conditions = words.map(wordCondition);
  for (const [name, value] of filters) {
    if (name === 'level') {
      if (levelOf(value) !== 'error') return null;
      conditions.push('status = error');
    } else if (name === 'service') conditions.push(`resource.service.name = ${quoted(value)}`);
    else if (name === 'trace_id') conditions.push(`trace:id = ${traceId(value)}`);
    else if (name === 'span_id') conditions.push(`span:id = ${quoted(value.toLowerCase())}`);
    else conditions.push(attributeEquality(name, value));
  }
  return `{ ${conditions.join(' && ')} }`;
}

function wordCondition(word: string): string {
  if (TRACE_ID.test(word)) return `trace:id = ${traceId(word)}`;
  const pattern = quoted(`(?i).*${escaped(word)}.*`);
  const places = ['name', 'resource.service.name', 'statusMessage'];
  const conditions = places.map((place) => `${place} =~ ${pattern}`);
  if (SPAN_ID.test(word)) {
    conditions.unshift(`span:id = ${quoted(word.toLowerCase())}`, `trace:id = ${traceId(word)}`);
  }
  return `(${conditions.join(' || ')})`;
}

/** Older clients write ids of 64 bits, and leave zeros in front away. */
function traceId(text: string): string {
  return quoted(text.toLowerCase().padStart(32, '0'));
}

/** Series selectors of PromQL: what any of these finds; null when metrics have no such thing. */
export function metricSelectors({ words, filters }: SearchPlan): string[] | null {
  if (['level', 'trace_id', 'span_id'].some((name) => filters.has(name))) return null;
  const matchers = words.map((word) => `__name__=~${quoted(`(?i).*${escaped(word)}.*`)}`);
  if (matchers.length === 0) matchers.push('__name__=~".+"');
  for (const [name, value] of filters) {
    if (name !== 'service') matchers.push(`${labelName(name)}=${quoted(value)}`);
  }
  const service = filters.get('service');
  if (service === undefined) return [`{${matchers.join(',')}}`];
  // OTLP's job is NAMESPACE/NAME; metrics from spans have `service`; a Collector may have kept the attribute.
  const places = [
    `job=~${quoted(`(.+/)?${escaped(service)}`)}`,
    `service=${quoted(service)}`,
    `service_name=${quoted(service)}`,
  ];
  return places.map((place) => `{${[...matchers, place].join(',')}}`);
}

function isId(word: string): boolean {
  return TRACE_ID.test(word) || SPAN_ID.test(word);
}

/** As it stands, in small letters, in capitals, and with a capital at its beginning: what the store's index of words can be asked for. */
function spellings(word: string): string[] {
  const small = word.toLowerCase();
  return [...new Set([word, small, word.toUpperCase(), small.replace(/^./u, upper)])];
}

const upper = (letter: string): string => letter.toUpperCase();

/** A number or a truth value may be stored as such or as text. */
function attributeEquality(name: string, value: string): string {
  const attribute = /^[a-zA-Z_][\w.-]*$/.test(name) ? `.${name}` : `.${quotedName(name)}`;
  const asText = `${attribute} = ${quoted(value)}`;
  const isBare = /^(-?\d{1,15}(\.\d+)?|true|false)$/.test(value);
  return isBare ? `(${asText} || ${attribute} = ${value})` : asText;
}

/** The name of an attribute as a label has it. */
function labelName(name: string): string {
  const plain = name.replaceAll(NO_NAME_CHARACTER, '_');
  return /^\d/.test(plain) ? `_${plain}` : plain;
}

/** A string literal of all three languages. Halves of surrogate pairs have no escape there, and PromQL takes U+FFFD only as one. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\ufffd', '\\ufffd');
}

/** As `quoteTraceqlName` does, which would bring the query languages into the main thread. */
function quotedName(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Text as a regular expression that matches it alone (RE2). */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
