/**
 * Line patterns: `<ip> - - <_> "<method> <path>"`.
 *
 * Model: literals and captures in turn. A literal is searched behind the previous one; what lies between belongs to the capture. The
 * first literal must begin the line; as a filter (`|>`), the last one must also end it.
 */
const CAPTURE = /<([A-Za-z_][A-Za-z0-9_]*)>/g;

export class LinePattern {
  /** Literals, one more than captures; the first and the last may be empty. */
  readonly #literals: string[] = [];
  /** Names of captures, `_` for one without. */
  readonly #names: string[] = [];

  /** Throws an Error that says what is wrong. */
  constructor(text: string, use: 'parser' | 'filter') {
    let at = 0;
    for (const match of text.matchAll(CAPTURE)) {
      const [whole, name = ''] = match;
      const literal = text.slice(at, match.index);
      if (literal === '' && this.#names.length > 0) {
        throw new Error(`found consecutive capture '<${this.#names.at(-1)}>${whole}'`);
      }
      if (use === 'filter' && name !== '_')
        throw new Error(`named captures are not allowed: ${whole}`);
      if (name !== '_' && this.#names.includes(name)) {
        throw new Error(`duplicate capture name (${name})`);
      }
      this.#literals.push(literal);
      this.#names.push(name);
      at = match.index + whole.length;
    }
    this.#literals.push(text.slice(at));
    if (use === 'parser' && this.#names.every((name) => name === '_')) {
      throw new Error('at least one capture is required');
    }
  }

  /** Literals that every matching line holds. */
  get literals(): string[] {
    return this.#literals.filter((literal) => literal !== '');
  }

  /** Gives the captures of a line until one does not match. */
  extract(line: string, visit: (name: string, value: string) => void): void {
    const first = this.#literals[0] ?? '';
    if (!line.startsWith(first)) return;
    let at = first.length;
    for (let i = 0; i < this.#names.length; i++) {
      const literal = this.#literals[i + 1] ?? '';
      const end = literal === '' ? line.length : line.indexOf(literal, at);
      if (end < 0) return;
      const name = this.#names[i] ?? '_';
      if (name !== '_') visit(name, line.slice(at, end));
      at = end + literal.length;
    }
  }

  test(line: string): boolean {
    const last = this.#literals.length - 1;
    const first = this.#literals[0] ?? '';
    if (last === 0) return line === first;
    if (!line.startsWith(first)) return false;
    let at = first.length;
    for (let i = 1; i < last; i++) {
      const literal = this.#literals[i] ?? '';
      const found = line.indexOf(literal, at);
      if (found < 0) return false;
      at = found + literal.length;
    }
    const ending = this.#literals[last] ?? '';
    return line.length - ending.length >= at && line.endsWith(ending);
  }
}
