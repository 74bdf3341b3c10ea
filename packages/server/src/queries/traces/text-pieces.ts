/**
 * A long JSON text as bytes, piece by piece, so that no string of the whole answer is made.
 *
 * Invariant: what has been written counts against the budget of the query before it is kept; the client is asked for between pieces.
 */
import type { QueryBudget } from '@sightline/store';

const PIECE_CHARACTERS = 256 * 1024;
const encoder = new TextEncoder();

export class TextPieces {
  readonly #budget: QueryBudget;
  readonly #pieces: Uint8Array[] = [];
  #text = '';

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

  push(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_CHARACTERS) this.#flush();
  }

  /** Everything that was pushed; the writer is empty then. */
  finish(): Uint8Array[] {
    this.#flush();
    return this.#pieces.splice(0);
  }

  #flush(): void {
    if (this.#text === '') return;
    this.#budget.poll();
    const piece = encoder.encode(this.#text);
    this.#budget.addBytes(piece.byteLength);
    this.#pieces.push(piece);
    this.#text = '';
  }
}

/** JSON texts of keys and other strings that come again and again. */
const quotedTexts = new Map<string, string>();
const MAX_QUOTED = 4096;
const MAX_QUOTED_LENGTH = 128;

/** `JSON.stringify` of a text that is likely to be asked for again. */
export function quoted(text: string): string {
  const known = quotedTexts.get(text);
  if (known !== undefined) return known;
  const json = JSON.stringify(text);
  if (text.length <= MAX_QUOTED_LENGTH) {
    if (quotedTexts.size >= MAX_QUOTED) quotedTexts.clear();
    quotedTexts.set(text, json);
  }
  return json;
}
