/** Sorts of row numbers without a comparison per pair: one native sort of doubles that hold a key and a number. */

/** Doubles hold 32 bits of a key and so many numbers exactly. */
const MAX_NATIVE = 2 ** 21;
/** Moves per element that the insertion sort may take before a full sort is cheaper. */
const MOVES_PER_ELEMENT = 8;

/** The numbers 0 to words.length - 1 in ascending order of their words; those of equal words ascend. */
export function orderByWords(words: Uint32Array): Uint32Array {
  const n = words.length;
  const order = new Uint32Array(n);
  if (n > MAX_NATIVE) {
    for (let i = 0; i < n; i++) order[i] = i;
    return order.sort((a, b) => words[a] - words[b] || a - b);
  }
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = words[i] * MAX_NATIVE + i;
  keys.sort();
  for (let i = 0; i < n; i++) order[i] = keys[i] % MAX_NATIVE;
  return order;
}

/** Sorts order[start, end), which is mostly in order. Equal elements stay in their order when they ascend. */
export function sortRun(
  order: Uint32Array,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  let moves = (end - start) * MOVES_PER_ELEMENT;
  for (let i = start + 1; i < end; i++) {
    const moving = order[i];
    let to = i;
    for (; to > start && compare(order[to - 1], moving) > 0; to--) {
      order[to] = order[to - 1];
      moves--;
    }
    order[to] = moving;
    if (moves < 0) {
      order.subarray(start, end).sort((a, b) => compare(a, b) || a - b);
      return;
    }
  }
}
