/**
 * The level by which patterns are kept apart: from the severity of the record, else from the first word of the line that names one. What is
 * shown is `detected_level`, which takes longer to find.
 */
import { isFoundLevel, levelOfSeverity } from '@sightline/wire';
import { LineWords } from './line-words.ts';

const UNKNOWN = 'unknown';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  trace: ['trace', 'trc'],
  debug: ['debug', 'dbg'],
  info: ['info', 'information', 'inf'],
  warn: ['warn', 'warning', 'wrn'],
  error: ['error', 'err'],
  critical: ['critical', 'crit'],
  fatal: ['fatal', 'panic'],
};

const byHash = hashes();

/** Each name in lower case, upper case and with a capital, as `LineWords` hashes it. */
function hashes(): Map<number, string> {
  const found = new Map<number, string>();
  const words = new LineWords();
  const encoder = new TextEncoder();
  for (const [level, names] of Object.entries(NAMES)) {
    for (const name of names) {
      const capital = name.slice(0, 1).toUpperCase() + name.slice(1);
      for (const text of [name, name.toUpperCase(), capital]) {
        const bytes = encoder.encode(text);
        words.scan(bytes, 0, bytes.length);
        found.set(words.hash[0] ?? 0, level);
      }
    }
  }
  return found;
}

/** `severity` is the record's in its batch; a level that was found in the line is not one that keeps patterns apart. */
export function levelOf(severity: number, words: LineWords): string {
  if (severity > 0 && !isFoundLevel(severity)) return levelOfSeverity(severity);
  for (let i = 0; i < words.count; i++) {
    const level = words.isKey[i] === 1 ? undefined : byHash.get(words.hash[i] ?? 0);
    if (level !== undefined) return level;
  }
  return UNKNOWN;
}
