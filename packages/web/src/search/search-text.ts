/**
 * What is typed into the search: words, "phrases", and filters `name:value` or `name:"a value"`. Links carry the same text.
 *
 * Invariants: parseSearch(printSearch(search)) is the search; a name has one value, the last one written.
 */

export interface SearchText {
  /** Words and phrases as they were typed, without the filters. */
  readonly words: string;
  readonly filters: ReadonlyMap<string, string>;
}

/** A filter; a phrase; or anything else without blanks. A colon before `/`, `\` or another colon belongs to an address, a path, a name in code. */
const token =
  /(?<=^|\s)(?<name>[A-Za-z_][\w.-]*):(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s"/\\:]\S*))(?=\s|$)|"[^"]*"|\S+/g;

/** Takes a text apart. */
export function parseSearch(text: string): SearchText {
  const words: string[] = [];
  const filters = new Map<string, string>();
  for (const { 0: whole, groups } of text.matchAll(token)) {
    const value = groups?.quoted?.replace(/\\(.)/g, '$1') ?? groups?.bare ?? '';
    if (groups?.name === undefined || value === '') words.push(whole);
    else filters.set(groups.name, value);
  }
  return { words: words.join(' '), filters };
}

/**
 * Takes what is being typed apart: a filter at the very end, with no blank behind it, is not finished. `draft` is what stays in the
 * box, `search` what can be asked for already.
 */
export function parseDraft(text: string): { readonly draft: string; readonly search: SearchText } {
  const last = /(?<=^|\s)[A-Za-z_][\w.-]*:(?:"(?:[^"\\]|\\.)*"?|[^\s"/\\:]\S*)?$/.exec(text);
  const done = last === null ? text : text.slice(0, last.index);
  const search = parseSearch(done);
  if (search.filters.size === 0) return { draft: text, search };
  const blank = search.words !== '' && /\s$/.test(done) ? ' ' : '';
  return { draft: `${search.words}${blank}${last?.[0] ?? ''}`, search };
}

/** `name:value`, with quotes where the value needs them. */
export function printFilter(name: string, value: string): string {
  const bare = /^[^\s"/\\:]\S*$/.test(value);
  return `${name}:${bare ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}

/** The text that a search stands for. */
export function printSearch({ words, filters }: SearchText): string {
  const printed = [...filters].map(([name, value]) => printFilter(name, value));
  return [...printed, words].filter((part) => part !== '').join(' ');
}

/** Words and phrases one by one, without quotes: what the server looks for, and what is marked. */
export function wordsOf(words: string): string[] {
  const found = words.matchAll(/"([^"]*)"|(\S+)/g);
  return [...found].map(([, phrase, word]) => (phrase ?? word ?? '').trim()).filter(Boolean);
}

/** Finds the words in a text; undefined when there are none. */
export function wordPattern(words: string): RegExp | undefined {
  const sources = wordsOf(words).map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'gi');
}

/** The id of a trace that the words hold; undefined for none. */
export function traceIdIn(words: string): string | undefined {
  return wordsOf(words)
    .find((word) => /^[0-9a-f]{32}$/i.test(word))
    ?.toLowerCase();
}
