/** What a line says: its own fields, those of its stream, and those that can be read out of its text. */
import type { Fields, LogLine } from '../api/loki.ts';
import { type Level, levelOfText } from './levels.ts';
import type { FieldSource } from './query-edit.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
  readonly source: FieldSource;
}

/** A line that is longer is not searched for fields on the reader's machine. */
const maxParsedLength = 64 * 1024;
const maxParsedFields = 200;
const maxDepth = 8;

/** The level, from what the server detected or from the fields that usually carry it. */
export function levelOf({ metadata, stream, parsed }: LogLine): Level {
  return levelOfText(
    metadata.detected_level ??
      stream.detected_level ??
      metadata.severity_text ??
      parsed.detected_level ??
      stream.level ??
      parsed.level,
  );
}

/** The trace that a line belongs to, as hexadecimal text. */
export function traceIdOf(line: LogLine): string | undefined {
  const named =
    line.metadata.trace_id ?? line.stream.trace_id ?? line.parsed.trace_id ?? line.metadata.traceId;
  const found =
    named ??
    fieldsOf(line).find(({ name }) => /^(trace_?id|otel_trace_id|dd_trace_id)$/i.test(name))?.value;
  return found !== undefined && /^[\da-f]{16,32}$/i.test(found) && !/^0+$/.test(found)
    ? found.toLowerCase()
    : undefined;
}

/** The span that a line was written in, as hexadecimal text. */
export function spanIdOf(line: LogLine): string | undefined {
  const named = line.metadata.span_id ?? line.stream.span_id ?? line.parsed.span_id;
  return named !== undefined && /^[\da-f]{16}$/i.test(named) && !/^0+$/.test(named)
    ? named.toLowerCase()
    : undefined;
}

/** All fields of a line: stream labels, structured metadata, and what its text holds. */
export function fieldsOf(line: LogLine): Field[] {
  const fields: Field[] = [];
  const push = (source: FieldSource, from: Fields) => {
    for (const [name, value] of Object.entries(from)) fields.push({ name, value, source });
  };
  push('stream', line.stream);
  push('metadata', line.metadata);
  const text = parsedText(line.line);
  const source = text?.source ?? 'json';
  const parsedNames = new Set(Object.keys(line.parsed));
  push(source, line.parsed);
  for (const [name, value] of Object.entries(text?.fields ?? {})) {
    // As LogQL's parsers do: a name that is taken gets an ending.
    const taken = Object.hasOwn(line.stream, name) || Object.hasOwn(line.metadata, name);
    const unique = taken ? `${name}_extracted` : name;
    if (!parsedNames.has(unique)) fields.push({ name: unique, value, source });
  }
  return fields;
}

/** The value of one field; undefined when the line has none of that name. */
export function fieldValue(line: LogLine, name: string): string | undefined {
  const direct = own(line.metadata, name) ?? own(line.stream, name) ?? own(line.parsed, name);
  if (direct !== undefined) return direct;
  return own(parsedText(line.line)?.fields ?? {}, name);
}

/** A field may be called as what every object has: `constructor`. */
function own(fields: Fields, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

interface ParsedText {
  readonly source: 'json' | 'logfmt';
  readonly fields: Fields;
}

/** Fields of a line that is a JSON object, with names of nested ones joined by `_`, or of logfmt. */
export function parsedText(text: string): ParsedText | undefined {
  if (text.length > maxParsedLength) return undefined;
  const first = text.trimStart()[0];
  if (first === '{') {
    try {
      const fields = new Map<string, string>();
      flatten(parseExact(text), '', 0, fields);
      return { source: 'json', fields: Object.fromEntries(fields) };
    } catch {
      return undefined;
    }
  }
  return logfmt(text);
}

/** Numbers that JavaScript would write otherwise than they stand: long ones, exponents, zeros at the end. */
const inexact = /[\d.]{16}|\d[eE][-+\d]|\.\d*0(?!\d)/;

/** JSON with such numbers as their text, so that a filter on one finds it. */
function parseExact(text: string): unknown {
  if (!inexact.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? value) : value,
  );
}

/** Whether JavaScript's numbers hold all of a JSON text. */
export function isExactJson(text: string): boolean {
  return !inexact.test(text);
}

function flatten(value: unknown, prefix: string, depth: number, into: Map<string, string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, one] of Object.entries(value)) {
    if (into.size >= maxParsedFields) return;
    const name = prefix + key.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) {
      if (depth < maxDepth) flatten(one, `${name}_`, depth + 1, into);
    } else if (!Array.isArray(one) && one !== null && !into.has(name)) {
      into.set(name, String(one));
    }
  }
}

const logfmtPair = /(?:^|\s)([A-Za-z_][\w.\-/]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g;

/** Two pairs at least: one `a=b` in a sentence is no logfmt. */
function logfmt(text: string): ParsedText | undefined {
  if (!text.includes('=')) return undefined;
  const fields = new Map<string, string>();
  for (const [, key = '', quoted, bare] of text.matchAll(logfmtPair)) {
    const name = key.replace(/[^A-Za-z0-9_]/g, '_');
    const value = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
    if (value === '' || fields.has(name)) continue;
    fields.set(name, value);
    if (fields.size >= maxParsedFields) break;
  }
  return fields.size >= 2 ? { source: 'logfmt', fields: Object.fromEntries(fields) } : undefined;
}
