/**
 * What can stand at a place of a TraceQL text. Only the text before the place is looked at: after a field and a comparison its values,
 * inside braces fields, after a pipe the functions.
 */

export type CompletionPlace =
  /** Values of `field`; `from` is where the value begins, `quoted` when its quote stands already. */
  | {
      readonly kind: 'value';
      readonly field: string;
      readonly from: number;
      readonly quoted: boolean;
    }
  | { readonly kind: 'field'; readonly from: number }
  | { readonly kind: 'function'; readonly from: number }
  | { readonly kind: 'none' };

const field = '(?:[A-Za-z][\\w.:\\-/]*|\\.[\\w.\\-/]+)(?:"(?:[^"\\\\]|\\\\.)*")?';
const valueBefore = new RegExp(
  `(${field})\\s*(?:=~|!~|!=|>=|<=|=|>|<)\\s*("?)([^"\\s&|(){}]*|(?<=")[^"]*)$`,
);

/** Finds what the text before the place asks for. */
export function completionPlace(before: string): CompletionPlace {
  const value = valueBefore.exec(before);
  if (value !== null) {
    const [, name = '', quote = '', typed = ''] = value;
    return {
      kind: 'value',
      field: name,
      from: before.length - typed.length,
      quoted: quote !== '',
    };
  }
  // An odd number of quotes: inside a text of which nothing is known.
  if ((before.replaceAll(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1) return { kind: 'none' };
  const word = /[\w.:\-/]*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const head = before.slice(0, from);
  if (depthOf(head) > 0) return { kind: 'field', from };
  return /\|\s*$/.test(head) ? { kind: 'function', from } : { kind: 'none' };
}

function depthOf(text: string): number {
  let depth = 0;
  for (const char of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
  }
  return depth;
}

/** Fields that every span has, as TraceQL calls them. */
export const intrinsics: readonly (readonly [name: string, what: string])[] = [
  ['name', 'name of the span'],
  ['duration', 'duration of the span'],
  ['status', 'error, ok or unset'],
  ['statusMessage', 'text of the status'],
  ['kind', 'server, client, internal, producer or consumer'],
  ['traceDuration', 'duration of the whole trace'],
  ['rootName', 'name of the root span'],
  ['rootServiceName', 'service of the root span'],
  ['childCount', 'number of direct children'],
  ['trace:id', 'id of the trace'],
  ['span:id', 'id of the span'],
  ['event:name', 'name of an event'],
  ['instrumentation:name', 'library that made the span'],
];

export const functions: readonly (readonly [name: string, what: string])[] = [
  ['count()', 'number of matching spans'],
  ['avg(duration)', 'mean over the matching spans'],
  ['max(duration)', 'greatest of the matching spans'],
  ['min(duration)', 'least of the matching spans'],
  ['sum(duration)', 'sum over the matching spans'],
  ['by(resource.service.name)', 'groups the matching spans'],
  ['select(span.http.route)', 'shows more fields'],
];

/** Values that are words of the language. */
export const keywordValues: Readonly<Record<string, readonly string[]>> = {
  status: ['error', 'ok', 'unset'],
  kind: ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'],
};
