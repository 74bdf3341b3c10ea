/**
 * A scanner over JSON text that makes no tree: numbers keep their text, strings are unescaped only when asked for.
 *
 * Invariants: never reads past the end; nesting is bounded; throws JsonScanError for anything that is not JSON.
 */
export class JsonScanError extends Error {
  override readonly name = 'JsonScanError';
}

const MAX_DEPTH = 128;
/** Senders write these raw, which JSON does not allow. */
const CONTROL = /\p{Cc}/u;
const ESCAPE_OR_CONTROL = /\\.|\p{Cc}/gsu;
const QUOTE = 34;
const BACKSLASH = 92;

export type JsonKind = 'string' | 'scalar' | 'null' | 'object' | 'array';

export class JsonScanner {
  readonly text: string;
  at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  skipBlanks(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  fail(what: string): JsonScanError {
    return new JsonScanError(`${what} at ${this.at}`);
  }

  /** What begins here. */
  kind(): JsonKind {
    switch (this.text[this.at]) {
      case '"':
        return 'string';
      case '{':
        return 'object';
      case '[':
        return 'array';
      case 'n':
        return 'null';
      case undefined:
        throw this.fail('unexpected end of JSON');
    }
    return 'scalar';
  }

  /** A string with its quotes, as it stands. Leaves `at` behind it. */
  rawString(): string {
    const start = this.at;
    if (this.text.charCodeAt(start) !== QUOTE) throw this.fail('expected a string');
    let at = start + 1;
    for (;;) {
      const end = this.text.indexOf('"', at);
      if (end < 0) throw this.fail('unterminated string');
      let slashes = 0;
      while (this.text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
      at = end + 1;
      if (slashes % 2 === 0) break;
    }
    this.at = at;
    return this.text.slice(start, at);
  }

  /** A string's value. */
  string(): string {
    const raw = this.rawString();
    if (!raw.includes('\\')) return raw.slice(1, -1);
    try {
      const value: unknown = JSON.parse(CONTROL.test(raw) ? escapedControls(raw) : raw);
      return typeof value === 'string' ? value : '';
    } catch {
      throw this.fail('bad escape in string');
    }
  }

  /** A number, true, false or null as it stands. */
  scalar(): string {
    SCALAR.lastIndex = this.at;
    const match = SCALAR.exec(this.text);
    if (match === null) throw this.fail('unexpected character');
    this.at = SCALAR.lastIndex;
    return match[0];
  }

  /** Visits the members of the object that begins here; `visit` must consume each value. */
  object(visit: (key: string) => void): void {
    this.#enter();
    if (this.#empty('}')) return;
    for (;;) {
      this.skipBlanks();
      const key = this.string();
      this.skipBlanks();
      if (this.text[this.at] !== ':') throw this.fail('expected ":"');
      this.at++;
      this.skipBlanks();
      visit(key);
      if (this.#ends('}')) return;
    }
  }

  /** Visits the elements of the array that begins here; `visit` must consume each value. */
  array(visit: (index: number) => void): void {
    this.#enter();
    if (this.#empty(']')) return;
    for (let index = 0; ; index++) {
      this.skipBlanks();
      visit(index);
      if (this.#ends(']')) return;
    }
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.fail('nested too deeply');
    this.at++;
  }

  #empty(close: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== close) return false;
    this.at++;
    this.#depth--;
    return true;
  }

  #ends(close: string): boolean {
    this.skipBlanks();
    const char = this.text[this.at];
    if (char !== ',' && char !== close) throw this.fail(`expected "," or "${close}"`);
    this.at++;
    if (char === ',') return false;
    this.#depth--;
    return true;
  }

  /** Consumes the value that begins here. */
  skip(): void {
    switch (this.kind()) {
      case 'string':
        this.rawString();
        return;
      case 'object':
        this.object(() => this.skip());
        return;
      case 'array':
        this.array(() => this.skip());
        return;
      default:
        this.scalar();
    }
  }
}

const SCALAR = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

function escapedControls(raw: string): string {
  return raw.replaceAll(ESCAPE_OR_CONTROL, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
