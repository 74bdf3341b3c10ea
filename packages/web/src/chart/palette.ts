/**
 * Series colours are CSS variables so that both themes and the legend share one definition (styles/tokens.css).
 * Eight hues that stay apart under the common colour vision deficiencies; past eight the dash pattern changes too,
 * so that no two of the first 24 series look the same.
 */
const hues = 8;
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];

export interface SeriesStyle {
  /** A CSS colour expression. */
  readonly color: string;
  /** Canvas dash pattern in CSS pixels; empty for a solid line. */
  readonly dash: readonly number[];
}

/** The look of the `index`-th series of a chart, counted from 0. */
export function seriesStyle(index: number): SeriesStyle {
  return {
    color: `var(--series-${(index % hues) + 1})`,
    dash: dashes[Math.floor(index / hues) % dashes.length] ?? [],
  };
}
