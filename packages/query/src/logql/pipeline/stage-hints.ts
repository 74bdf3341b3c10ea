/** What a source may know of the stages of a query before it decodes a record. */
import type { Matcher } from '@sightline/store';
import type { LabelFilter, Stage } from '../ast.ts';
import type { LineHint } from '../source.ts';
import { ERROR_DETAILS_LABEL, ERROR_LABEL, isExtracted } from './entry-labels.ts';
import { lineFilterHints } from './line-filter.ts';

export interface StageHints {
  /** Must hold for the stored line. */
  lines: readonly LineHint[];
  /** Must hold for the labels of the stream and the structured metadata; an absent one is ''. */
  labels: readonly Matcher[];
  /** Whether the stages ask nothing more. */
  isAll: boolean;
}

/** Stages behind which a line is no longer the stored one. */
const CHANGES_LINE: ReadonlySet<Stage['kind']> = new Set([
  ...(['line_format', 'unpack', 'decolorize'] as const),
]);
/** Stages behind which labels are no longer those of the record. */
const CHANGES_LABELS: ReadonlySet<Stage['kind']> = new Set([
  ...(['json', 'logfmt', 'pattern', 'regexp', 'unpack'] as const),
  ...(['label_format', 'drop', 'keep'] as const),
]);

export function stageHints(stages: readonly Stage[]): StageHints {
  const lines: LineHint[] = [];
  const labels: Matcher[] = [];
  let isAll = true;
  let lineChanged = false;
  let labelsChanged = false;
  for (const stage of stages) {
    if (stage.kind === 'line_filter' && !lineChanged) {
      const { hints, isExact } = lineFilterHints(stage);
      lines.push(...hints);
      isAll &&= isExact;
    } else if (stage.kind === 'label_filter' && !labelsChanged) {
      isAll = collect(stage.filter, labels) && isAll;
    } else isAll = false;
    lineChanged ||= CHANGES_LINE.has(stage.kind);
    labelsChanged ||= CHANGES_LABELS.has(stage.kind);
  }
  return { lines, labels, isAll };
}

/** Adds what must hold; whether that is all that the filter says. */
function collect(filter: LabelFilter, labels: Matcher[]): boolean {
  if (filter.kind === 'and') {
    const lhs = collect(filter.lhs, labels);
    return collect(filter.rhs, labels) && lhs;
  }
  if (filter.kind !== 'match') return false;
  const { name } = filter.matcher;
  if (name === ERROR_LABEL || name === ERROR_DETAILS_LABEL || isExtracted(name)) return false;
  labels.push(filter.matcher);
  return true;
}
