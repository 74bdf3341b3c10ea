/**
 * A long JSON text as bytes, piece by piece, so that no string of the whole answer is made.
 *
 * Invariant: what has been written counts against the budget of the query before it is kept; the client is asked for between pieces.
 */
import type { QueryBudget } from '@sightline/store';

/** Texts that are put together before they become bytes: so few that they never leave the nursery of the heap. */
const TEXT_CHARACTERS = 8 * 1024;
const PIECE_BYTES = 256 * 1024;
/** UTF-8 of a UTF-16 unit. */
const MOST_BYTES = 3;
const encoder = new TextEncoder();

export class TextPieces {
  readonly #budget: QueryBudget;
  readonly #pieces: Uint8Array[] = [];
  #piece = new Uint8Array(0);
  #length = 0;
  #text = '';

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

  push(text: string): void {
    this.#text += text;
    if (this.#text.length >= TEXT_CHARACTERS) this.#encode();
  }

  /** Everything that was pushed; the writer is empty then. */
  finish(): Uint8Array[] {
    this.#encode();
    this.#endPiece();
    return this.#pieces.splice(0);
  }

  #encode(): void {
    const most = this.#text.length * MOST_BYTES;
    if (most > this.#piece.length - this.#length) {
      this.#endPiece();
      this.#budget.poll();
      this.#piece = new Uint8Array(
        Math.max(most, this.#text.length < TEXT_CHARACTERS ? 0 : PIECE_BYTES),
      );
    }
    this.#length += encoder.encodeInto(this.#text, this.#piece.subarray(this.#length)).written;
    this.#text = '';
  }

  #endPiece(): void {
    if (this.#length === 0) return;
    this.#budget.addBytes(this.#length);
    this.#pieces.push(this.#piece.subarray(0, this.#length));
    this.#piece = new Uint8Array(0);
    this.#length = 0;
  }
}

/** What JSON escapes, and halves of characters, of which it escapes those that are alone. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** As `JSON.stringify`; most texts have nothing to escape. */
export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}
