import type { TypedAttribute } from '../api/traces.ts';

interface AttributeGroup {
  /** The first part of the names: `http` for `http.route`; empty for those that share theirs with no other. */
  readonly name: string;
  readonly members: readonly TypedAttribute[];
}

/** Attributes by the first part of their names, both in alphabetical order; single ones stand together at the end. */
export function groupAttributes(attributes: readonly TypedAttribute[]): readonly AttributeGroup[] {
  const groups = new Map<string, TypedAttribute[]>();
  const sorted = attributes.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const attribute of sorted) {
    const first = attribute.name.split('.', 1)[0] ?? '';
    const members = groups.get(first);
    if (members === undefined) groups.set(first, [attribute]);
    else members.push(attribute);
  }
  const several = [...groups].filter(([, members]) => members.length > 1);
  const single = [...groups].flatMap(([, members]) => (members.length === 1 ? members : []));
  return [
    ...several.map(([name, members]) => ({ name, members })),
    ...(single.length > 0 ? [{ name: '', members: single }] : []),
  ];
}

/** The value as TraceQL compares it. Integers that a double cannot hold stay texts. */
export function plainValue({ type, value }: TypedAttribute): string | number | boolean {
  if (type === 'bool') return value === 'true';
  if (type !== 'int' && type !== 'double') return value;
  const number = Number(value);
  return Number.isFinite(number) && (type === 'double' || Number.isSafeInteger(number))
    ? number
    : value;
}
