/** A query that cannot be parsed, or whose types do not fit. */
import type { TextRange } from './ast.ts';

export class PromqlParseError extends Error {
  override readonly name = 'PromqlParseError';
  /** The text without its place. */
  readonly detail: string;
  /** Offsets (UTF-16 units) into the query. */
  readonly position: TextRange;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in bytes of UTF-8 as Prometheus counts. */
  readonly column: number;

  /** The message is what Prometheus prints: `1:5: parse error: unexpected ...`. */
  constructor(query: string, position: TextRange, detail: string) {
    const { line, column } = lineAndColumn(query, position.start);
    const place = query === '' ? 'unknown position' : `${line}:${column}`;
    super(`${place}: parse error: ${detail}`);
    this.detail = detail;
    this.position = position;
    this.line = line;
    this.column = column;
  }
}

/** Place of an offset: 1-based line, and 1-based column in bytes of UTF-8. */
function lineAndColumn(query: string, offset: number): { line: number; column: number } {
  const before = query.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let i = 0; i < lineStart; i++) if (before.charCodeAt(i) === 10) line++;
  return { line, column: utf8Length(before.slice(lineStart)) + 1 };
}

/** `line:column` of an offset, as annotations print it. */
export function positionText(query: string, offset: number): string {
  const { line, column } = lineAndColumn(query, offset);
  return `${line}:${column}`;
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xe000 ? 2 : 3;
  }
  return bytes;
}
