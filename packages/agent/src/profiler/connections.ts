/** How many connections of each profiled pool are in use. Pools that the application has let go are forgotten. */
import type { Instrument, InstrumentSet } from '../metrics.ts';
import { coreOf } from './mysql2.ts';
import { numberOf, propertyOf } from './wrapped.ts';

const MAX_POOLS = 32;

interface Watched {
  readonly name: string;
  readonly pool: WeakRef<object>;
  readonly active: (pool: object) => number;
}

export class Connections {
  readonly #active: Instrument;
  readonly #pools: Watched[] = [];

  constructor(set: InstrumentSet) {
    this.#active = set.upDownCounter(
      'database_connections_active',
      '{connection}',
      'Connections of the pool that are in use.',
      'pool',
    );
  }

  watchPg(pool: object, name: string): void {
    if (numberOf(pool, 'totalCount') === undefined) return;
    this.#watch(
      pool,
      name,
      (of) => (numberOf(of, 'totalCount') ?? 0) - (numberOf(of, 'idleCount') ?? 0),
    );
  }

  /** mysql2 counts its connections in lists that it calls its own; without them nothing is told. */
  watchMysql2(target: object, name: string): void {
    const pool = coreOf(target);
    if (sizeOf(pool, '_allConnections') === undefined) return;
    this.#watch(
      pool,
      name,
      (of) => (sizeOf(of, '_allConnections') ?? 0) - (sizeOf(of, '_freeConnections') ?? 0),
    );
  }

  forget(target: object): void {
    const index = this.#pools.findIndex(({ pool }) => pool.deref() === coreOf(target));
    if (index >= 0) this.#pools.splice(index, 1);
  }

  collect(): void {
    for (const point of this.#active.points) {
      point.present = false;
      point.value = 0;
    }
    for (const { name, pool, active } of this.#pools) {
      const of = pool.deref();
      if (of === undefined) continue;
      const point = this.#active.point(name);
      point.set(point.value + active(of));
    }
  }

  #watch(pool: object, name: string, active: (pool: object) => number): void {
    if (this.#pools.some((known) => known.pool.deref() === pool)) return;
    if (this.#pools.length >= MAX_POOLS) this.#pools.shift();
    this.#pools.push({ name, pool: new WeakRef(pool), active });
  }
}

function sizeOf(pool: object, name: string): number | undefined {
  return numberOf(propertyOf(pool, name), 'length');
}
