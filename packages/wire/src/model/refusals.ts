/** What a decoder refused of a request, and why: the base of the batches. */
const MAX_EXPLANATIONS = 10;

/** Why a point was refused. The names are label values of `sightline_rejected_total{reason}`. */
export type RejectReason =
  | 'too_far_in_future'
  | 'too_old'
  | 'invalid_labels'
  | 'duplicate_label'
  | 'invalid_id'
  | 'label_limit'
  | 'series_limit'
  | 'tenant_limit'
  | 'invalid_value'
  | 'unsupported'
  | 'no_value'
  | 'malformed'
  | 'out_of_order';

/** Refusals as plain data, for another thread. */
export interface RefusalData {
  rejected: [RejectReason, number][];
  rejections: string[];
  explanations: [RejectReason, string][];
}

export class Refusals {
  /** Refused items by reason, and the first few explanations (bounded) for the answer. */
  readonly rejected = new Map<RejectReason, number>();
  readonly rejections: string[] = [];
  /** The first explanation of each reason. */
  readonly explanations = new Map<RejectReason, string>();

  /** Counts refused items; with `items` 0 it only explains, as for an item that was taken with a part cut off. */
  reject(reason: RejectReason, explanation: string, items = 1): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + items);
    if (this.rejections.length < MAX_EXPLANATIONS) this.rejections.push(explanation);
    if (!this.explanations.has(reason)) this.explanations.set(reason, explanation);
  }

  /** Whether an explanation under `reason` would be kept: making the text may cost more than counting. */
  explains(reason: RejectReason): boolean {
    return this.rejections.length < MAX_EXPLANATIONS || !this.explanations.has(reason);
  }

  /** Refused items of all reasons. */
  get rejectedItems(): number {
    let sum = 0;
    for (const count of this.rejected.values()) sum += count;
    return sum;
  }

  refusals(): RefusalData {
    const { rejected, rejections, explanations } = this;
    return {
      rejected: [...rejected],
      rejections: [...rejections],
      explanations: [...explanations],
    };
  }

  /** Takes over those of another batch; this one has none. */
  adoptRefusals({ rejected, rejections, explanations }: RefusalData): void {
    for (const [reason, items] of rejected) this.rejected.set(reason, items);
    for (const [reason, text] of explanations) this.explanations.set(reason, text);
    this.rejections.push(...rejections);
  }

  protected forget(): void {
    this.rejected.clear();
    this.rejections.length = 0;
    this.explanations.clear();
  }
}
