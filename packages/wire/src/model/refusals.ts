/** What a decoder refused of a request, and why: the base of the batches of log records and spans. */
import type { RejectReason } from './batch.ts';

const MAX_EXPLANATIONS = 10;

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

  protected forget(): void {
    this.rejected.clear();
    this.rejections.length = 0;
    this.explanations.clear();
  }
}
