/** Colours are checked by number: text reaches WCAG AA, and series stay apart for readers who see few hues. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Rgb = readonly [number, number, number];

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const themes = ['light', 'dark'] as const;
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((found) => [
    found[1] ?? '',
    { light: parse(found[2] ?? ''), dark: parse(found[3] ?? '') },
  ]),
);

function parse(hex: string): Rgb {
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16) / 255;
  return [at(1), at(3), at(5)];
}

function color(name: string, theme: 'light' | 'dark'): Rgb {
  const token = tokens.get(name);
  assert.ok(token, name);
  return token[theme];
}

function linear(rgb: Rgb): Rgb {
  const one = (value: number) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return [one(rgb[0]), one(rgb[1]), one(rgb[2])];
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = linear(rgb);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

test('text reaches AA on every ground it stands on', () => {
  const grounds = ['bg', 'surface', 'sunken'];
  const pairs = [
    ...['ink', 'ink-2', 'ink-3', 'accent', 'bad', 'warn', 'good'].flatMap((text) =>
      grounds.map((ground) => [text, ground]),
    ),
    ...['ink', 'good'].map((text) => [text, 'good-soft']),
    ...['ink', 'bad'].map((text) => [text, 'bad-soft']),
    ...['ink', 'warn'].map((text) => [text, 'warn-soft']),
    ['ink', 'accent-soft'],
    ['on-accent', 'accent'],
    ['sight', 'surface'],
    ...['keyword', 'function', 'string', 'number', 'label'].map((part) => [
      `code-${part}`,
      'surface',
    ]),
  ];
  for (const theme of themes) {
    for (const [text = '', ground = ''] of pairs) {
      const ratio = contrast(color(text, theme), color(ground, theme));
      assert.ok(ratio >= 4.5, `${text} on ${ground}, ${theme}: ${ratio.toFixed(2)}`);
    }
  }
});

test('series stand out from their ground as graphics must', () => {
  for (const theme of themes) {
    for (let index = 1; index <= 8; index += 1) {
      const ratio = contrast(color(`series-${index}`, theme), color('surface', theme));
      assert.ok(ratio >= 3, `series-${index}, ${theme}: ${ratio.toFixed(2)}`);
    }
  }
});

// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
const visions: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Björn Ottosson's OKLab from linear RGB; distances below about 0.05 are hard to tell apart in thin lines. */
function oklab(rgb: Rgb): Rgb {
  const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const clamped: Rgb = [Math.max(0, rgb[0]), Math.max(0, rgb[1]), Math.max(0, rgb[2])];
  const lms: Rgb = [
    Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], clamped)),
    Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], clamped)),
    Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], clamped)),
  ];
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ];
}

test('neighbouring series differ for every kind of colour vision', () => {
  for (const theme of themes) {
    for (const [vision, matrix] of Object.entries(visions)) {
      const seen = Array.from({ length: 8 }, (_, index) => {
        const rgb = linear(color(`series-${index + 1}`, theme));
        const mixed = matrix.map((row) => row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]);
        return oklab([mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0]);
      });
      for (const [a, one] of seen.entries()) {
        for (const [b, other] of seen.entries()) {
          if (b <= a) continue;
          const distance = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
          assert.ok(
            distance >= 0.06,
            `series-${a + 1} and series-${b + 1}, ${vision}, ${theme}: ${distance.toFixed(3)}`,
          );
        }
      }
    }
  }
});
