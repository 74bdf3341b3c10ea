/** Keys of caches that are shared by tenants: a number of its own for every resolver, mixed into the key. */
import type { SeriesResolver } from '../model/resolver.ts';

export class TenantSalts {
  readonly #salts = new WeakMap<SeriesResolver, number>();
  #next = 1;
  #salt = 0;

  /** Makes the following `mix` calls belong to this resolver's tenant. */
  use(resolver: SeriesResolver): void {
    let salt = this.#salts.get(resolver);
    if (salt === undefined) {
      salt = Math.imul(this.#next++, 0x9e3779b1);
      this.#salts.set(resolver, salt);
    }
    this.#salt = salt;
  }

  mix(words: Uint32Array, into: Uint32Array): void {
    into.set(words);
    into[0] = (words[0] ?? 0) ^ this.#salt;
    into[1] = (words[1] ?? 0) + this.#salt;
  }
}
