/**
 * A layered drawing of a directed graph, callers left of what they call (the method of Sugiyama).
 *
 * 1. Edges that would close a circle are turned round for the layout, found by a depth-first walk that begins at those that nobody calls.
 * 2. A node's layer is the longest way to it. 3. An edge over several layers gets a waypoint on each, so that it goes round the nodes
 * between. 4. Layers are ordered by the mean place of their neighbours, a few times to and fro; the order with the fewest crossings is kept.
 * 5. Nodes are moved towards their neighbours as far as their order allows.
 *
 * Everything is iterative, and the same graph gives the same drawing.
 */

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

export interface Placed {
  readonly name: string;
  readonly layer: number;
  /** Centre, in units of one row. */
  readonly y: number;
}

export interface Route {
  /** Place in the list of edges that was given. */
  readonly edge: number;
  /** Layers and rows, from the caller to what it calls. */
  readonly points: readonly { readonly layer: number; readonly y: number }[];
}

export interface MapLayout {
  readonly nodes: readonly Placed[];
  readonly routes: readonly Route[];
  readonly layers: number;
  /** Rows of the tallest layer. */
  readonly rows: number;
}

interface Vertex {
  /** Undefined for a waypoint. */
  readonly name: string | undefined;
  readonly layer: number;
  readonly before: Vertex[];
  readonly after: Vertex[];
  place: number;
  y: number;
}

const sweeps = 12;

/** Lays the graph out. Edges from a node to itself are left out of the layout. */
export function layoutMap(names: readonly string[], edges: readonly GraphEdge[]): MapLayout {
  const sorted = [...new Set(names)].sort();
  const forward = withoutCircles(sorted, edges);
  const layerOf = layersOf(sorted, forward);
  const { layers, vertices, chains } = verticesOf(sorted, forward, layerOf);
  orderLayers(layers);
  const rows = placeRows(layers);
  const routes = chains.map(({ edge, isTurned, chain }) => {
    const points = chain.map(({ layer, y }) => ({ layer, y }));
    return { edge, points: isTurned ? points.reverse() : points };
  });
  return {
    nodes: sorted.map((name) => {
      const vertex = vertices.get(name);
      return { name, layer: vertex?.layer ?? 0, y: vertex?.y ?? 0 };
    }),
    routes,
    layers: layers.length,
    rows,
  };
}

interface ForwardEdge {
  readonly edge: number;
  readonly from: string;
  readonly to: string;
  readonly isTurned: boolean;
}

function withoutCircles(names: readonly string[], edges: readonly GraphEdge[]): ForwardEdge[] {
  const out = new Map<string, number[]>(names.map((name) => [name, []]));
  const called = new Set<string>();
  for (const [index, { from, to }] of edges.entries()) {
    if (from === to || !out.has(to)) continue;
    out.get(from)?.push(index);
    called.add(to);
  }
  const state = new Map<string, 'open' | 'done'>();
  const turned = new Set<number>();
  const starts = [...names.filter((name) => !called.has(name)), ...names];
  for (const start of starts) {
    if (state.has(start)) continue;
    const stack = [{ name: start, next: 0 }];
    state.set(start, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const index = out.get(top.name)?.[top.next];
      top.next += 1;
      if (index === undefined) {
        state.set(top.name, 'done');
        stack.pop();
        continue;
      }
      const to = edges[index]?.to ?? '';
      const seen = state.get(to);
      if (seen === 'open') turned.add(index);
      else if (seen === undefined) {
        state.set(to, 'open');
        stack.push({ name: to, next: 0 });
      }
    }
  }
  return edges.flatMap(({ from, to }, edge) => {
    if (from === to || !out.has(from) || !out.has(to)) return [];
    const isTurned = turned.has(edge);
    return [{ edge, isTurned, from: isTurned ? to : from, to: isTurned ? from : to }];
  });
}

