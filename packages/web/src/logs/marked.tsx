import { piecesOf } from './highlight.ts';

interface MarkedProps {
  readonly text: string;
  readonly pattern: RegExp | undefined;
}

/** A text with the words of the query marked. */
export function Marked({ text, pattern }: MarkedProps) {
  if (pattern === undefined) return text;
  let at = 0;
  return piecesOf(text, pattern).map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.hit ? (
      <mark key={key} className="rounded-sm bg-warn-soft text-ink">
        {piece.text}
      </mark>
    ) : (
      piece.text
    );
  });
}
