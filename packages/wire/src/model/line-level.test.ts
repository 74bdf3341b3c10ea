import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { levelOfSeverity } from '../loki/detected-level.ts';
import { LEVEL_KEYS } from './level-names.ts';
import { LEVEL_SPELLINGS, levelOfLine } from './line-level.ts';

const levelOf = (line: string): string => {
  // Bytes around the line must not count.
  const bytes = Buffer.from(`level=info [error${line}] info: level=fatal`);
  const end = bytes.length - ' info: level=fatal]'.length;
  return levelOfSeverity(levelOfLine(bytes, 'level=info [error'.length, end));
};

const CASES: [line: string, want: string][] = [
  ['', 'unknown'],
  [']', 'unknown'],
  ['v', 'unknown'],
  ['an INFO', 'info'],
  ['an Info', 'unknown'],
  ['inform', 'info'],
  ['no error here', 'unknown'],
  ['stderr: x', 'error'],
  ['[ERR] x', 'error'],
  ['[ERROR] and info', 'info'],
  ['(error] warning', 'warn'],
  ['warn: and debug', 'warn'],
  ['[critical] debug', 'critical'],
  ['DEBUG', 'debug'],
  ['info level=warn', 'warn'],
  ['level="Warning" x', 'warn'],
  ['level="warn', 'warn'],
  ['xlevel=warn', 'unknown'],
  ['a.level=warn', 'unknown'],
  ['log.level=WRN', 'warn'],
  ['level=warn,x', 'unknown'],
  ['level=odd severity=fatal', 'fatal'],
  ['\tlvl=trc\r', 'trace'],
  ['level=', 'unknown'],
  ['level="', 'unknown'],
  ['{"level":"warn"}', 'warn'],
  [' {"a":{"Level" :\t"WARN"}}\n', 'warn'],
  ['{"LeVel":"warn"}', 'unknown'],
  ['{"level":"odd","severity":"error"}', 'unknown'],
  ['{"level":30,"severity":"error"}', 'error'],
  ['{"level":"twelveletter","severity":"error"}', 'error'],
  ['{"level":"warn"', 'unknown'],
  ['{"level":"warn}', 'unknown'],
  ['{"log.level":"inf","msg":"error:"}', 'info'],
  ['{level=warn}', 'unknown'],
];
for (const [line, want] of CASES) {
  test(`level of ${JSON.stringify(line)}`, () => assert.equal(levelOf(line), want));
}

/** The same by regular expressions. */
function wanted(line: string): string {
  const level = (value: string): string => {
    const found = LEVEL_SPELLINGS.get(value.toLowerCase());
    return found === undefined ? '' : levelOfSeverity(found);
  };
  if (/^[ \t-\r]*\{.*\}[ \t-\r]*$/s.test(line)) {
    const pairs = /"([A-Za-z_.]{3,13})"(?=[ \t-\r]*:[ \t-\r]*"([A-Za-z]{3,11})")/g;
    for (const [, key = '', value = ''] of line.matchAll(pairs)) {
      if (!LEVEL_KEYS.includes(key)) continue;
      if (level(value) !== '') return level(value);
      break;
    }
  } else {
    const pairs = /(?<![^ \t-\r])([A-Za-z_.]{3,13})="?([A-Za-z]{3,11})"?(?=[ \t-\r]|$)/g;
    const keys = LEVEL_KEYS.map((key) => key.toLowerCase());
    for (const [, key = '', value = ''] of line.matchAll(pairs)) {
      if (keys.includes(key.toLowerCase()) && level(value) !== '') return level(value);
    }
  }
  if (/info|INFO/.test(line)) return 'info';
  if (/err:|ERR:|\[err\]|\[ERR\]|error:|ERROR:|\[error\]|\[ERROR\]/.test(line)) return 'error';
  if (/warn:|WARN:|\[warn\]|\[WARN\]|warning|WARNING/.test(line)) return 'warn';
  if (/critical:|CRITICAL:|\[critical\]|\[CRITICAL\]/.test(line)) return 'critical';
  return /debug|DEBUG/.test(line) ? 'debug' : 'unknown';
}

const part = fc.constantFrom(
  ...LEVEL_KEYS,
  ...LEVEL_SPELLINGS.keys(),
  ...['INFO', 'ERROR', 'Warn', 'odd', 'v', 'V', 'f', '"level":"', '"level"', ' level=', 'level="'],
  ...['{', '}', '"', ':', '=', ' ', '\t', '[', ']', '_', '.', 'ü', '\u00a0', '\n', ',', '\\"'],
);

test('bytes say what regular expressions say', () => {
  const lines = fc.array(part, { maxLength: 14 }).map((parts) => parts.join(''));
  const any = fc.oneof(
    lines,
    lines.map((line) => `{${line}}`),
    lines.map((line) => ` {"level":"${line}"} `),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(any, (line) => assert.equal(levelOf(line), wanted(line))),
    { numRuns: 5000 },
  );
});
