/** A TraceQL query that cannot be parsed, or whose types do not fit. */
import type { TextRange } from '../promql/ast.ts';

export class TraceqlParseError extends Error {
  override readonly name = 'TraceqlParseError';
  /** The text without its place. */
  readonly detail: string;
  /** Offsets (UTF-16 units) into the query. */
  readonly position: TextRange;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters as Tempo counts. */
  readonly column: number;

  /**
   * The message is what Tempo prints: `parse error at line 1, col 3: syntax error: ...` for a fault of the text, and the bare detail for
   * a query whose types do not fit (`placed` false).
   */
  constructor(query: string, position: TextRange, detail: string, placed = true) {
    const before = query.slice(0, position.start);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = [...before.slice(lineStart)].length + 1;
    super(placed ? `parse error at line ${line}, col ${column}: ${detail}` : detail);
    this.detail = detail;
    this.position = position;
    this.line = line;
    this.column = column;
  }
}
