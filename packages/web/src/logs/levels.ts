/** Severity levels as Loki detects them (`detected_level`), by weight; what says the same is shown as one. */

/** From the gravest down; `unknown` is everything that names no level. */
export const levelNames = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const;

export type Level = (typeof levelNames)[number];

/** Spellings besides a level's own. */
const spellings: Readonly<Record<Level, readonly string[]>> = {
  fatal: ['critical'],
  error: [],
  warn: [],
  info: [],
  debug: [],
  trace: [],
  unknown: [],
};

const byName = new Map<string, Level>([
  ...levelNames.map((level) => [level, level] as const),
  ...([
    ['critical', 'fatal'],
    ['crit', 'fatal'],
    ['alert', 'fatal'],
    ['emerg', 'fatal'],
    ['emergency', 'fatal'],
    ['panic', 'fatal'],
    ['err', 'error'],
    ['eror', 'error'],
    ['warning', 'warn'],
    ['wrn', 'warn'],
    ['inf', 'info'],
    ['information', 'info'],
    ['informational', 'info'],
    ['notice', 'info'],
    ['dbg', 'debug'],
    ['trc', 'trace'],
  ] as const),
]);

/** The level that a text names: `WARNING` is warn. */
export function levelOfText(text: string | undefined): Level {
  if (text === undefined) return 'unknown';
  // SDKs also write `INFO2` (OpenTelemetry's finer steps).
  return byName.get(text.toLowerCase().replace(/\d$/, '')) ?? 'unknown';
}

/** Every value of `detected_level` that stands for one of `levels`. */
export function levelsLike(levels: readonly string[]): string[] {
  return levelNames
    .filter((level) => levels.includes(level))
    .flatMap((level) => [level, ...spellings[level]]);
}

/** The colour of a level in bars and at the edge of a row; what is most of all is pale, so that errors stand out. */
export const levelColors: Readonly<Record<Level, string>> = {
  fatal: 'var(--series-4)',
  error: 'var(--bad)',
  warn: 'var(--series-2)',
  info: 'color-mix(in srgb, var(--series-1) 60%, var(--surface))',
  debug: 'color-mix(in srgb, var(--series-8) 60%, var(--surface))',
  trace: 'var(--line-strong)',
  unknown: 'var(--ink-3)',
};
