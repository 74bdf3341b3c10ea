/**
 * What belongs to metrics without being samples: metadata by family and recent exemplars, per tenant.
 *
 * Model: kept here for answers, journalled with the batch that brought them, and handed to the flush with the segment. Bounded:
 * past the bound new families are not remembered and the oldest exemplars go.
 */
import type { Exemplar, MetricBatch, MetricMetadata } from '@sightline/wire';
import type { StoredExemplar, TenantNotes } from './flush/messages.ts';

const MAX_FAMILIES = 20_000;
const MAX_EXEMPLARS = 10_000;

interface Notes {
  metadata: Map<string, MetricMetadata>;
  /** Families that changed since the last flush. */
  changed: Set<string>;
  exemplars: StoredExemplar[];
  /** How many of the last exemplars are not yet flushed. */
  fresh: number;
}

export class NoteBook {
  readonly #tenants = new Map<string, Notes>();

  /** Takes over what a batch brought; returns the JSON to journal, or '' when it brought nothing new. */
  take(tenant: string, batch: MetricBatch, seriesLabels: (sid: number) => string[]): string {
    if (batch.metadata.length === 0 && batch.exemplars.length === 0) return '';
    const exemplars = batch.exemplars.map((exemplar: Exemplar) => ({
      series: seriesLabels(exemplar.series),
      labels: [...exemplar.labels],
      value: exemplar.value,
      t: exemplar.t,
    }));
    const metadata = this.add(tenant, batch.metadata, exemplars);
    if (metadata.length === 0 && exemplars.length === 0) return '';
    return JSON.stringify({ tenant, metadata, exemplars });
  }

  /** Adds and returns the metadata that was new. */
  add(
    tenant: string,
    metadata: readonly MetricMetadata[],
    exemplars: readonly StoredExemplar[],
  ): MetricMetadata[] {
    const notes = this.#of(tenant);
    const changed = metadata.filter((item) => {
      const known = notes.metadata.get(item.name);
      if (known === undefined && notes.metadata.size >= MAX_FAMILIES) return false;
      if (known?.type === item.type && known.help === item.help && known.unit === item.unit)
        return false;
      notes.metadata.set(item.name, item);
      notes.changed.add(item.name);
      return true;
    });
    notes.exemplars.push(...exemplars);
    notes.fresh += exemplars.length;
    if (notes.exemplars.length > MAX_EXEMPLARS) {
      notes.exemplars.splice(0, notes.exemplars.length - MAX_EXEMPLARS);
      notes.fresh = Math.min(notes.fresh, MAX_EXEMPLARS);
    }
    return changed;
  }

  /** Adds metadata that is on disk already. */
  restore(tenant: string, metadata: readonly MetricMetadata[]): void {
    const notes = this.#of(tenant);
    for (const item of metadata)
      if (!notes.metadata.has(item.name)) notes.metadata.set(item.name, item);
  }

  metadata(tenant: string): MetricMetadata[] {
    return [...(this.#tenants.get(tenant)?.metadata.values() ?? [])];
  }

  exemplars(tenant: string): StoredExemplar[] {
    return this.#tenants.get(tenant)?.exemplars ?? [];
  }

  /** What came since the last call, for the flush of the segment that just froze. */
  drain(): [string, TenantNotes][] {
    const drained: [string, TenantNotes][] = [];
    for (const [tenant, notes] of this.#tenants) {
      if (notes.changed.size === 0 && notes.fresh === 0) continue;
      const metadata = [...notes.changed].flatMap((name) => notes.metadata.get(name) ?? []);
      drained.push([
        tenant,
        { metadata, exemplars: notes.exemplars.slice(notes.exemplars.length - notes.fresh) },
      ]);
      notes.changed.clear();
      notes.fresh = 0;
    }
    return drained;
  }

  #of(tenant: string): Notes {
    let notes = this.#tenants.get(tenant);
    if (notes === undefined) {
      notes = { metadata: new Map(), changed: new Set(), exemplars: [], fresh: 0 };
      this.#tenants.set(tenant, notes);
    }
    return notes;
  }
}
