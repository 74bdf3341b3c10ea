/** Lines as text: their time, their key in links, their copies. */
import { type LogLine, msOfNs } from '../api/loki.ts';
import { formatCount } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import { isExactJson, parsedText } from './fields.ts';

/** `10:30:00.123` in the reader's zone, with the date in front when `withDate`. */
export function lineTime(ns: string, withDate: boolean): string {
  const ms = msOfNs(ns);
  const local = formatLocal(ms);
  const fraction = String(Math.floor(ms) % 1000).padStart(3, '0');
  return `${withDate ? local.slice(5) : local.slice(11)}.${fraction}`;
}

/** Time in full, to the nanosecond. */
export function exactTime(ns: string): string {
  return `${formatLocal(msOfNs(ns))}.${ns.slice(-9)}`;
}

/** The first line of a message, without colours and with its blanks made one: what a row shows. */
export function oneLine(text: string): string {
  const cut = text.length > 1000 ? text.slice(0, 1000) : text;
  return withoutColors(cut).replace(/\s+/g, ' ').trim();
}

/** A wrapped row shows so much of a message; its details show all. */
const maxWrapped = 5000;

/** A message as a wrapped row shows it. */
export function wrapped(text: string): string {
  const cut = text.length > maxWrapped ? `${text.slice(0, maxWrapped)} …` : text;
  return withoutColors(cut);
}

/** Without the escape sequences of terminals. */
export function withoutColors(text: string): string {
  const control = String.fromCharCode(27);
  return text.includes(control)
    ? text.replaceAll(new RegExp(`${control}\\[[\\d;]*[A-Za-z]`, 'g'), '')
    : text;
}

/** FNV-1a of the text: tells lines of one nanosecond apart in links. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** What names a line in a link. */
export function lineKey({ ns, line }: LogLine): string {
  return `${ns}.${shortHash(line)}`;
}

/** The nanosecond in a line's key; undefined when the text is none. */
export function nsOfKey(key: string): string | undefined {
  return /^(\d{16,20})\.[\da-z]+$/.exec(key)?.[1];
}

/** A line with all of its fields as JSON. */
export function lineJson({ ns, line, stream, metadata, parsed }: LogLine): string {
  const content = parsedText(line);
  const body = content?.source === 'json' && isExactJson(line) ? JSON.parse(line) : line;
  const time = new Date(Math.floor(msOfNs(ns))).toISOString();
  const fields = { stream, metadata, ...(Object.keys(parsed).length > 0 ? { parsed } : {}) };
  return JSON.stringify({ time, time_unix_nano: ns, line: body, ...fields }, null, 2);
}

/** A line for reading in full: JSON on lines of its own, everything else as it is, without the colours of terminals. */
export function readableLine(line: string): string {
  const plain = withoutColors(line);
  if (parsedText(plain)?.source !== 'json' || !isExactJson(plain)) return plain;
  return JSON.stringify(JSON.parse(plain), null, 2);
}

/** `1 line`, `2,345 lines`. */
export function linesText(count: number): string {
  return count === 1 ? '1 line' : `${formatCount(count)} lines`;
}