function layersOf(names: readonly string[], edges: readonly ForwardEdge[]): Map<string, number> {
  const layerOf = new Map(names.map((name) => [name, 0]));
  const waits = new Map(names.map((name) => [name, 0]));
  const out = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const { from, to } of edges) {
    out.get(from)?.push(to);
    waits.set(to, (waits.get(to) ?? 0) + 1);
  }
  const ready = names.filter((name) => waits.get(name) === 0);
  for (let name = ready.shift(); name !== undefined; name = ready.shift()) {
    for (const to of out.get(name) ?? []) {
      layerOf.set(to, Math.max(layerOf.get(to) ?? 0, (layerOf.get(name) ?? 0) + 1));
      const left = (waits.get(to) ?? 0) - 1;
      waits.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layerOf;
}

function verticesOf(
  names: readonly string[],
  edges: readonly ForwardEdge[],
  layerOf: ReadonlyMap<string, number>,
) {
  const layers: Vertex[][] = [];
  const add = (name: string | undefined, layer: number): Vertex => {
    const row = layers[layer] ?? [];
    layers[layer] = row;
    const vertex = { name, layer, before: [], after: [], place: row.length, y: 0 };
    row.push(vertex);
    return vertex;
  };
  const depth = Math.max(0, ...layerOf.values());
  for (let layer = 0; layer <= depth; layer += 1) layers[layer] = [];
  const vertices = new Map(names.map((name) => [name, add(name, layerOf.get(name) ?? 0)]));
  const chains = edges.flatMap(({ edge, from, to, isTurned }) => {
    const first = vertices.get(from);
    const last = vertices.get(to);
    if (first === undefined || last === undefined) return [];
    const chain = [first];
    for (let layer = first.layer + 1; layer < last.layer; layer += 1)
      chain.push(add(undefined, layer));
    chain.push(last);
    for (const [index, vertex] of chain.entries()) {
      const next = chain[index + 1];
      if (next === undefined) continue;
      vertex.after.push(next);
      next.before.push(vertex);
    }
    return [{ edge, isTurned, chain }];
  });
  return { layers, vertices, chains };
}

function mean(vertices: readonly Vertex[], of: (vertex: Vertex) => number): number | undefined {
  if (vertices.length === 0) return undefined;
  return vertices.reduce((sum, one) => sum + of(one), 0) / vertices.length;
}

function crossings(layers: readonly (readonly Vertex[])[]): number {
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((vertex) =>
      vertex.after.map((next) => next.place).sort((a, b) => a - b),
    );
    for (let one = 0; one < ends.length; one += 1)
      for (let other = one + 1; other < ends.length; other += 1)
        if ((ends[one] ?? 0) > (ends[other] ?? 0)) count += 1;
  }
  return count;
}

function orderLayers(layers: Vertex[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const wanted = new Map(
        layer.map((vertex) => [
          vertex,
          mean(isDown ? vertex.before : vertex.after, (one) => one.place) ?? vertex.place,
        ]),
      );
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      for (const [place, vertex] of layer.entries()) vertex.place = place;
    }
    const now = crossings(layers);
    if (now < fewest) {
      fewest = now;
      best = layers.map((layer) => [...layer]);
    }
  }
  for (const [index, layer] of best.entries()) {
    layers[index] = layer;
    for (const [place, vertex] of layer.entries()) vertex.place = place;
  }
}

/** A waypoint needs less room than a node. */
function roomOf(vertex: Vertex): number {
  return vertex.name === undefined ? 0.5 : 1;
}

/** Gives every vertex its height; returns how many rows there are. */
function placeRows(layers: readonly (readonly Vertex[])[]): number {
  const tall = Math.max(
    0,
    ...layers.map((layer) => layer.reduce((sum, one) => sum + roomOf(one), 0)),
  );
  for (const layer of layers) {
    const used = layer.reduce((sum, one) => sum + roomOf(one), 0);
    let y = (tall - used) / 2;
    for (const vertex of layer) {
      vertex.y = y + roomOf(vertex) / 2;
      y += roomOf(vertex);
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const wanted = layer.map(
        (vertex) => mean(isDown ? vertex.before : vertex.after, (one) => one.y) ?? vertex.y,
      );
      settle(layer, wanted, tall);
    }
  }
  return Math.max(1, tall);
}

/** Moves vertices to where they want to be, in their order, without overlap, between 0 and `tall`. */
function settle(layer: readonly Vertex[], wanted: readonly number[], tall: number): void {
  let top = 0;
  for (const [index, vertex] of layer.entries()) {
    const half = roomOf(vertex) / 2;
    vertex.y = Math.max(wanted[index] ?? 0, top + half);
    top = vertex.y + half;
  }
  let bottom = tall;
  for (const vertex of layer.toReversed()) {
    const half = roomOf(vertex) / 2;
    vertex.y = Math.min(vertex.y, bottom - half);
    bottom = vertex.y - half;
  }
}
