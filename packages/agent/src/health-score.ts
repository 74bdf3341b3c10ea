/** How well the agent does, as one number. */
import { rankOfZone, type Zone } from './zones/zone.ts';

export interface HealthFacts {
  readonly zone: Zone;
  readonly sources: readonly { readonly failuresInRow: number }[];
  /** The last attempt to send has failed. */
  readonly exportFailing: boolean;
  /** Part of the buffer that is in use, 0 to 1. */
  readonly bufferPart: number;
  /** Items lost since the start. */
  readonly lost: number;
}

const ZONE_COST = 10;
const SOURCES_COST = 30;
const EXPORT_COST = 10;
const BUFFER_COST = 15;
const LOST_COST = 5;

/**
 * 100 minus: 10 for each zone above green, 30 times the part of the sources whose last collection failed, 10 while the back end cannot
 * be reached, 15 times the part of the buffer in use, 5 when anything was ever lost.
 */
export function healthScore(facts: HealthFacts): number {
  const { sources, bufferPart } = facts;
  const failing = sources.filter(({ failuresInRow }) => failuresInRow > 0).length;
  const cost =
    rankOfZone(facts.zone) * ZONE_COST +
    (sources.length === 0 ? 0 : (failing / sources.length) * SOURCES_COST) +
    (facts.exportFailing ? EXPORT_COST : 0) +
    Math.min(1, bufferPart) * BUFFER_COST +
    (facts.lost > 0 ? LOST_COST : 0);
  return Math.max(0, 100 - cost);
}
