/** The zones by utilisation, and what the agent does in each. */
import type { Priority, Severity } from '../source.ts';

export const ZONES = ['green', 'yellow', 'orange', 'red', 'critical'] as const;

export type Zone = (typeof ZONES)[number];

/** Utilisation in percent from which a zone holds. */
export const ZONE_BOUNDS: Readonly<Record<Zone, number>> = {
  green: 0,
  yellow: 60,
  orange: 75,
  red: 85,
  critical: 95,
};

export interface ZoneBehaviour {
  /** Sources of these priorities are collected, at this multiple of their interval; others are off. */
  readonly stretch: Readonly<Partial<Record<Priority, number>>>;
  /** Light holds back what has not changed; aggressive holds back 30 to 50 % of all values. */
  readonly compression: 'off' | 'light' | 'aggressive';
  /** Part of the events that is kept; errors are always. */
  readonly events: Readonly<Record<Exclude<Severity, 'error'>, number>>;
  /** Optimization rules are asked at once, and more often. */
  readonly runsRules: boolean;
}

export const BEHAVIOURS: Readonly<Record<Zone, ZoneBehaviour>> = {
  green: {
    stretch: { critical: 1, high: 1, medium: 1, low: 1 },
    compression: 'off',
    events: { warn: 1, info: 1 },
    runsRules: false,
  },
  yellow: {
    stretch: { critical: 1, high: 1, medium: 1, low: 2 },
    compression: 'light',
    events: { warn: 1, info: 1 },
    runsRules: false,
  },
  orange: {
    stretch: { critical: 1 },
    compression: 'aggressive',
    events: { warn: 1, info: 0.5 },
    runsRules: false,
  },
  red: {
    stretch: { critical: 1 },
    compression: 'aggressive',
    events: { warn: 0.5, info: 0.1 },
    runsRules: true,
  },
  critical: {
    stretch: { critical: 2 },
    compression: 'aggressive',
    events: { warn: 0.25, info: 0.02 },
    runsRules: true,
  },
};

export function rankOfZone(zone: Zone): number {
  return ZONES.indexOf(zone);
}

/** The zone of a utilisation in percent. */
export function zoneOf(utilizationPct: number): Zone {
  let found: Zone = 'green';
  for (const zone of ZONES) if (utilizationPct >= ZONE_BOUNDS[zone]) found = zone;
  return found;
}
