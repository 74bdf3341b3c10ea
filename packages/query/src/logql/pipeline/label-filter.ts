/**
 * Label filters as functions of a line's labels.
 *
 * Facts (Loki's documentation): a comparison whose label is missing does not hold; one whose value cannot be converted marks the line
 * with LabelFilterErr and lets it pass; a line that already has an error is only filtered by text.
 */

import type { Matcher } from '@sightline/store';
import type { CompareOp, LabelFilter } from '../ast.ts';
import { durationSeconds, sizeBytes } from '../units.ts';
import type { EntryLabels } from './entry-labels.ts';
import { matchesIp, parseIpPattern } from './ip.ts';
import { wholeMatcher } from './regex.ts';

type LabelTest = (labels: EntryLabels) => boolean;

export function compileLabelFilter(filter: LabelFilter): LabelTest {
  switch (filter.kind) {
    case 'and': {
      const lhs = compileLabelFilter(filter.lhs);
      const rhs = compileLabelFilter(filter.rhs);
      return (labels) => lhs(labels) && rhs(labels);
    }
    case 'or': {
      const lhs = compileLabelFilter(filter.lhs);
      const rhs = compileLabelFilter(filter.rhs);
      return (labels) => lhs(labels) || rhs(labels);
    }
    case 'match': {
      const { name } = filter.matcher;
      const test = compileMatcher(filter.matcher);
      return (labels) => test(labels.get(name) ?? '');
    }
    case 'ip': {
      const pattern = parseIpPattern(filter.pattern);
      const { name, op } = filter;
      return (labels) => {
        const value = labels.get(name);
        if (value === undefined || pattern === null) return false;
        return (matchesIp(pattern, value) === true) === (op === '=');
      };
    }
    case 'number':
      return comparison(filter.name, filter.op, filter.value, floatOf, 'number');
    case 'duration':
      return comparison(filter.name, filter.op, filter.value, durationSeconds, 'duration');
    case 'bytes':
      return comparison(filter.name, filter.op, filter.value, sizeBytes, 'size');
  }
}

/** A test of a label's value, '' for a missing label. */
export function compileMatcher({ op, value }: Matcher): (text: string) => boolean {
  switch (op) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
      return wholeMatcher(value);
    case '!~': {
      const test = wholeMatcher(value);
      return (text) => !test(text);
    }
  }
}

/** A number as Go's ParseFloat reads it; NaN for anything else, and for NaN. */
export function floatOf(text: string): number {
  const lower = text.toLowerCase();
  if (/^[+-]?inf(inity)?$/.test(lower)) {
    return lower.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return text === '' || text.trim() !== text || lower.includes('infinity')
    ? Number.NaN
    : Number(text);
}

function comparison(
  name: string,
  op: CompareOp,
  wanted: number,
  convert: (text: string) => number,
  what: string,
): LabelTest {
  const test = comparator(op, wanted);
  return (labels) => {
    if (labels.error !== '') return true;
    const text = labels.get(name);
    if (text === undefined) return false;
    const value = convert(text);
    if (!Number.isNaN(value)) return test(value);
    labels.fail('LabelFilterErr', `invalid ${what} "${text}"`);
    return true;
  };
}

function comparator(op: CompareOp, wanted: number): (value: number) => boolean {
  switch (op) {
    case '==':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case '>':
      return (value) => value > wanted;
    case '>=':
      return (value) => value >= wanted;
    case '<':
      return (value) => value < wanted;
    case '<=':
      return (value) => value <= wanted;
  }
}
