import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GraphEdge, layoutMap } from './map-layout.ts';

function edges(text: string): GraphEdge[] {
  return text.split(' ').map((pair) => {
    const [from = '', to = ''] = pair.split('>');
    return { from, to };
  });
}

function layers(names: string, pairs: string, want: Readonly<Record<string, number>>): void {
  const layout = layoutMap([...names], edges(pairs));
  assert.deepEqual(Object.fromEntries(layout.nodes.map((node) => [node.name, node.layer])), want);
}

test('callers stand left of what they call', () =>
  layers('abcd', 'a>b b>c a>c d>c', { a: 0, b: 1, c: 2, d: 0 }));

test('a circle is cut where the walk from the caller closes it', () =>
  layers('abc', 'a>b b>c c>b', { a: 0, b: 1, c: 2 }));

test('a node alone and one that calls itself have their place', () =>
  layers('ab', 'a>a', { a: 0, b: 0 }));

test('routes go from the caller to what it calls, also against the layers', () => {
  const { routes, nodes } = layoutMap([...'abc'], edges('a>b b>c c>b a>c'));
  const place = (name: string) => nodes.find((node) => node.name === name);
  const [, , back, over] = routes;
  assert.deepEqual(back?.points[0], { layer: 2, y: place('c')?.y });
  assert.equal(over?.points.length, 3);
});

test('two pairs are laid out without a crossing', () => {
  const { nodes } = layoutMap([...'abxy'], edges('a>y b>x'));
  const y = (name: string) => nodes.find((node) => node.name === name)?.y ?? 0;
  assert.equal(Math.sign(y('a') - y('b')), Math.sign(y('y') - y('x')));
});

test('any graph: no two nodes of a layer overlap, nothing lies outside, and the drawing is the same each time', () => {
  const name = fc.constantFrom(...'abcdefgh');
  const graph = fc.array(fc.record({ from: name, to: name }), { maxLength: 24 });
  fc.assert(
    fc.property(graph, (list) => {
      const layout = layoutMap([...'abcdefgh'], list);
      assert.equal(layout.nodes.length, 8);
      for (const node of layout.nodes) {
        assert.ok(node.y >= 0.5 - 1e-9 && node.y <= layout.rows - 0.5 + 1e-9);
        assert.ok(node.layer >= 0 && node.layer < layout.layers);
        for (const other of layout.nodes)
          if (other !== node && other.layer === node.layer)
            assert.ok(Math.abs(other.y - node.y) >= 1 - 1e-9);
      }
      assert.equal(layout.routes.length, list.filter(({ from, to }) => from !== to).length);
      assert.deepEqual(layoutMap([...'hgfedcba'], list), layout);
    }),
  );
});
