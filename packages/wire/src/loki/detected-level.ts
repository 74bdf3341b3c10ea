/**
 * `detected_level` of a log record.
 *
 * Facts (Loki's documentation and its distributor): the severity number tells the level; else a label or metadata under one of the names
 * below, in their order, with the usual spellings of levels made one; else such a key in a JSON or logfmt line; else words
 * of the line.
 */
export const LEVEL_LABEL = 'detected_level';

const UNKNOWN = 'unknown';
const BY_SEVERITY = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Names that tell the level, the first that is there counts. */
const LEVEL_KEYS = [
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
/** As labels. */
const LEVEL_NAMES = LEVEL_KEYS.map((key) => key.replace('.', '_'));
const KEYS_IN_LINES = new Set(LEVEL_KEYS);
const LOWER_KEYS = new Set(LEVEL_KEYS.map((key) => key.toLowerCase()));

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['trace', 'trace'],
  ['trc', 'trace'],
  ['debug', 'debug'],
  ['dbg', 'debug'],
  ['info', 'info'],
  ['inf', 'info'],
  ['information', 'info'],
  ['warn', 'warn'],
  ['wrn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['err', 'error'],
  ['critical', 'critical'],
  ['fatal', 'fatal'],
]);

/** The level of an OpenTelemetry severity, 1 to 24. */
export function levelOfSeverity(severity: number): string {
  return BY_SEVERITY[(severity - 1) >> 2] ?? UNKNOWN;
}

/** Whether a field tells the level under this name, as LogQL has it. */
export function tellsLevel(name: string): boolean {
  return name === LEVEL_LABEL || LEVEL_NAMES.includes(name);
}

/** The level of a record without a severity; `line` is asked only when labels and metadata do not tell. */
export function detectLevel(
  labels: { get(name: string): string },
  metadata: readonly string[],
  line: () => string,
): string {
  for (const name of LEVEL_NAMES) {
    const value = labels.get(name);
    if (value !== '') return levelOf(value);
  }
  let best = LEVEL_NAMES.length;
  let found = '';
  for (let i = 0; i + 1 < metadata.length; i += 2) {
    const name = metadata[i] ?? '';
    const rank = LEVEL_NAMES.indexOf(name);
    if (rank >= 0 && rank < best) {
      best = rank;
      found = metadata[i + 1] ?? '';
    }
  }
  return found === '' ? levelOfLine(line()) : levelOf(found);
}

/** A level in its usual spelling, another text as it is. */
export function levelOf(text: string): string {
  return SPELLINGS.get(text.toLowerCase()) ?? text;
}

/** Keys with a string behind them; what is nested counts too. */
const JSON_PAIR = /"([A-Za-z_.]{3,13})"\s*:\s*"([A-Za-z]{3,11})"/g;
const LOGFMT_PAIR = /(?:^|\s)([A-Za-z_.]{3,13})="?([A-Za-z]{3,11})"?(?=\s|$)/g;

/** What a line with such a pair, or with one of the words below, has: most lines have neither. */
const MAY_HAVE_KEY = /l(?:eve|v)l|severity/i;
const MAY_HAVE_WORD = /info|err|warn|critical|debug/i;

function levelOfLine(line: string): string {
  if (MAY_HAVE_KEY.test(line)) {
    const level = levelOfPair(line);
    if (level !== '') return level;
  }
  return MAY_HAVE_WORD.test(line) ? levelOfWords(line) : UNKNOWN;
}

function levelOfPair(line: string): string {
  if (line.trimStart().startsWith('{') && line.trimEnd().endsWith('}')) {
    for (const [, key = '', value = ''] of line.matchAll(JSON_PAIR)) {
      if (!KEYS_IN_LINES.has(key)) continue;
      const level = SPELLINGS.get(value.toLowerCase());
      if (level !== undefined) return level;
      break;
    }
  } else if (line.includes('=')) {
    for (const [, key = '', value = ''] of line.matchAll(LOGFMT_PAIR)) {
      if (!LOWER_KEYS.has(key.toLowerCase())) continue;
      const level = SPELLINGS.get(value.toLowerCase());
      if (level !== undefined) return level;
    }
  }
  return '';
}

/** Words in lower and upper case, in the order in which they are looked for. */
const WORDS: readonly (readonly [level: string, words: RegExp])[] = [
  ['info', /info|INFO/],
  ['error', /err:|ERR:|\[err\]|\[ERR\]|error:|ERROR:|\[error\]|\[ERROR\]/],
  ['warn', /warn:|WARN:|\[warn\]|\[WARN\]|warning|WARNING/],
  ['critical', /critical:|CRITICAL:|\[critical\]|\[CRITICAL\]/],
  ['debug', /debug|DEBUG/],
];

function levelOfWords(line: string): string {
  for (const [level, words] of WORDS) if (words.test(line)) return level;
  return UNKNOWN;
}
