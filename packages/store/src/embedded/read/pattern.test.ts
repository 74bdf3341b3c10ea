import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compilePattern } from './pattern.ts';
import { PatternError } from './pattern-error.ts';

test('reduces to literals', () => {
  const cases: [string, string[]][] = [
    ['', ['']],
    ['up', ['up']],
    ['a|b|c', ['a', 'b', 'c']],
    ['a|', ['a', '']],
    ['(foo|bar)_total', ['foo_total', 'bar_total']],
    ['(?:a|b)(c|d)', ['ac', 'ad', 'bc', 'bd']],
    ['10\\.0\\.0\\.1:9100', ['10.0.0.1:9100']],
    ['https?', ['https', 'http']],
    ['eth[01]', ['eth0', 'eth1']],
    ['5[0-2].', []],
    ['naïve|🙂', ['naïve', '🙂']],
  ];
  for (const [pattern, want] of cases) {
    const { literals } = compilePattern(pattern);
    if (want.length === 0) assert.equal(literals, null, pattern);
    else assert.deepEqual([...(literals ?? [])].sort(), [...want].sort(), pattern);
  }
});

test('finds prefixes', () => {
  const cases: [string, string][] = [
    ['node_.*', 'node_'],
    ['node_cpu.*|node_mem.+', 'node_'],
    ['.*', ''],
    ['ab*', 'a'],
    ['ab+c', 'ab'],
    ['node_[a-z]+_total', 'node_'],
    ['a|b+', ''],
    ['(?i)abc+', ''],
    ['x{2}', ''],
  ];
  for (const [pattern, want] of cases) assert.equal(compilePattern(pattern).prefix, want, pattern);
});

test('knows what matches everything', () => {
  assert.equal(compilePattern('.*').any, true);
  assert.equal(compilePattern('(.*)').any, true);
  assert.equal(compilePattern('a|.*').any, true);
  assert.equal(compilePattern('.+').present, true);
  assert.equal(compilePattern('.+|').present, false);
  assert.equal(compilePattern('.+a').present, false);
});

test('refuses what RE2 refuses, with its words', () => {
  const cases: [string, RegExp][] = [
    ['a(', /^error parsing regexp: missing closing \): `a\(`$/],
    ['*', /missing argument to repetition operator: `\*`/],
    ['a**', /invalid nested repetition operator: `\*\*`/],
    ['.**', /invalid nested repetition operator: `\*\*`/],
    ['[a', /missing closing \]: `\[a`/],
    ['(?=a)', /invalid or unsupported Perl syntax: `\(\?=`/],
    ['x)', /unexpected \): `x\)`/],
    ['\\', /trailing backslash/],
    ['a{2000}', /invalid repeat count/],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(
      () => compilePattern(pattern),
      (error) => error instanceof PatternError && message.test(error.message),
      pattern,
    );
  }
});

const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.',
  '.*',
  '.+',
  '.*?',
  '.+?',
  '(',
  ')',
  '(?:',
  '|',
  '?',
  '*',
  '+',
  '[ab]',
  '[a-c]',
  '[^a]',
  '\\.',
  '\\d',
  '^',
  '$',
  '{2}',
  'é',
  '🙂',
  ']',
  '}',
  '(?i)',
  '-',
);
const value = fc.array(fc.constantFrom('a', 'b', 'c', '.', '\n', 'é', '🙂', '-', 'A'), {
  maxLength: 8,
});

test('agrees with RE2 on any pattern and value', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.array(value, { maxLength: 12 }),
      (pieces, values) => {
        const text = pieces.join('');
        let re2: RE2JS | null = null;
        try {
          re2 = RE2JS.compile(text, RE2JS.DOTALL);
        } catch {}
        if (re2 === null) {
          assert.throws(() => compilePattern(text), PatternError);
          return;
        }
        const pattern = compilePattern(text);
        for (const chars of [...values, []]) {
          const candidate = chars.join('');
          const want = re2.matches(candidate);
          assert.equal(pattern.test(candidate), want, `${text} on ${candidate}`);
          if (!want) continue;
          assert.ok(candidate.startsWith(pattern.prefix), `${text}: prefix of ${candidate}`);
          if (pattern.literals !== null) assert.ok(pattern.literals.includes(candidate));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('hard patterns stay linear', () => {
  const long = 'a'.repeat(10_000);
  for (const text of ['(a|a?)+b', '(.*)(.*)(.*)(.*)b', '(a*)*b', '(([ab]?)?)?'.repeat(20)]) {
    compilePattern(text).test(long);
  }
  const list = Array.from({ length: 5000 }, (_, i) => `pod-${i}`).join('|');
  assert.equal(compilePattern(list).literals?.length, 5000);
});
