/**
 * Relabelling, as Prometheus does it (model/relabel/relabel.go).
 *
 * Model: a label set is a Map from name to value; rules run in order and change it. An empty value means that the label is absent.
 * Regular expressions are RE2 (linear time), match the whole text, and their dot matches line feeds.
 */
import { hash } from 'node:crypto';
import { RE2JS } from 're2js';

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

/** A rule as written, every default filled in. */
interface RelabelOptions {
  action: RelabelAction;
  sourceLabels: readonly string[];
  separator: string;
  targetLabel: string;
  regex: string;
  modulus: number;
  replacement: string;
}

export interface RelabelRule extends RelabelOptions {
  readonly pattern: RE2JS;
}

/** Throws where the regular expression is not one of RE2. */
export function compileRule(options: RelabelOptions): RelabelRule {
  return { ...options, pattern: RE2JS.compile(`^(?s:${options.regex})$`) };
}

/** Applies the rules to `labels` in place; false when they drop it. */
export function relabel(labels: Map<string, string>, rules: readonly RelabelRule[]): boolean {
  return rules.every((rule) => apply(labels, rule));
}

function apply(labels: Map<string, string>, rule: RelabelRule): boolean {
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (rule.action) {
    case 'keep':
      return rule.pattern.matcher(value).find();
    case 'drop':
      return !rule.pattern.matcher(value).find();
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === value;
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') !== value;
    case 'replace':
      replace(labels, rule, value);
      return true;
    case 'lowercase':
      set(labels, rule.targetLabel, value.toLowerCase());
      return true;
    case 'uppercase':
      set(labels, rule.targetLabel, value.toUpperCase());
      return true;
    case 'hashmod':
      set(labels, rule.targetLabel, hashmod(value, rule.modulus));
      return true;
    default:
      renameLabels(labels, rule);
      return true;
  }
}

function replace(labels: Map<string, string>, rule: RelabelRule, value: string): void {
  const matcher = rule.pattern.matcher(value);
  if (!matcher.find()) return;
  const groups = groupsOf(rule.pattern, matcher);
  const target = expand(rule.targetLabel, groups);
  if (target !== '') set(labels, target, expand(rule.replacement, groups));
}

/** Prometheus takes the last 8 bytes of the MD5, as one big-endian number. */
function hashmod(value: string, modulus: number): string {
  const digest = hash('md5', value, 'buffer');
  return String(digest.readBigUInt64BE(8) % BigInt(modulus));
}

function renameLabels(labels: Map<string, string>, rule: RelabelRule): void {
  for (const [name, value] of [...labels]) {
    const matcher = rule.pattern.matcher(name);
    const matches = matcher.find();
    if (rule.action === 'labelmap') {
      if (matches) set(labels, expand(rule.replacement, groupsOf(rule.pattern, matcher)), value);
    } else if (matches === (rule.action === 'labeldrop')) labels.delete(name);
  }
}

function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '' || name === '') labels.delete(name);
  else labels.set(name, value);
}

interface Groups {
  byNumber: readonly string[];
  byName: ReadonlyMap<string, string>;
}

function groupsOf(pattern: RE2JS, matcher: ReturnType<RE2JS['matcher']>): Groups {
  const byNumber = Array.from(
    { length: matcher.groupCount() + 1 },
    (_, i) => matcher.group(i) ?? '',
  );
  const names = Object.entries(pattern.namedGroups());
  return {
    byNumber,
    byName: new Map(names.map(([name, number]) => [name, byNumber[number] ?? ''])),
  };
}

/** Go's Regexp.Expand: `$name`, `${name}`, `$1`, `$$`; the longest run of word characters is the name; unknown ones are empty. */
function expand(template: string, groups: Groups): string {
  if (!template.includes('$')) return template;
  return template.replace(
    /\$(?:(\$)|\{(\w+)\}|(\w+))/g,
    (_, dollar: string | undefined, braced: string | undefined, bare: string | undefined) => {
      if (dollar !== undefined) return '$';
      const name = braced ?? bare ?? '';
      if (/^\d+$/.test(name)) return groups.byNumber[Number(name)] ?? '';
      return groups.byName.get(name) ?? '';
    },
  );
}
