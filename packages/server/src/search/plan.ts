/**
 * From one search to the question for each signal, in the language of its API.
 *
 * Model: free text is words and "quoted phrases"; all must be found. Logs: in the line, however the word is capitalised as a whole.
 * Traces: in the name of a span, its service or its status message, or the text is the id of a trace. Metrics: in the name of a
 * metric. Filters are equalities: `service` and `level` mean what they mean for each signal, any other name is an attribute of a
 * record or a span and a label of a series. A signal that cannot answer (a level has no metrics) is not asked.
 */

export type Signal = 'logs' | 'traces' | 'metrics';

export interface SearchPlan {
  words: readonly string[];
  filters: ReadonlyMap<string, string>;
  /** Unix ms. */
  fromMs: number;
  toMs: number;
  /** Most items of each side. */
  limit: number;
}

const TRACE_ID = /^[0-9a-f]{32}$/i;
const PLAIN_NAME = /[^a-zA-Z0-9_]/g;

/** Words and quoted phrases of a text. */
export function wordsOf(freeText: string): string[] {
  const words: string[] = [];
  for (const [, phrase, word] of freeText.matchAll(/"([^"]*)"|(\S+)/g)) {
    const text = (phrase ?? word ?? '').trim();
    if (text !== '') words.push(text);
  }
  return words;
}

/** LogQL. */
export function logQuery({ words, filters }: SearchPlan): string {
  const service = filters.get('service');
  const selector = service === undefined ? 'service_name=~".+"' : `service_name=${quoted(service)}`;
  const stages = words.map((word) => `|= ${spellings(word).map(quoted).join(' or ')}`);
  for (const [name, value] of filters) {
    if (name === 'service') continue;
    const label = name === 'level' ? 'detected_level' : name.replaceAll(PLAIN_NAME, '_');
    stages.push(`| ${label}=${quoted(value)}`);
  }
  return [`{${selector}}`, ...stages].join(' ');
}

/** TraceQL; null when traces have no such thing. */
export function traceQuery({ words, filters }: SearchPlan): string | null {
  const conditions = words.map((word) => {
    if (TRACE_ID.test(word)) return `trace:id = ${quoted(word.toLowerCase())}`;
    const pattern = quoted(`(?i).*${escaped(word)}.*`);
    const places = ['name', 'resource.service.name', 'statusMessage'];
    return `(${places.map((place) => `${place} =~ ${pattern}`).join(' || ')})`;
  });
  for (const [name, value] of filters) {
    if (name === 'level') {
      if (value !== 'error') return null;
      conditions.push('status = error');
    } else if (name === 'service') conditions.push(`resource.service.name = ${quoted(value)}`);
    else conditions.push(attributeEquality(name, value));
  }
  return `{ ${conditions.join(' && ')} }`;
}

/** A series selector of PromQL; null when metrics have no such thing. */
export function metricSelector({ words, filters }: SearchPlan): string | null {
  if (filters.has('level')) return null;
  const matchers = words.map((word) => `__name__=~${quoted(`(?i).*${escaped(word)}.*`)}`);
  if (matchers.length === 0) matchers.push('__name__=~".+"');
  for (const [name, value] of filters) {
    if (name === 'service') matchers.push(`job=~${quoted(`(.+/)?${escaped(value)}`)}`);
    else matchers.push(`${name.replaceAll(PLAIN_NAME, '_')}=${quoted(value)}`);
  }
  return `{${matchers.join(',')}}`;
}

/** As it stands, in small letters, in capitals, and with a capital at its beginning. */
function spellings(word: string): string[] {
  const small = word.toLowerCase();
  return [...new Set([word, small, word.toUpperCase(), small.replace(/^./u, upper)])];
}

const upper = (letter: string): string => letter.toUpperCase();

/** A number or a truth value may be stored as such or as text. */
function attributeEquality(name: string, value: string): string {
  const attribute = /^[\w.-]+$/.test(name) ? `.${name}` : `.${quoted(name)}`;
  const asText = `${attribute} = ${quoted(value)}`;
  const isBare = /^(-?\d{1,15}(\.\d+)?|true|false)$/.test(value);
  return isBare ? `(${asText} || ${attribute} = ${value})` : asText;
}

/** A string literal of all three languages. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Text as a regular expression that matches it alone (RE2). */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
