import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScrapeSections } from '../../config/scrape.ts';
import { relabel } from './relabel.ts';

function rules(...written: Record<string, unknown>[]) {
  const { configs, problems } = parseScrapeSections(null, [
    { job_name: 'j', relabel_configs: written },
  ]);
  assert.deepEqual(problems, []);
  return configs[0]?.relabel ?? [];
}

/** Labels in, labels out; null when dropped. */
function relabels(
  input: Record<string, string>,
  rule: Record<string, unknown>,
  want: Record<string, string> | null,
): void {
  test(`${JSON.stringify(rule)} on ${JSON.stringify(input)}`, () => {
    const labels = new Map(Object.entries(input));
    const kept = relabel(labels, rules(rule));
    assert.deepEqual(kept ? Object.fromEntries(labels) : null, want);
  });
}

const abc = { a: 'foo', b: 'bar', c: 'baz' };
relabels(
  abc,
  { source_labels: ['a'], regex: 'f(.*)', target_label: 'd', replacement: 'ch${1}-ch${1}' },
  { ...abc, d: 'choo-choo' },
);
relabels(abc, { source_labels: ['a', 'b'], target_label: 'd' }, { ...abc, d: 'foo;bar' });
relabels(
  abc,
  { source_labels: ['a', 'b'], separator: '', target_label: 'd' },
  { ...abc, d: 'foobar' },
);
relabels(abc, { source_labels: ['a'], regex: 'oo', target_label: 'd' }, abc);
relabels(abc, { source_labels: ['a'], regex: 'fo', target_label: 'd' }, abc);
relabels(abc, { target_label: 'd', replacement: 'x' }, { ...abc, d: 'x' });
relabels(abc, { target_label: 'a', replacement: '' }, { b: 'bar', c: 'baz' });
relabels(
  abc,
  {
    source_labels: ['a'],
    regex: '(?P<first>f)(.*)',
    target_label: '${first}_$2',
    replacement: '$first$$',
  },
  { ...abc, f_oo: 'f$' },
);
relabels(abc, { source_labels: ['a'], target_label: 'd', replacement: '$1x' }, abc);
relabels(
  abc,
  { source_labels: ['a'], target_label: 'd', replacement: '${1}x' },
  { ...abc, d: 'foox' },
);
relabels(
  { a: 'x\ny' },
  { source_labels: ['a'], regex: 'x.y', target_label: 'd', replacement: 'z' },
  { a: 'x\ny', d: 'z' },
);
relabels(
  { port: '80' },
  { source_labels: ['port'], regex: 80, target_label: 'p', replacement: 'http' },
  { port: '80', p: 'http' },
);
relabels(abc, { source_labels: ['a'], regex: 'foo|bar', action: 'keep' }, abc);
relabels(abc, { source_labels: ['b'], regex: 'foo', action: 'keep' }, null);
relabels(abc, { source_labels: ['missing'], regex: '.+', action: 'keep' }, null);
relabels(abc, { source_labels: ['a'], regex: 'foo', action: 'drop' }, null);
relabels(abc, { source_labels: ['a'], regex: 'fo', action: 'Drop' }, abc);
relabels(
  { a: 'x', b: 'x' },
  { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
  { a: 'x', b: 'x' },
);
relabels(
  { a: 'x', b: 'y' },
  { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
  null,
);
relabels(
  { a: 'x', b: 'x' },
  { source_labels: ['a'], target_label: 'b', action: 'dropequal' },
  null,
);
relabels({ a: 'x' }, { source_labels: ['a'], target_label: 'b', action: 'dropequal' }, { a: 'x' });
relabels(
  abc,
  { source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 1000 },
  { ...abc, d: '976' },
);
relabels(
  { a: 'foo\nbar' },
  { source_labels: ['a'], target_label: 'b', action: 'hashmod', modulus: 1000 },
  { a: 'foo\nbar', b: '734' },
);
relabels(
  { a: 'Foo' },
  { source_labels: ['a'], target_label: 'u', action: 'uppercase' },
  { a: 'Foo', u: 'FOO' },
);
relabels(
  { a: 'Foo' },
  { source_labels: ['a'], target_label: 'a', action: 'lowercase' },
  { a: 'foo' },
);
relabels(
  { b1: 'x', b2: 'y', c: 'z' },
  { regex: '(b.*)', replacement: 'bar_${1}', action: 'labelmap' },
  { b1: 'x', b2: 'y', c: 'z', bar_b1: 'x', bar_b2: 'y' },
);
relabels({ b1: 'x', b2: 'y', c: 'z' }, { regex: 'b.*', action: 'labeldrop' }, { c: 'z' });
relabels({ b1: 'x', b2: 'y', c: 'z' }, { regex: 'b.*', action: 'labelkeep' }, { b1: 'x', b2: 'y' });

test('rules run in order; a dropped set stays dropped', () => {
  const labels = new Map([['a', 'foo']]);
  const chain = rules(
    { source_labels: ['a'], target_label: 'b' },
    { source_labels: ['b'], regex: 'foo', action: 'drop' },
    { target_label: 'c', replacement: 'never' },
  );
  assert.equal(relabel(labels, chain), false);
  assert.equal(labels.has('c'), false);
});

/** Rule in, problem out. */
function refuses(rule: Record<string, unknown>, path: string, message: RegExp): void {
  test(`refuses ${JSON.stringify(rule)}`, () => {
    const { problems } = parseScrapeSections(null, [{ job_name: 'j', relabel_configs: [rule] }]);
    assert.equal(problems[0]?.path, `scrape_configs[0].relabel_configs[0]${path}`);
    assert.match(problems[0]?.message ?? '', message);
  });
}

refuses({ action: 'nonsense' }, '.action', /replace/);
refuses({ regex: '(', action: 'drop' }, '.regex', /missing closing/);
refuses({ regex: '(?=x)', action: 'drop' }, '.regex', /./);
refuses({ action: 'replace' }, '.target_label', /needed for action replace/);
refuses({ action: 'hashmod', target_label: 'x' }, '.modulus', /needed/);
refuses(
  { action: 'labeldrop', regex: 'x', target_label: 'y' },
  '.target_label',
  /does not go with/,
);
refuses({ action: 'keepequal', target_label: 'y', regex: 'x' }, '.regex', /does not go with/);
refuses({ action: 'drop', regx: 'x' }, '', /no key `regx`/);
