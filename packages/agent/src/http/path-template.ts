/**
 * A route template made of a path where no router tells one: segments that look like ids become `:id`.
 *
 * Invariants: linear in the path; the result has at most MAX_SEGMENTS segments of at most MAX_SEGMENT characters.
 */
const MAX_SEGMENTS = 8;
const MAX_SEGMENT = 40;
const DIGIT_ID = 16;

/** `/users/42/orders?page=2` is `/users/:id/orders`. */
export function pathTemplate(url: string): string {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  const segments = path.split('/', MAX_SEGMENTS + 2);
  const shown = segments
    .slice(0, MAX_SEGMENTS + 1)
    .map((segment) => (isId(segment) ? ':id' : segment));
  if (segments.length > shown.length) shown.push('*');
  const template = shown.join('/');
  return template.startsWith('/') ? template : `/${template}`;
}

/** Numbers, dates, UUIDs, hashes, tokens, addresses, and what has to be escaped. */
function isId(segment: string): boolean {
  if (segment.length > MAX_SEGMENT) return true;
  let digits = 0;
  let letters = 0;
  let hex = 0;
  for (let i = 0; i < segment.length; i++) {
    const code = segment.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) {
      letters++;
      if ((code | 0x20) <= 0x66) hex++;
    } else if (code === 0x40 || code === 0x25 || code > 0x7e) return true;
  }
  if (digits === 0) return false;
  // Versions (`v2`, `2.1`) are part of a template; `42` and `2024-01-31` are not.
  if (letters === 0) return !segment.includes('.');
  if (letters === hex && digits + letters >= 8) return true;
  return segment.length >= DIGIT_ID && digits >= 2;
}
