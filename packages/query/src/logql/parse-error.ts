/** A LogQL query that cannot be parsed, in Loki's words: `parse error at line 1, col 5: ...`. */
export class LogqlParseError extends Error {
  override readonly name = 'LogqlParseError';
  /** The text without its place. */
  readonly detail: string;
  /** 1-based; 0 when the query as a whole is at fault. */
  readonly line: number;
  /** 1-based, in characters; 0 as above. */
  readonly column: number;

  /** `offset` (UTF-16 units) is null when the query as a whole is at fault. */
  constructor(query: string, offset: number | null, detail: string) {
    let line = 0;
    let column = 0;
    if (offset !== null) {
      const before = query.slice(0, offset);
      const lineStart = before.lastIndexOf('\n') + 1;
      line = before.split('\n').length;
      column = [...before.slice(lineStart)].length + 1;
    }
    super(
      offset === null
        ? `parse error : ${detail}`
        : `parse error at line ${line}, col ${column}: ${detail}`,
    );
    this.detail = detail;
    this.line = line;
    this.column = column;
  }
}
