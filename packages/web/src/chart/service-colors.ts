/**
 * A service has one colour on every page. Its first choice comes from its name, so that two readers mostly see the same; where that one
 * is taken the next free one is, and the choice is remembered in this browser. Eight hues, then the same ones darker and lighter.
 */
const hues = 8;
const shades = 3;
const most = hues * shades;
const key = 'sightline.services';
/** Past this many names the oldest are forgotten. */
const maxRemembered = 500;

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return value;
}

/** The slot for a new name beside the taken ones: the hue of its name if free, else the next free one, hues before shades. */
export function chooseSlot(name: string, taken: ReadonlySet<number>): number {
  const wanted = hash(name) % hues;
  for (let shade = 0; shade < shades; shade += 1) {
    for (let step = 0; step < hues; step += 1) {
      const slot = shade * hues + ((wanted + step) % hues);
      if (!taken.has(slot)) return slot;
    }
  }
  return hash(name) % most;
}

function remembered(): Map<string, number> {
  const slots = new Map<string, number>();
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    for (const entry of Array.isArray(stored) ? stored : []) {
      const [name, slot]: readonly unknown[] = Array.isArray(entry) ? entry : [];
      if (typeof name === 'string' && typeof slot === 'number' && slot >= 0 && slot < most)
        slots.set(name, Math.floor(slot));
    }
  } catch {
    // Storage may be forbidden or hold anything: then colours are chosen anew.
  }
  return slots;
}

let known: Map<string, number> | undefined;

function slotOf(name: string): number {
  known ??= remembered();
  let slot = known.get(name);
  if (slot === undefined) {
    slot = chooseSlot(name, new Set(known.values()));
    known.set(name, slot);
    try {
      localStorage.setItem(key, JSON.stringify([...known].slice(-maxRemembered)));
    } catch {
      // Not remembered, then.
    }
  }
  return slot;
}

const mixes = ['', 'var(--ink) 38%', 'var(--bg) 45%'];

/** The colour of a service as a CSS expression. */
export function serviceColor(name: string): string {
  const slot = slotOf(name);
  const hue = `var(--series-${(slot % hues) + 1})`;
  const mix = mixes[Math.floor(slot / hues)] ?? '';
  return mix === '' ? hue : `color-mix(in oklab, ${hue}, ${mix})`;
}

/** Chooses the colours of several services in the order of their names, so that they do not hang on who was met first. */
export function prepareServiceColors(names: Iterable<string>): void {
  for (const name of [...new Set(names)].sort()) slotOf(name);
}
