/** Names under which labels and fields tell the level of a record, as Loki's distributor has them. */
export const LEVEL_LABEL = 'detected_level';

/** Where a record has several of them the first counts. */
export const LEVEL_KEYS: readonly string[] = [
  'level',
  'LEVEL',
  'Level',
  'log.level',
  'severity',
  'SEVERITY',
  'Severity',
  'SeverityText',
  'lvl',
  'LVL',
  'Lvl',
  'severity_text',
  'Severity_Text',
  'SEVERITY_TEXT',
];

/** The same as labels. */
export const LEVEL_NAMES: readonly string[] = LEVEL_KEYS.map((key) => key.replace('.', '_'));

const LOWER = 0x20;
const MIN_KEY = 3;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Whether a field tells the level under this name, as LogQL has it. */
export function tellsLevel(name: string): boolean {
  return name === LEVEL_LABEL || LEVEL_NAMES.includes(name);
}

/** Whether the field with the key `bytes[start, end)` does, under the name that LogQL makes of it. */
export function keyTellsLevel(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MIN_KEY) return false;
  // Each name has a `v` after an `e` or an `l`.
  for (let at = start + 1; at < end; at++) {
    if ((bytes[at] | LOWER) !== 0x76) continue;
    const before = bytes[at - 1] | LOWER;
    if (before !== 0x65 && before !== 0x6c) continue;
    const key = decoder.decode(bytes.subarray(start, end));
    return tellsLevel(key.trim().replaceAll(/[^A-Za-z0-9_]/g, '_'));
  }
  return false;
}
