/**
 * UCUM units to the words Prometheus uses in names.
 *
 * The tables and the splitting rules are those of prometheus/otlptranslator (unit_to_ucum.go), which names the spelling
 * `tibibytes` for TiBy; it is kept because names in use depend on it.
 */

const MAIN_UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The two suffixes of a unit such as `By/s`: `main` = `bytes`, `per` = `per_second`; '' where there is none. */
export interface UnitSuffixes {
  main: string;
  per: string;
}

/** Splits a unit at its first `/`; annotations (anything with braces) add nothing. */
export function unitSuffixes(unit: string): UnitSuffixes {
  const slash = unit.indexOf('/');
  const main = suffix(slash < 0 ? unit : unit.slice(0, slash), MAIN_UNITS);
  const per = slash < 0 ? '' : suffix(unit.slice(slash + 1), PER_UNITS);
  return { main, per: per === '' ? '' : `per_${per}` };
}

function suffix(unit: string, words: ReadonlyMap<string, string>): string {
  const trimmed = unit.trim();
  if (trimmed.includes('{') || trimmed.includes('}')) return '';
  return words.get(trimmed) ?? trimmed;
}

/** Reduces a suffix to the classic character set: runs of anything else become one `_`, none in front. */
export function cleanUnit(suffixText: string): string {
  return suffixText.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '');
}

/** The unit as metadata states it: the suffixes joined, `By/s` = `bytes_per_second`. */
export function unitName(unit: string): string {
  const { main, per } = unitSuffixes(unit);
  const joined = main !== '' && per !== '' ? `${main}_${per}` : main + per;
  return cleanUnit(joined).replace(/_$/, '');
}
