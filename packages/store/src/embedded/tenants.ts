/**
 * Tenants and the way from a point's labels to a series.
 *
 * Model: a tenant has an index (this process only), a fingerprint seed (the directory's persistent key mixed with its name)
 * and a cache from byte forms to sids (wire's resolver.ts). Behind the caches stands one map from persistent fingerprints to sids for
 * all tenants; on a match the full labels are compared, so a collision is refused instead of mixing two series.
 *
 * Invariants: a tenant counts against `maxTenants` from its first accepted write; the caches are bounded and hold live sids only.
 */
import { hashBytes, hashWords, type SeriesResolver } from '@sightline/wire';
import { TenantLimitError } from '../store.ts';
import { HashTable } from './hash-table.ts';
import type { SeriesTable } from './series.ts';

/** A form is one way to write a series; two protocols and a few spellings per series fit. */
const FORMS_PER_SERIES = 4;

export interface TenantLimits {
  maxTenants: number;
  /** Live series of one tenant, and of all. */
  maxSeriesPerTenant: number;
  maxSeries: number;
}

export class Tenants {
  readonly #key: Uint32Array;
  readonly #limits: TenantLimits;
  readonly #table: SeriesTable;
  readonly #bySeries: HashTable;
  readonly #byName = new Map<string, Tenant>();
  readonly #byIndex: Tenant[] = [];
  created = 0;
  refused = 0;

  constructor(key: Uint32Array, table: SeriesTable, limits: TenantLimits) {
    this.#key = key;
    this.#table = table;
    this.#limits = limits;
    this.#bySeries = new HashTable(limits.maxSeries);
  }

  /** The tenant of this name; throws TenantLimitError when there may be no further one. */
  get(name: string): Tenant {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byIndex.length >= this.#limits.maxTenants) {
      throw new TenantLimitError(
        `no room for tenant "${name}": ${this.#byIndex.length} exist and max_tenants is ${this.#limits.maxTenants}`,
      );
    }
    const tenant = new Tenant(this.#byIndex.length, name, this.#seed(name), this);
    this.#byName.set(name, tenant);
    this.#byIndex.push(tenant);
    return tenant;
  }

  find(name: string): Tenant | undefined {
    return this.#byName.get(name);
  }

  byIndex(index: number): Tenant {
    const tenant = this.#byIndex[index];
    if (tenant === undefined) throw new Error(`no tenant with index ${index}`);
    return tenant;
  }

  all(): readonly Tenant[] {
    return this.#byIndex;
  }

  /** The sid of canonical labels, made when new; 0 with `refusal` set on the tenant when a limit forbids it. */
  series(tenant: Tenant, labels: Uint8Array, start: number, length: number): number {
    hashBytes(labels, start, start + length, tenant.seed);
    const known = this.#bySeries.get(hashWords);
    if (known !== 0) {
      if (this.#sameLabels(known, labels, start, length)) return known;
      return this.#refuse(tenant, 'its fingerprint is that of another series');
    }
    if (tenant.series >= this.#limits.maxSeriesPerTenant) {
      return this.#refuse(tenant, `the tenant has ${tenant.series} live series, the limit`);
    }
    const fingerprint = hashWords.slice();
    const sid = this.#table.add(tenant.index, labels, start, length);
    if (sid === 0)
      return this.#refuse(tenant, `the store has ${this.#table.active} live series, the limit`);
    if (!this.#bySeries.set(fingerprint, sid)) {
      this.#table.free(sid);
      return this.#refuse(tenant, `the store has ${this.#table.active} live series, the limit`);
    }
    tenant.series++;
    this.created++;
    return sid;
  }

  /** Forgets series; the caller guarantees that no head segment has rows of them. */
  forget(sids: ReadonlySet<number>): void {
    const stays = (sid: number): boolean => !sids.has(sid);
    this.#bySeries.retain(stays);
    for (const tenant of this.#byIndex) tenant.forms.retain(stays);
    for (const sid of sids) {
      this.byIndex(this.#table.tenantOf(sid)).series--;
      this.#table.free(sid);
    }
  }

  get formLimit(): number {
    return this.#limits.maxSeriesPerTenant * FORMS_PER_SERIES;
  }

  #refuse(tenant: Tenant, why: string): number {
    tenant.refusal = `no room for one more series: ${why}`;
    this.refused++;
    return 0;
  }

  #sameLabels(sid: number, labels: Uint8Array, start: number, length: number): boolean {
    const at = this.#table.labelStart(sid);
    if (this.#table.labelEnd(sid) - at !== length) return false;
    const known = this.#table.labels;
    for (let i = 0; i < length; i++) if (known[at + i] !== labels[start + i]) return false;
    return true;
  }

  #seed(name: string): Uint32Array {
    return fingerprintSeed(this.#key, name);
  }
}

/** Seed of a tenant's series fingerprints; the same in every thread and after every start. */
export function fingerprintSeed(key: Uint32Array, tenant: string): Uint32Array {
  const bytes = new TextEncoder().encode(tenant);
  hashBytes(bytes, 0, bytes.length, key);
  return hashWords.slice();
}

export class Tenant implements SeriesResolver {
  readonly index: number;
  readonly name: string;
  readonly seed: Uint32Array;
  readonly forms: HashTable;
  refusal = '';
  /** Live series. */
  series = 0;
  /** Whether a write was accepted (or data found on disk). */
  exists = false;
  readonly #tenants: Tenants;
  readonly #form = new Uint32Array(4);

  constructor(index: number, name: string, seed: Uint32Array, tenants: Tenants) {
    this.index = index;
    this.name = name;
    this.seed = seed;
    this.forms = new HashTable(tenants.formLimit);
    this.#tenants = tenants;
  }

  lookup(): number {
    return this.forms.get(hashWords);
  }

  register(labels: Uint8Array, length: number): number {
    this.#form.set(hashWords);
    const sid = this.#tenants.series(this, labels, 0, length);
    if (sid !== 0 && !this.forms.set(this.#form, sid)) {
      this.forms.clear();
      this.forms.set(this.#form, sid);
    }
    return sid;
  }
}
