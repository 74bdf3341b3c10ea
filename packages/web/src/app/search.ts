/**
 * The query part of the address holds plain strings (`?a=up&from=now-1h`), readable and editable by hand; each page
 * gives them their meaning.
 */
export type Search = Record<string, string>;

/** `?a=b` to `{a: 'b'}`. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

/** `{a: 'b'}` to `?a=b`; what is no string is left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const fields = Object.entries(search).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const text = new URLSearchParams(fields).toString();
  return text === '' ? '' : `?${text}`;
}

/** Keeps the strings of a search. */
export function stringsOf(search: Record<string, unknown>): Search {
  return parseSearch(stringifySearch(search));
}
