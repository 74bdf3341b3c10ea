/**
 * The running sums of delta streams: one slot a series, in columns, bounded.
 *
 * Model: a map from tenant and handle to a slot. When all slots are taken, the clock hand frees one that has not been used since it last
 * passed (second chance), which comes close to the least recently used at the cost of one bit.
 */
export class DeltaStreams {
  readonly capacity: number;
  /** Streams pushed out to make room, since the start. */
  evicted = 0;
  /** Running sum, start of the run (0 unknown) and end of the last point, by slot. */
  readonly sum: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The last point's change and start, to know a repeat of it. */
  readonly lastDelta: Float64Array;
  readonly lastStart: Float64Array;
  readonly #handles: Uint32Array;
  readonly #tenants: (Map<number, number> | undefined)[] = [];
  readonly #used: Uint8Array;
  readonly #free: number[] = [];
  readonly #byTenant = new Map<string, Map<number, number>>();
  #next = 0;
  #hand = 0;

  constructor(capacity: number) {
    this.capacity = Math.max(1, capacity);
    this.sum = new Float64Array(this.capacity);
    this.start = new Float64Array(this.capacity);
    this.end = new Float64Array(this.capacity);
    this.lastDelta = new Float64Array(this.capacity);
    this.lastStart = new Float64Array(this.capacity);
    this.#handles = new Uint32Array(this.capacity);
    this.#used = new Uint8Array(this.capacity);
  }

  /** Streams that are held. */
  get size(): number {
    return this.#next - this.#free.length;
  }

  /** The slots of a tenant by handle; pass it to the other methods. */
  tenant(name: string): Map<number, number> {
    let slots = this.#byTenant.get(name);
    if (slots === undefined) {
      slots = new Map();
      this.#byTenant.set(name, slots);
    }
    return slots;
  }

  /** Slot of a stream, or -1. */
  find(tenant: Map<number, number>, handle: number): number {
    const slot = tenant.get(handle);
    if (slot === undefined) return -1;
    this.#used[slot] = 1;
    return slot;
  }

  /** Slot of a stream; a new one has the sum 0. */
  take(tenant: Map<number, number>, handle: number): number {
    const known = this.find(tenant, handle);
    if (known >= 0) return known;
    const slot = this.#free.pop() ?? (this.#next < this.capacity ? this.#next++ : this.#evict());
    tenant.set(handle, slot);
    this.#tenants[slot] = tenant;
    this.#handles[slot] = handle;
    this.#used[slot] = 1;
    this.sum[slot] = 0;
    return slot;
  }

  drop(tenant: Map<number, number>, handle: number): void {
    const slot = tenant.get(handle);
    if (slot === undefined) return;
    tenant.delete(handle);
    this.#tenants[slot] = undefined;
    this.#free.push(slot);
  }

  /** Drops these handles for every tenant. */
  dropHandles(handles: ReadonlySet<number>): void {
    for (const [name, tenant] of this.#byTenant) {
      for (const handle of tenant.keys()) if (handles.has(handle)) this.drop(tenant, handle);
      if (tenant.size === 0) this.#byTenant.delete(name);
    }
  }

  #evict(): number {
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.capacity;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.capacity;
    this.#tenants[slot]?.delete(this.#handles[slot] ?? 0);
    this.evicted++;
    return slot;
  }
}
